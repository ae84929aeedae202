"""What the server tells the browser: numbers that survive, cells that count, and nothing lost on the way."""

import base64
import json
import sys
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground import library
from playground.inference.generate import Step
from playground.inference.prefill import prefill
from playground.server import wire
from playground.server.settings import Settings
from playground.text.characters import Vocabulary

MODEL = "shakespeare-ngram"


def unpacked(packed: str, width: int) -> NDArray[np.float32]:
    """What a browser reads: base64 of little-endian float32, in rows."""
    return np.frombuffer(base64.b64decode(packed, validate=True), dtype="<f4").reshape(-1, width)


def message_of(prompt: str, model: str = MODEL) -> dict[str, object]:
    """The first message about a prompt."""
    checkpoint = library.load(model)
    encoding = checkpoint.vocabulary.encode(prompt)
    return wire.message(checkpoint, Settings(model=model, prompt=prompt), encoding, prefill(checkpoint, encoding.ids))


def prompt_of(prompt: str, model: str = MODEL) -> dict[str, object]:
    told = message_of(prompt, model)["prompt"]
    assert isinstance(told, dict)
    return told


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50))
def test_packed_logits_come_back_bit_by_bit(values: list[float]) -> None:
    row = np.array([values], dtype=np.float32)
    assert unpacked(wire.pack(row), len(values)).tobytes() == row.astype("<f4").tobytes()


def test_one_number_is_packed_little_end_first() -> None:
    assert base64.b64decode(wire.pack(np.array([[1.0]], dtype=np.float32))) == b"\x00\x00\x80\x3f"


def test_minus_infinity_and_the_smallest_number_survive() -> None:
    row = np.array([[-np.inf, np.float32(1e-45), 0.0]], dtype=np.float32)
    np.testing.assert_array_equal(unpacked(wire.pack(row), 3), row)


def test_rows_that_are_not_contiguous_are_packed_in_their_order() -> None:
    grid = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(unpacked(wire.pack(grid.T), 3), grid.T)


def test_a_prompt_has_one_cell_a_character_and_one_row_before_each_id() -> None:
    told = prompt_of("To be")
    assert told["text"] == "To be"
    assert told["cells"] == [["T", 1], ["o", 1], [" ", 1], ["b", 1], ["e", 1]]
    assert told["skipped"] == 0
    assert told["unknown"] == {}
    checkpoint = library.load(MODEL)
    ids = checkpoint.vocabulary.encode("To be").ids
    assert told["ids"] == ids
    np.testing.assert_array_equal(
        unpacked(str(told["logits"]), len(checkpoint.vocabulary)), prefill(checkpoint, ids).logits[:-1]
    )


def test_an_empty_prompt_has_no_cells() -> None:
    told = prompt_of("")
    assert (told["cells"], told["ids"], told["logits"]) == ([], [], "")


def test_a_character_that_the_model_lacks_is_told_at_its_place() -> None:
    told = prompt_of("a…ü\r\n")
    assert told["cells"] == [["a", 1], ["…", 3], ["ü", 1], ["\r", 0], ["\n", 1]]
    assert told["unknown"] == {"1": "...", "2": "u", "3": ""}


def test_the_counts_of_the_cells_add_up_to_the_ids() -> None:
    told = prompt_of("œuvre … — “x”\r\n나")
    assert isinstance(told["cells"], list)
    assert isinstance(told["ids"], list)
    assert sum(count for _, count in told["cells"]) == len(told["ids"])


@pytest.mark.parametrize(
    ("prompt", "cells", "unknown"),
    [
        ("나한", [["나", 2], ["한", 3]], {}),
        ("\u1102\u1161\u1112\u1161\u11ab", [["\u1102\u1161", 2], ["\u1112\u1161\u11ab", 3]], {}),  # decomposed
        ("ㅎㅏ", [["ㅎ", 1], ["ㅏ", 2]], {}),
        ("하👍🏽ㅋ", [["하", 2], ["👍🏽", 1], ["ㅋ", 1]], {"1": " "}),
    ],
)
def test_a_hangul_syllable_is_one_cell_of_two_or_three_symbols(
    prompt: str, cells: list[list[object]], unknown: dict[str, str]
) -> None:
    told = prompt_of(prompt, "korean-lstm")
    assert (told["cells"], told["unknown"]) == (cells, unknown)


