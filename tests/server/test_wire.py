"""The server's messages to the browser: numbers round-trip, cells add up, and nothing is lost."""

import sys
from itertools import pairwise
from math import inf

import numpy as np
import pytest

from playground import library
from playground.inference.prefill import prefill
from playground.server import wire
from playground.server.settings import Settings
from playground.text.characters import Vocabulary
from tests import stream

MODEL = "shakespeare-ngram"


def message_of(prompt: str, model: str = MODEL) -> stream.Answer:
    """The answer about a prompt."""
    return stream.look(model=model, prompt=prompt)


def prompt_of(prompt: str, model: str = MODEL) -> dict[str, object]:
    told = message_of(prompt, model)["prompt"]
    assert isinstance(told, dict)
    return told


def test_a_prompt_has_a_cell_per_character_and_a_row_before_each_id() -> None:
    answer = message_of("To be")
    told = answer["prompt"]
    assert told["text"] is None, "it is what was asked"
    assert told["whole"]
    assert told["cells"] == [["T", 1], ["o", 1], [" ", 1], ["b", 1], ["e", 1]]
    assert told["skipped"] == 0
    assert told["unknown"] == {}
    checkpoint = library.load(MODEL)
    ids = checkpoint.vocabulary.encode("To be").ids
    assert answer.prompt_ids == ids
    np.testing.assert_array_equal(answer.rows, prefill(checkpoint, ids).logits)


def test_an_empty_prompt_has_no_cells() -> None:
    answer = message_of("")
    assert (answer["prompt"]["cells"], answer.prompt_ids, len(answer.rows)) == ([], [], 1)


def test_an_unknown_character_is_marked_at_its_position() -> None:
    told = prompt_of("a…ü\r\n")
    assert told["cells"] == [["a", 1], ["…", 3], ["ü", 1], ["\r", 0], ["\n", 1]]
    assert told["unknown"] == {"1": "...", "2": "u", "3": ""}


def test_the_counts_of_the_cells_add_up_to_the_ids() -> None:
    told = prompt_of("œuvre … — “x”\r\n나")
    assert isinstance(told["cells"], list)
    assert sum(count for _, count in told["cells"]) == told["n"]


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
        ("\ufeffa\u200bb\u202e", [["\ufeffa\u200b", 1], ["b\u202e", 1]], {}),  # invisible characters have no cell
        ("a\n\u0301b", [["a", 1], ["\n", 1], ["\u0301", 0], ["b", 1]], {"2": ""}),
        ("Z" + "\u0337" * 100, [["Z" + "\u0337" * 100, 1]], {"0": "Z"}),
    ],
)
def test_a_cell_is_a_user_perceived_character(prompt: str, cells: list[list[object]], unknown: dict[str, str]) -> None:
    told = prompt_of(prompt)
    assert (told["cells"], told["unknown"]) == (cells, unknown)


def test_a_prompt_of_ignorable_characters_equals_the_empty_one() -> None:
    nothing, empty = message_of("\u200b\u200d"), message_of("")
    assert nothing["prompt"] == empty["prompt"]
    np.testing.assert_array_equal(nothing.rows, empty.rows)


def test_a_joiner_in_the_vocabulary_has_a_cell() -> None:
    """As in a Persian model, in whose words it occurs."""
    vocabulary = Vocabulary.from_text("می\u200cخ 👩\u200d👧")
    for text, cells in {
        "می\u200cخ": ["م", "ی", "\u200c", "خ"],
        "👩\u200d👧": ["👩", "\u200d", "👧"],
        "👩\u200d👦": ["👩\u200d👦"],  # of which a part is unknown
    }.items():
        starts = wire._characters(text, vocabulary.encode(text))
        assert [text[a:b] for a, b in pairwise([*starts, len(text)])] == cells


def test_a_long_prompt_of_emoji_shows_its_last_cells() -> None:
    told = prompt_of("\u200d" + "👍🏽e\u0301" * 600)
    assert told["skipped"] == 1 + 4 * 100
    assert told["cells"] == [["👍🏽", 1], ["e\u0301", 1]] * 500
    assert told["unknown"] == {str(i): " e"[i % 2] for i in range(1_000)}
    assert told["n"] == 1_000


def test_invisible_characters_are_named() -> None:
    answer = message_of("a\u3000b\x1b")
    assert answer["about"]["names"] | answer["names"] == {
        "\n": "line feed",
        " ": "space",
        "\u3000": "ideographic space",
        "\x1b": "escape",
    }


@pytest.mark.parametrize("length", [wire.SHOWN_CELLS - 1, wire.SHOWN_CELLS, wire.SHOWN_CELLS + 1, 5_000])
def test_a_long_prompt_shows_its_last_cells_and_is_read_in_full(length: int) -> None:
    prompt = "".join("abcdefgh\n é"[i % 11] for i in range(length))
    answer = message_of(prompt)
    told = answer["prompt"]
    skipped = max(0, length - wire.SHOWN_CELLS)
    assert told["skipped"] == skipped
    assert "".join(character for character, _ in told["cells"]) == prompt[skipped:]
    assert all(prompt[skipped + int(place)] == "é" for place in told["unknown"])
    assert len(told["unknown"]) == prompt[skipped:].count("é")

    checkpoint = library.load(MODEL)
    ids = checkpoint.vocabulary.encode(prompt).ids
    assert answer.prompt_ids == ids[skipped:]
    np.testing.assert_array_equal(answer.rows, prefill(checkpoint, ids).logits[skipped:])


def test_an_infinite_temperature_is_sent_as_a_word() -> None:
    assert wire.plain(Settings(temperature=inf))["temperature"] == "inf"
    assert wire.plain(Settings(temperature=sys.float_info.max))["temperature"] == sys.float_info.max
