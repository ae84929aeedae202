"""How much context each kind uses, averaged over a passage: stored results match measurements, and the kinds differ."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.checkpoints.card import Card, Corpus
from playground.server import averages, passage, routes
from playground.training import batches, corpora
from tests import stream

LONG = bool(os.environ.get("PLAYGROUND_LONG"))
SHORT = 6  # contexts: up to 32 symbols, which take a network a second or two; longer ones take half a minute
SENTENCE = 40  # characters
PASSAGES = {"korean-lstm": "korean", "lua-lstm": "lua", "names-gru": "names", "nietzsche-lstm": "nietzsche"}
CORPORA = (
    *(corpora.SHAKESPEARE, corpora.SHAKESPEARE_LOWER, corpora.NIETZSCHE, corpora.KOREAN, corpora.NAMES, corpora.LUA),
)
YARDSTICKS = ("uniform", "letters", "count")
NETWORKS = ("shakespeare-rnn", "shakespeare-gru", "shakespeare-lstm")


def divergences(model: str) -> dict[str, float]:
    """The divergence from the full prediction, by context length."""
    return {given: gap for given, gap, _ in passage.averages()[model]["losses"]}


def rows(model: str) -> list[tuple[str, float, float]]:
    """The context length, the divergence, and the surprise."""
    return [(given, gap, nats) for given, gap, nats in passage.averages()[model]["losses"]]


def n_gram_of(model: str) -> list[int]:
    return [int(given) for given in divergences(model) if given.isdigit()]


def sufficient_length(model: str, limit: float) -> float:
    found = passage.enough_context([*divergences(model).items()], limit)
    assert found is not None
    return found


def test_every_bundled_language_model_has_its_average() -> None:
    names = library.available("language")
    assert {*passage.averages()} == {*names}
    for model in names:
        kept = passage.kept_losses(library.load(model))
        assert kept, f"{model} or its passage is another one now: run python -m playground.server.averages"
        assert kept[-1]["passage"] == PASSAGES.get(model, "shakespeare")


@pytest.mark.parametrize("model", passage.averages())
def test_a_passage_is_from_the_held_out_part_of_the_models_text(model: str, corpus: Callable[[str], Path]) -> None:
    """The model has all its letters, and no line as long as a sentence occurs in the training part."""
    checkpoint = library.load(model)
    [about] = [one for one in CORPORA if one.name == checkpoint.card.corpus.name]
    text = passage.file_of(passage.name_of(checkpoint)).read_text("utf-8")
    assert checkpoint.vocabulary.encode(text).substitutions == ()
    whole = corpus(about.file).read_text("utf-8")
    if about.shuffle is not None:
        whole = batches.shuffle_lines(whole, about.shuffle)
    learned, _ = batches.split(whole, about.train, about.end)
    assert text in whole[len(learned) :]
    assert not [line for line in text.split("\n") if len(line) > SENTENCE and line in learned]


def test_a_model_of_another_text_uses_the_passage_of_its_language() -> None:
    english, korean = library.load("shakespeare-rnn"), library.load("korean-lstm")
    unknown = {"corpus": Corpus(name="my own text")}
    for checkpoint, name in ((english, "shakespeare"), (korean, "korean")):
        card = checkpoint.card.model_copy(update=unknown)
        assert passage.name_of(replace(checkpoint, card=card)) == name
    nobody_says = replace(english, card=Card())
    assert passage.name_of(nobody_says) == "shakespeare"


@pytest.mark.parametrize("model", passage.averages())
def test_stored_averages_equal_measured_ones(model: str) -> None:
    told = passage.averages()[model]
    again = averages.measure(library.load(model), None if LONG else SHORT)
    for what in ("passage", "weights", "symbols"):
        assert again[what] == told[what]
    for found, kept in zip(again["losses"], told["losses"], strict=LONG):
        assert found[0] == kept[0]
        assert found[1:] == pytest.approx(kept[1:], rel=1e-3, abs=2e-5)
    assert len(again["losses"]) >= min(len(told["losses"]), SHORT)


def test_each_text_has_its_letter_frequencies_and_its_n_gram_if_bundled() -> None:
    """Models of the text that the bundled n-gram counted have their divergence from it, except for the n-gram
    itself, and they share their yardsticks."""
    here = [name for name in passage.averages() if library.card(name).corpus.name == "Tiny Shakespeare"]
    assert len(here) == 7
    assert {name for name in passage.averages() if "count" in divergences(name)} == {*here} - {"shakespeare-ngram"}
    assert all("letters" in divergences(name) for name in passage.averages())
    found = {(what, nats) for name in here for what, _, nats in rows(name) if what in YARDSTICKS}
    assert {what for what, _ in found} == {*YARDSTICKS}
    assert len(found) == 3
    [own] = [nats for what, _, nats in rows("shakespeare-ngram") if what == "all"]
    assert ("count", own) in found


def test_the_divergence_from_the_n_gram_follows_from_both_models() -> None:
    """Computed from both models' own rows: the mean over the positions of the sum of p (ln p − ln q)."""
    rnn, count = library.load("shakespeare-rnn"), library.load("shakespeare-ngram")
    query = passage.reach(rnn)
    p, q = (
        torch.log_softmax(made.model.advance([*made.start_ids, *query.ids])[0][0].double(), -1).numpy()[
            [len(made.start_ids) - 1 + place for place in query.places]
        ]
        for made in (rnn, count)
    )
    assert p.shape == (200, 65)
    assert divergences("shakespeare-rnn")["count"] == pytest.approx((np.exp(p) * (p - q)).sum(-1).mean(), rel=1e-4)


