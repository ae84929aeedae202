"""The exact next character through the route and the endpoint: the query's numbers, improving with each answer."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client

from playground.inference.next_character import Characters, NextCharacter
from playground.library import Checkpoint
from playground.sampling import Sampling, distribution, folding
from tests import small_gpt2, stream
from tests.programs import sentence

COMMIT = "7" * 40
NAME = f"someone/cuts@{COMMIT}"
SIZE = 800  # the bytes, the letters with a space before, pairs of letters, and the end
PROMPT = "to be or not to b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub") / "hub" / "models--someone--cuts" / "snapshots" / COMMIT
    small_gpt2.write(folder, SIZE, sure=3)  # so that other cuts than the tokenizer's are possible, as with GPT-2
    return folder


def query_answers(checkpoint: Checkpoint, ids: list[int]) -> list[Characters]:
    return [answer for answer in NextCharacter(tuple(ids)).steps(checkpoint) if answer is not None]


def post(address: str, **data: Any) -> list[tuple[dict[str, Any], bytes]]:
    answer = httpx.post(f"{address}/stream/next_character", json=stream.asked(**data), timeout=60)
    assert answer.status_code == 200
    return list(stream.frames(answer.content))


def test_each_frame_is_an_answer_of_the_query(address: str, checkpoint: Checkpoint) -> None:
    frames = post(address, model=NAME, prompt=PROMPT, written=[])
    right = query_answers(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    assert len(frames) == len(right) > 1
    for (head, body), answer in zip(frames, right, strict=True):
        kept = folding.KEEP if head["folded"] else head["size"]
        assert (head["size"], head["outcomes"]) == (len(answer.outcomes), answer.outcomes[:kept])
        assert (head["cut_anew"], head["whole"], head["read"]) == (answer.cut_anew, answer.whole, answer.read)
        assert (head["left_out"], head["changed"]) == pytest.approx((answer.left_out, answer.changed), abs=1e-9)
        assert head["left_out_of_all"] == pytest.approx(answer.left_out_of_all, abs=1e-9)
        row = stream.Columns(body).row({"folded": head["folded"], "symbols": answer.outcomes})
        logits = row["logits"] if head["folded"] else row
        assert np.exp(logits) == pytest.approx(answer.probabilities[:kept], rel=1e-5)
    assert [head["read"] for head, _ in frames] == sorted(head["read"] for head, _ in frames)
    assert frames[-1][0]["changed"] > 0.01  # there are tokens of two letters


@pytest.mark.parametrize(("left", "written"), [(0, [70, 80]), (3, []), (2, [70])])
def test_the_position_may_be_within_the_prompt_or_after_written_text(
    left: int, written: list[int], address: str, checkpoint: Checkpoint
) -> None:
    prompt = checkpoint.vocabulary.encode(PROMPT).ids
    right = query_answers(checkpoint, [*prompt[: len(prompt) - left], *written])[-1]
    *_, (head, body) = post(address, model=NAME, prompt=PROMPT, left=left, written=written)
    assert head["outcomes"] == right.outcomes
    row = stream.Columns(body).row({"folded": head["folded"], "symbols": right.outcomes})
    assert np.exp(row) == pytest.approx(right.probabilities, rel=1e-5)


def test_a_position_beyond_the_prompt_is_cut_to_it(address: str) -> None:
    ((head, _),) = post(address, model=NAME, prompt="a", left=2, written=[])
    assert "left" in head["problem"]["text"]["en"]
    assert "outcomes" not in head


def test_the_endpoint_gives_the_last_answer_at_a_temperature(client: Client, checkpoint: Checkpoint) -> None:
    right = query_answers(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)[-1]
    told = client.predict(NAME, PROMPT, 0.5, api_name="/next_character")
    expected = distribution(np.log(right.probabilities), Sampling(0.5))
    assert told["probabilities"] == pytest.approx(expected.tolist(), abs=1e-12)
    assert (told["left_out"], told["cut_anew"], told["whole"]) == (right.left_out, right.cut_anew, right.whole)
    assert told["left_out_of_all"] == right.left_out_of_all
    for outcome, character, data, id in zip(
        right.outcomes, told["characters"], told["bytes"], told["ids"], strict=True
    ):
        if isinstance(outcome, int):
            assert (character, id) == (small_gpt2.END, outcome)
        else:
            assert id is None
            assert (bytes.fromhex(data) if data else character.encode()) == stream_bytes(outcome)


def stream_bytes(symbol: str) -> bytes:
    return b"".join(bytes([ord(c) - 0xF700]) if "\uf700" <= c <= "\uf7ff" else c.encode() for c in symbol)


def test_a_character_model_answers_with_its_own_distribution(client: Client) -> None:
    told = client.predict("names-gru", "Ann", api_name="/next_character")
    own = client.predict(model="names-gru", prompt="Ann", api_name="/distribution")
    by_symbol = dict(zip(own["symbols"], own["probabilities"], strict=True))
    assert dict(zip(told["characters"], told["probabilities"], strict=True)) == pytest.approx(by_symbol)
    assert (told["left_out"], told["changed"], told["whole"]) == (0, 0, True)


@pytest.mark.parametrize("ids", [[-1], [SIZE], ["a"], [1.5], [True]])
def test_ids_outside_the_vocabulary_are_refused(ids: list[Any], address: str) -> None:
    ((head, _),) = post(address, model=NAME, prompt="a", written=ids)
    assert "problem" in head
    assert "outcomes" not in head


def test_invalid_arguments_are_refused(client: Client) -> None:
    assert "model" in sentence(client, "/next_character", model="nobody", prompt="a")
    assert "temperature" in sentence(client, "/next_character", model=NAME, prompt="a", temperature=-1)