@pytest.mark.parametrize(
    ("prompt", "cells", "unknown"),
    [
        ("cafe\u0301s", [["c", 1], ["a", 1], ["f", 1], ["e\u0301", 1], ["s", 1]], {"3": "e"}),
        ("a👩‍👩‍👧🇰🇷b", [["a", 1], ["👩‍👩‍👧", 1], ["🇰🇷", 1], ["b", 1]], {"1": " ", "2": " "}),
        ("\ufeffa\u200bb\u202e", [["\ufeffa\u200b", 1], ["b\u202e", 1]], {}),  # what shows nothing has no cell
        ("a\n\u0301b", [["a", 1], ["\n", 1], ["\u0301", 0], ["b", 1]], {"2": ""}),
        ("Z" + "\u0337" * 100, [["Z" + "\u0337" * 100, 1]], {"0": "Z"}),
    ],
)
def test_a_cell_is_a_character_as_people_count_them(
    prompt: str, cells: list[list[object]], unknown: dict[str, str]
) -> None:
    told = prompt_of(prompt)
    assert (told["cells"], told["unknown"]) == (cells, unknown)
    assert told["text"] == prompt


def test_a_prompt_that_shows_nothing_is_the_empty_one() -> None:
    told, empty = message_of("\u200b\u200d"), message_of("")
    assert prompt_of("\u200b\u200d") | {"text": ""} == prompt_of("")
    assert told["tip"] == empty["tip"]


def test_a_joiner_that_is_a_symbol_has_a_cell() -> None:
    """As a Persian model has one, whose words are written with it."""
    vocabulary = Vocabulary.from_text("می\u200cخ 👩\u200d👧")
    for text, cells in {
        "می\u200cخ": ["م", "ی", "\u200c", "خ"],
        "👩\u200d👧": ["👩", "\u200d", "👧"],
        "👩\u200d👦": ["👩\u200d👦"],  # of which a part is unknown
    }.items():
        starts = wire._characters(text, vocabulary.encode(text))
        assert [text[a:b] for a, b in pairwise([*starts, len(text)])] == cells


def test_of_a_long_prompt_of_emoji_the_last_cells_are_shown() -> None:
    told = prompt_of("\u200d" + "👍🏽e\u0301" * 600)
    assert told["skipped"] == 1 + 4 * 100
    assert told["cells"] == [["👍🏽", 1], ["e\u0301", 1]] * 500
    assert told["unknown"] == {str(i): " e"[i % 2] for i in range(1_000)}
    assert len(told["ids"]) == 1_000  # type: ignore[arg-type]


def test_what_cannot_be_seen_is_named() -> None:
    assert message_of("a\u3000b\x1b")["names"] == {
        "\n": "line feed",
        " ": "space",
        "\u3000": "ideographic space",
        "\x1b": "escape",
    }


@pytest.mark.parametrize("length", [wire.SHOWN_CELLS - 1, wire.SHOWN_CELLS, wire.SHOWN_CELLS + 1, 5_000])
def test_of_a_long_prompt_the_last_cells_are_shown_and_all_is_read(length: int) -> None:
    prompt = "".join("abcdefgh\n é"[i % 11] for i in range(length))
    told = prompt_of(prompt)
    skipped = max(0, length - wire.SHOWN_CELLS)
    assert told["skipped"] == skipped
    assert told["text"] == prompt
    assert isinstance(told["cells"], list)
    assert "".join(character for character, _ in told["cells"]) == prompt[skipped:]
    assert isinstance(told["unknown"], dict)
    assert all(prompt[skipped + int(place)] == "é" for place in told["unknown"])
    assert len(told["unknown"]) == prompt[skipped:].count("é")

    checkpoint = library.load(MODEL)
    ids = checkpoint.vocabulary.encode(prompt).ids
    rows = unpacked(str(told["logits"]), len(checkpoint.vocabulary))
    assert told["ids"] == ids[skipped:]
    np.testing.assert_array_equal(rows, prefill(checkpoint, ids).logits[skipped:-1])


def test_a_chunk_holds_its_steps_in_order() -> None:
    logits = np.arange(6, dtype=np.float32).reshape(2, 3)
    told = wire.chunk([Step(2, logits[0], 0.25), Step(0, logits[1], None)])
    assert told["ids"] == [2, 0]
    assert told["us"] == [0.25, None]
    np.testing.assert_array_equal(unpacked(told["logits"], 3), logits)


def test_two_answers_never_share_a_name() -> None:
    assert message_of("a")["id"] != message_of("a")["id"]


def test_a_message_is_plain_json() -> None:
    told = message_of("<b>나\u2028</b>")
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_an_infinite_temperature_travels_as_a_word() -> None:
    assert wire.plain(Settings(temperature=inf))["temperature"] == "inf"
    assert wire.plain(Settings(temperature=sys.float_info.max))["temperature"] == sys.float_info.max
