"""The endpoints with a token model: bytes are returned as bytes, and no text ends inside a character."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client

from playground.inference.beam import Beam, texts
from playground.inference.prefill import prefill
from playground.inference.stopping import Stop
from playground.library import Checkpoint
from playground.sampling import distribution
from playground.text.spelling import BYTE_OF
from tests import small_gpt2
from tests.programs import call, generated, parse_strictly, values_of

COMMIT = "6" * 40
NAME = f"someone/bytes@{COMMIT}"
SIZE = 300  # the 256 bytes, some words, and the end: at an infinite temperature it writes bytes that make no text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub") / "hub" / "models--someone--bytes" / "snapshots" / COMMIT
    small_gpt2.write(folder, SIZE)
    return folder


@pytest.fixture(scope="module")
def token_bytes(checkpoint: Checkpoint) -> list[bytes]:
    """The bytes of each token, as its file spells them."""
    vocab, _ = small_gpt2.tokens(SIZE - 1)
    return [bytes(BYTE_OF[c] for c in token) for token in vocab] + [small_gpt2.END.encode()]


def private(text: str) -> list[str]:
    return [c for c in text if "\ue000" <= c <= "\uf8ff"]


def test_the_bytes_of_a_token_are_given_if_its_symbol_is_no_text(client: Client, token_bytes: list[bytes]) -> None:
    told = client.predict(model=NAME, prompt="나", api_name="/distribution")
    assert len(told["symbols"]) == len(told["bytes"]) == len(told["probabilities"]) == SIZE
    assert sum(data is not None for data in told["bytes"]) == 128  # the bytes from 80 on
    for symbol, data, expected in zip(told["symbols"], told["bytes"], token_bytes, strict=True):
        assert symbol == expected.decode("utf-8", "replace")
        assert (symbol.encode() if data is None else bytes.fromhex(data)) == expected
    assert told["likeliest"] == told["symbols"][told["likeliest_id"]]
    assert told["probabilities"][told["likeliest_id"]] == max(told["probabilities"])


def test_a_score_has_the_bytes_of_its_symbols(client: Client, checkpoint: Checkpoint) -> None:
    told = client.predict(text="a나", model=NAME, api_name="/score")
    assert told["symbols"] == ["a", "\ufffd", "\ufffd", "\ufffd"]
    assert told["bytes"] == [None, "eb", "82", "98"]
    assert (told["unit"], told["characters"]) == ("token", 2)
    assert told["bits_per_character"] == pytest.approx(2 * told["bits_per_symbol"])
    rows = prefill(checkpoint, told["ids"]).logits
    expected = [np.log(distribution(row)[id]) for row, id in zip(rows, told["ids"], strict=False)]
    assert told["log_probabilities"] == pytest.approx(expected, abs=1e-4)


def test_a_beam_of_tokens_is_given_as_text(client: Client, checkpoint: Checkpoint, token_bytes: list[bytes]) -> None:
    told = client.predict(model=NAME, prompt="a나", width=4, length=5, api_name="/beam")
    walk = Beam(checkpoint.vocabulary.encode("a나").ids, 4, Stop(5))
    found = texts([step for step in walk.steps(checkpoint) if step])
    assert [beam["ids"] for beam in told["beams"]] == [text.ids for text in found]
    for beam in told["beams"]:
        data = b"".join(token_bytes[id] for id in beam["ids"])
        assert beam["written"] == data.decode("utf-8", "replace")
        assert private(beam["text"]) == []


@pytest.mark.parametrize("length", [77, 78, 79, 80])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_stream_never_shows_a_part_of_a_character(
    client: Client, token_bytes: list[bytes], seed: int, length: int
) -> None:
    values = values_of(client, model=NAME, prompt="한 \uf741", temperature="inf", seed=seed, length=length)
    assert len(values) == 4
    for shorter, longer in pairwise(values):
        assert longer["written"].startswith(shorter["written"])
        assert longer["text"].startswith(shorter["text"])
    for value in values:
        data = b"".join(token_bytes[id] for id in value["ids"])
        left = bytes(value["unfinished"])
        assert data.endswith(left)
        assert value["written"] == data[: len(data) - len(left)].decode("utf-8", "replace")
        assert value["text"] == "한 \uf741" + value["written"]
        assert private(value["written"]) == []


def test_some_run_ends_inside_a_character_and_says_so(client: Client) -> None:
    """Of thirty single tokens, each as likely as any other, some begin a character."""
    found = [generated(client, model=NAME, temperature="inf", seed=seed, length=1) for seed in range(30)]
    inside = [value for value in found if value["unfinished"]]
    assert inside
    for value in inside:
        assert value["written"] == ""
        assert value["unfinished"] == [value["unfinished"][0]]
        assert 0xC2 <= value["unfinished"][0] <= 0xF4


def test_an_mcp_client_gets_the_bytes_as_json(address: str, client: Client) -> None:
    failed, text = call(address, "score", text="a나\uf741", model=NAME)
    assert not failed
    answer: dict[str, Any] = parse_strictly(text)
    assert answer == client.predict(text="a나\uf741", model=NAME, api_name="/score")
    assert private(text) == []
