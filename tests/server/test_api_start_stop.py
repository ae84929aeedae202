"""The endpoints' `stop`, which ends a run early, and `start`, which can be left out."""

from math import exp, log

import numpy as np
import pytest
from gradio_client import Client

from playground import library
from playground.sampling import distribution
from tests.programs import generated, values_of
from tests.server.test_api import MODEL, PROMPT, logits_after


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


# ── Stopping ─────────────────────────────────────────────────────────────────────────────────────
def test_a_run_of_names_stops_after_one_name(client: Client) -> None:
    whole = generated(client, model="names-gru", prompt="", seed=5)
    name, *_ = whole["written"].split("\n")
    stopped = generated(client, model="names-gru", prompt="", seed=5, stop="line")
    assert stopped["written"] == name + "\n"
    assert stopped["ids"] == whole["ids"][: len(name) + 1]
    assert stopped["u"] == whole["u"][: len(name) + 1]
    assert (stopped["stopped"], stopped["done"]) == ("line", True)


def test_a_run_with_a_stop_still_ends_at_its_length(client: Client) -> None:
    whole = generated(client, model="names-gru", prompt="", seed=5)
    name, *_ = whole["written"].split("\n")
    before, at = (
        generated(client, model="names-gru", prompt="", seed=5, stop="line", length=len(name) + more) for more in (0, 1)
    )
    assert (before["written"], before["stopped"]) == (name, "length")
    assert (at["written"], at["stopped"]) == (name + "\n", "line")


def test_a_stop_is_found_beyond_the_first_value_of_the_stream(client: Client) -> None:
    whole = generated(client, model=MODEL, seed=6)
    line = whole["written"].index("\n") + 1
    assert line > 25
    values = values_of(client, model=MODEL, seed=6, stop="line")
    assert [len(value["ids"]) for value in values] == [*range(25, line, 25), line]
    assert values[-1]["written"] == whole["written"][:line]


# ── The start ────────────────────────────────────────────────────────────────────────────────────
def test_without_the_start_a_model_reads_only_the_text(client: Client) -> None:
    told = client.predict(model="shakespeare-gru", prompt=PROMPT, start=False, api_name="/distribution")
    checkpoint = library.load("shakespeare-gru")
    logits, _ = checkpoint.model.advance(checkpoint.vocabulary.encode(PROMPT).ids)
    np.testing.assert_allclose(told["logits"], logits[0, -1], atol=1e-4)
    assert np.abs(logits[0, -1].numpy() - logits_after("shakespeare-gru", PROMPT)).max() > 0.01
    written = generated(client, model="shakespeare-gru", prompt=PROMPT, start=False, length=1, temperature=0)
    assert written["ids"] == [int(logits[0, -1].argmax())]


def test_without_the_start_nothing_predicts_the_first_symbol(client: Client) -> None:
    told = client.predict(text="To be", model="shakespeare-gru", start=False, api_name="/score")
    first, *others = told["log_probabilities"]
    assert first is None
    for place, found in enumerate(others, 1):
        row = logits_after("shakespeare-gru", "To be"[:place], start=False)
        assert found == pytest.approx(log(distribution(row)[told["ids"][place]]), abs=1e-3)
    assert told["characters"] == 4
    assert told["nats"] == pytest.approx(-sum(others))
    assert told["bits_per_symbol"] == pytest.approx(-sum(others) / log(2) / 4)
    assert told["perplexity"] == pytest.approx(exp(-sum(others) / 4))
