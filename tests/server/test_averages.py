"""How far back each kind looks, averaged over a passage: what is kept is what is measured, and the kinds differ."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.server import averages, passage, routes
from tests import stream

LONG = bool(os.environ.get("PLAYGROUND_LONG"))
SHORT = 6  # contexts: up to the last 32 symbols, which take a second or two of a network; those beyond, half a minute
NETWORKS = ("shakespeare-rnn", "shakespeare-gru", "shakespeare-lstm")


def gaps(model: str) -> dict[str, float]:
    """The divergence from the full answer, by what the model was given."""
    return {given: gap for given, gap, _ in passage.averages()[model]["losses"]}


def counted(model: str) -> list[int]:
    return [int(given) for given in gaps(model) if given.isdigit()]


def suffices(model: str, limit: float) -> float:
    found = passage.enough_context([*gaps(model).items()], limit)
    assert found is not None
    return found


def test_all_of_the_models_that_know_its_letters_are_there() -> None:
    assert {f"shakespeare-{kind}" for kind in ("bigram", "ngram", "rnn", "gru", "lstm", "convnet", "transformer")} <= {
        *passage.averages()
    }
    for model in passage.averages():
        kept = passage.kept_losses(library.load(model))
        assert kept, f"{model} has other weights: run python -m playground.server.averages"


@pytest.mark.parametrize("model", passage.averages())
def test_what_is_kept_is_what_is_measured(model: str) -> None:
    told = passage.averages()[model]
    again = averages.measure(library.load(model), None if LONG else SHORT)
    assert (again["weights"], again["symbols"]) == (told["weights"], told["symbols"])
    for found, kept in zip(again["losses"], told["losses"], strict=LONG):
        assert found[0] == kept[0]
        assert found[1:] == pytest.approx(kept[1:], rel=1e-3, abs=2e-5)
    assert len(again["losses"]) >= min(len(told["losses"]), SHORT)


def test_a_network_with_gates_looks_further_back_and_an_lstm_furthest() -> None:
    """At each of these distances what stood further back changes the predictions of an RNN least, of an LSTM most."""
    for given in ("4", "8", "16", "32"):
        rnn, gru, lstm = (gaps(name)[given] for name in NETWORKS)
        assert rnn < gru < lstm
    for limit in (0.2, 0.1, averages.LIMIT, 0.02):
        for less, more in pairwise(suffices(name, limit) for name in NETWORKS):
            assert less < more
    rnn, gru, lstm = (suffices(name, averages.LIMIT) for name in NETWORKS)
    assert (rnn < 8, 16 < gru < 32, gru + 4 < lstm) == (True, True, True)


def test_a_count_stops_at_its_order_and_networks_at_their_windows() -> None:
    """Up to there more context tells more, and from there on nothing: the n-gram of order 7 sees 6 symbols, the
    convolutional network 37, the Transformer 256; of a recurrent one the rest fades."""
    config: Any = library.load("shakespeare-ngram").config
    assert config.order == 7
    assert gaps("shakespeare-ngram")["4"] > 0.1
    assert gaps("shakespeare-ngram")["8"] < 1e-9
    assert gaps("shakespeare-bigram")["1"] < 1e-9
    assert gaps("shakespeare-convnet")["32"] > 1e-6
    assert gaps("shakespeare-convnet")["64"] < 1e-6
    window: Any = library.load("shakespeare-transformer").config
    assert window.window == 256 == counted("shakespeare-transformer")[-1]
    assert gaps("shakespeare-transformer")["128"] > passage.ENOUGH > gaps("shakespeare-transformer")["256"]


@pytest.mark.parametrize("model", passage.averages())
def test_more_context_is_better(model: str) -> None:
    """The more it is given the nearer is its answer, to a hair; and the text surprises it no more than the letters'
    frequencies would let it."""
    told = [gaps(model)[str(n)] for n in counted(model)]
    assert told[-1] < passage.ENOUGH
    for fewer, more in pairwise(told):
        assert more < fewer + 0.005
    surprise = {given: nats for given, _, nats in passage.averages()[model]["losses"]}
    assert surprise["all"] < surprise.get("letters", surprise["uniform"]) < surprise["uniform"] + 1e-9


def test_the_page_has_them_without_asking_for_more() -> None:
    client = TestClient(Starlette(routes=routes.routes()))
    for kind in ("kept_average", "average"):
        data = stream.asked(model="shakespeare-lstm", prompt="", bias="", had=None)
        found = [head for head, _ in stream.frames(client.post(f"/stream/{kind}", json=data).content)]
        assert found[-1] == {"places": 200, "of": 1692}
        assert {head["given"]: head["divergence"] for head in found[:-1]} == gaps("shakespeare-lstm")


def test_of_other_weights_or_another_passage_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load("shakespeare-rnn")
    assert passage.kept_losses(checkpoint)
    monkeypatch.setattr(library, "BUNDLED", tmp_path)
    assert passage.kept_losses(checkpoint) is None
    monkeypatch.undo()
    monkeypatch.setattr(passage, "PASSAGE", tmp_path / "other.txt")
    passage.averages.cache_clear()
    assert passage.kept_losses(checkpoint) is None
    monkeypatch.undo()
    passage.averages.cache_clear()
    assert passage.kept_losses(checkpoint)


def test_what_suffices_is_read_off_a_line_of_logarithms() -> None:
    """From 1 nat to 1/10,000 between 2 and 4 symbols: at a hundredth half of that way is done."""
    assert passage.enough_context([("1", 3), ("2", 1), ("4", 1e-4)], 0.01) == pytest.approx(2 * 2**0.5)
    assert passage.enough_context([("1", 3), ("2", 1), ("4", 0)], 0.01) == 4
    assert passage.enough_context([("1", 0.001), ("all", 0)], 0.01) == 1
    assert passage.enough_context([("1", 0.001), ("2", 1)], 0.01) is None
    assert passage.enough_context([("all", 0)], 0.01) is None
