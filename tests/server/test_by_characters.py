"""A token model that writes by characters, as programs and the page request it: by its name."""

from collections import defaultdict
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client

from playground.checkpoints.by_characters import by_characters
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.sampling import Sampling
from tests import small_gpt2, stream
from tests.programs import generated, sentence

COMMIT = "8" * 40
NAME = f"someone/cuts@{COMMIT}"
BY = f"{NAME}:characters"
PROMPT = "to be or not to b"
SAMPLING = Sampling(0.8, top_k=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub") / "hub" / "models--someone--cuts" / "snapshots" / COMMIT
    small_gpt2.write(folder, 800, sure=3)  # so that other cuts than the tokenizer's are possible, as with GPT-2
    return folder


@pytest.fixture(scope="module")
def characters(checkpoint: Checkpoint) -> Checkpoint:
    return by_characters(checkpoint)


def written(address: str, ids: list[int]) -> stream.Answer:
    settings = stream.settings(model=BY, prompt=PROMPT, temperature=0.8, top_k=20, length=40 - len(ids))
    asked = stream.asked(settings=settings, written=ids, pick=None)
    return stream.answer(httpx.post(f"{address}/stream/write", json=asked, timeout=120).content)


def test_each_character_is_drawn_from_the_distribution_shown(address: str, characters: Checkpoint) -> None:
    """With the seed's number for each step: dart, bars and text come from the same row."""
    told = written(address, [])
    assert told["about"]["by_characters"] is True
    assert set(told["about"]["symbols"]) >= {*"to be", "\uf7ff", small_gpt2.END}
    read = prefill(characters, characters.vocabulary.encode(PROMPT).ids)
    made = generate(characters, read, SAMPLING, seed=42)
    expected = [next(made) for _ in range(41)]
    assert told.ids == [step.id for step in expected[:40]]
    assert told.us == [step.u for step in expected[:40]]
    np.testing.assert_array_equal(told.tips, [step.logits for step in expected])


def test_the_same_link_repeats_the_text_also_from_its_middle(address: str, client: Client) -> None:
    told = written(address, [])
    again = written(address, told.ids[:17])
    assert again.ids == told.ids[17:]
    np.testing.assert_array_equal(again.tips, told.tips[17:])
    program = generated(client, model=BY, prompt=PROMPT, temperature=0.8, top_k=20, length=40)
    assert program["ids"] == told.ids
    assert program["text"] == PROMPT + program["written"]


def test_the_distribution_is_the_exact_next_character(client: Client) -> None:
    """One method sums from the end of the text, the other from its beginning."""
    own = client.predict(model=BY, prompt="the", api_name="/distribution")
    true = client.predict(NAME, "the", api_name="/next_character")
    found = dict(zip(own["symbols"], own["probabilities"], strict=True))
    told = dict(zip(true["characters"], true["probabilities"], strict=True))
    by_tokens = client.predict(model=NAME, prompt="the", api_name="/distribution")
    first: defaultdict[str, float] = defaultdict(float)
    for symbol, p in zip(by_tokens["symbols"], by_tokens["probabilities"], strict=True):
        first[symbol[0]] += p
    assert sum(abs(found[each] - told[each]) for each in ascii_lowercase) / 2 < 0.005
    assert sum(abs(first[each] - told[each]) for each in ascii_lowercase) / 2 > 0.2  # after the tokenizer's cut alone


@pytest.mark.parametrize(
    ("name", "said"), [("names-gru:characters", "already"), ("nobody:characters", "nobody"), (":characters", "model")]
)
def test_models_without_a_by_characters_name_are_refused(name: str, said: str, client: Client) -> None:
    assert said in sentence(client, "/generate", model=name, prompt="a")


def test_biases_and_picks_refer_to_characters(client: Client) -> None:
    arguments: dict[str, Any] = {"model": BY, "prompt": PROMPT, "length": 30}
    assert "e" in generated(client, **arguments)["written"] or "a" in generated(client, **arguments)["written"]
    without = generated(client, **arguments, bias={"e": "-inf", "a": "-inf"})["written"]
    assert not {"e", "a"} & {*without}
    picked = generated(client, **arguments, picks={"0": "e", "1": "z"})
    assert picked["written"].startswith("ez")
    assert picked["u"][:2] == [None, None]