def test_gated_networks_look_further_back_and_an_lstm_furthest() -> None:
    """At each of these distances, what is further back changes the predictions of an RNN least, and of an LSTM most."""
    for given in ("4", "8", "16", "32"):
        rnn, gru, lstm = (divergences(name)[given] for name in NETWORKS)
        assert rnn < gru < lstm
    for limit in (0.2, 0.1, averages.LIMIT, 0.02):
        for less, more in pairwise(sufficient_length(name, limit) for name in NETWORKS):
            assert less < more
    rnn, gru, lstm = (sufficient_length(name, averages.LIMIT) for name in NETWORKS)
    assert (rnn < 8, 16 < gru < 32, gru + 4 < lstm) == (True, True, True)


def test_n_grams_stop_at_their_order_and_networks_at_their_windows() -> None:
    """Up to that length more context helps, and beyond it changes nothing: the n-gram of order 7 sees 6 symbols,
    the convolutional network 37, the Transformer 256; in recurrent networks the influence fades."""
    config: Any = library.load("shakespeare-ngram").config
    assert config.order == 7
    assert divergences("shakespeare-ngram")["4"] > 0.1
    assert divergences("shakespeare-ngram")["8"] < 1e-9
    assert divergences("shakespeare-bigram")["1"] < 1e-9
    assert divergences("shakespeare-convnet")["32"] > 1e-6
    assert divergences("shakespeare-convnet")["64"] < 1e-6
    window: Any = library.load("shakespeare-transformer").config
    assert window.window == 256 == n_gram_of("shakespeare-transformer")[-1]
    of_transformer = divergences("shakespeare-transformer")
    assert of_transformer["128"] > passage.ENOUGH > of_transformer["256"]


@pytest.mark.parametrize("model", passage.averages())
def test_more_context_is_better(model: str) -> None:
    """With more context the prediction is closer, almost without exception, and its surprise at the text is no
    larger than that of the letter frequencies."""
    told = [divergences(model)[str(n)] for n in n_gram_of(model)]
    assert told[-1] < passage.ENOUGH
    for fewer, more in pairwise(told):
        assert more < fewer + 0.005
    surprise = {given: nats for given, _, nats in rows(model)}
    assert surprise["all"] < surprise["letters"] < surprise["uniform"]


def test_the_page_gets_stored_averages_without_a_computation() -> None:
    client = TestClient(Starlette(routes=routes.routes()))
    for kind in ("kept_average", "average"):
        data = stream.asked(model="shakespeare-lstm", prompt="", bias="", had=None)
        found = [head for head, _ in stream.frames(client.post(f"/stream/{kind}", json=data).content)]
        assert found[-1] == {"places": 200, "of": 1692, "passage": "shakespeare"}
        assert {head["given"]: head["divergence"] for head in found[:-1]} == divergences("shakespeare-lstm")


def test_averages_of_other_weights_or_passages_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load("shakespeare-rnn")
    assert passage.kept_losses(checkpoint)
    monkeypatch.setattr(library, "BUNDLED", tmp_path)
    assert passage.kept_losses(checkpoint) is None
    monkeypatch.undo()
    monkeypatch.setattr(passage, "PASSAGES", tmp_path)
    assert passage.kept_losses(checkpoint) is None
    (tmp_path / "shakespeare.txt").write_text("To be, or not to be", "utf-8")
    assert passage.kept_losses(checkpoint) is None
    monkeypatch.undo()
    assert passage.kept_losses(checkpoint)


def test_the_sufficient_length_is_interpolated_logarithmically() -> None:
    """From 1 nat to 1/10,000 between 2 and 4 symbols: a hundredth is reached halfway."""
    assert passage.enough_context([("1", 3), ("2", 1), ("4", 1e-4)], 0.01) == pytest.approx(2 * 2**0.5)
    assert passage.enough_context([("1", 3), ("2", 1), ("4", 0)], 0.01) == 4
    assert passage.enough_context([("1", 0.001), ("all", 0)], 0.01) == 1
    assert passage.enough_context([("1", 0.001), ("2", 1)], 0.01) is None
    assert passage.enough_context([("all", 0)], 0.01) is None
