"""/generate, called by gradio's client and by plain HTTP: it streams the program's own text."""

import json
from itertools import pairwise

import httpx
import pytest
from gradio_client import Client

from playground import library
from playground.inference import generate, prefill
from playground.sampling import Sampling, dice
from tests.programs import generated, values_of

MODEL = "shakespeare-ngram"
PROMPT = "To be or not to b"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def test_generate_streams_growing_texts_up_to_the_whole(client: Client) -> None:
    values = values_of(client, model=MODEL, prompt=PROMPT, temperature=0.8, seed=7, length=300)
    assert len(values) > 1
    for shorter, longer in pairwise(values):
        assert len(shorter["ids"]) < len(longer["ids"])
        assert longer["text"].startswith(shorter["text"])
    last = values[-1]
    assert [value["done"] for value in values] == [False] * (len(values) - 1) + [True]
    assert len(last["ids"]) == len(last["u"]) == 300
    assert last["text"] == PROMPT + last["written"]
    assert last["u"] == [dice(7, step) for step in range(300)]
    assert last["seed"] == 7
    assert [value["stopped"] for value in values] == [None] * (len(values) - 1) + ["length"]
    assert last["unfinished"] == []


def test_a_program_that_reads_events_gets_the_last_value_once(server: str) -> None:
    """gradio_client needs it twice: it takes the values that a call yields from all events but "complete"."""
    address = f"{server}/gradio_api/call/generate"
    asked = httpx.post(address, json={"data": [MODEL, PROMPT]}, timeout=60)
    lines = httpx.get(f"{address}/{asked.json()['event_id']}", timeout=60).text.splitlines()
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    values = [json.loads(line.removeprefix("data: "))[0] for line in lines if line.startswith("data: ")]
    assert len(events) == len(values) > 2
    assert {*events[:-1]} == {"generating"}
    assert events[-1] == "complete"
    assert [value["done"] for value in values] == [False] * (len(values) - 1) + [True]
    assert len(values[-1]["ids"]) == 400


def test_a_korean_stream_holds_back_only_an_unfinished_syllable(client: Client) -> None:
    values = values_of(client, model="korean-lstm", prompt="그는 하", seed=3, length=400)
    decode = library.load("korean-lstm").vocabulary.decode
    assert len(values) == 16
    for shorter, longer in pairwise(values):
        assert longer["text"].startswith(shorter["text"])
        assert longer["written"].startswith(shorter["written"])
    for value in values[:-1]:
        assert decode(value["ids"])[:-1] == value["written"]
    assert values[-1]["written"] == decode(values[-1]["ids"])


@pytest.mark.parametrize("name", library.available())
def test_generate_equals_the_programs_own_text(client: Client, name: str) -> None:
    last = generated(client, model=name, prompt=PROMPT, temperature=0.9, top_p=0.95, seed=3, length=60)
    checkpoint = library.load(name)
    reading = prefill.prefill(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    steps = generate.generate(checkpoint, reading, Sampling(0.9, top_p=0.95), seed=3)
    ids = [step.id for _, step in zip(range(60), steps, strict=False)]
    assert last["ids"] == ids
    assert last["written"] == checkpoint.vocabulary.decode(ids)


def test_the_same_arguments_give_the_same_text_and_another_seed_another(client: Client) -> None:
    first, again = (generated(client, model=MODEL, seed=1, length=100) for _ in range(2))
    assert first == again
    assert generated(client, model=MODEL, seed=2, length=100)["written"] != first["written"]


def test_the_shortest_and_the_longest_text_are_written(client: Client) -> None:
    assert len(generated(client, model=MODEL, length=1)["ids"]) == 1
    assert len(generated(client, model=MODEL, length=2_000)["ids"]) == 2_000


def test_temperature_0_is_greedy_whatever_the_seed(client: Client) -> None:
    texts = {generated(client, model=MODEL, temperature=0, seed=seed, length=50)["text"] for seed in (1, 2)}
    assert len(texts) == 1


def test_a_syllable_begun_in_the_prompt_is_composed(client: Client) -> None:
    last = generated(client, model="korean-lstm", prompt="하", temperature=0, length=1)
    assert (last["written"], last["text"]) == ("\u11ab", "한")
    last = generated(client, model="korean-lstm", prompt="ㅎ", temperature=0, length=30)
    assert last["text"] == "ㅎ" + last["written"]
    assert last["replaced"] == []
