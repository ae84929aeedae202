"""Answers are JSON that any parser reads: non-finite numbers, and strings that look like them."""

import asyncio
import dataclasses
import json
from math import inf, log, nan
from typing import Any

import gradio as gr
import pytest
import torch

from playground import library
from playground.engine.local import Local
from playground.server import api
from playground.server.endpoints import common, distribution, generate, score
from tests.inference.test_score import Fixed

MODEL = "names-gru"  # 27 symbols: a line end, then a to z


def set_logits(monkeypatch: pytest.MonkeyPatch, **logits: float) -> None:
    """Make the model always return these logits, by symbol, and 0 for the others."""
    whole = library.load(MODEL)
    row = [logits.get(symbol, 0.0) for symbol in whole.vocabulary.symbols]
    model: Any = Fixed(row)
    model.parameters = lambda: [torch.zeros(1)]
    broken = dataclasses.replace(whole, model=model)
    for name in ("load", "get_loaded"):
        monkeypatch.setattr(library, name, lambda name, **_: broken)
    fresh = Local()  # which has no cached prefixes
    for module in (common, distribution, generate, score):
        monkeypatch.setattr(module, "ENGINE", fresh)


def test_an_impossible_log_probability_is_the_word_minus_infinity(monkeypatch: pytest.MonkeyPatch) -> None:
    set_logits(monkeypatch, a=-inf)
    told = api.distribution(model=MODEL, prompt="b")
    assert told["logits"][1] == "-inf"
    assert told["logits"][2:] == [0.0] * 25
    assert told["probabilities"][1] == 0
    scored = api.score(model=MODEL, text="ba")
    assert scored["log_probabilities"] == [pytest.approx(-log(26)), "-inf"]
    assert scored["nats"] == scored["bits_per_symbol"] == scored["bits_per_character"] == scored["perplexity"] == "inf"
    for answer in (told, scored):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_a_certain_log_probability_is_zero_and_not_minus_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    others = dict.fromkeys(library.load(MODEL).vocabulary.symbols, -inf)
    set_logits(monkeypatch, **{**others, "a": 0.0})
    scored = api.score(model=MODEL, text="aaa")
    assert scored["perplexity"] == 1
    assert "-0.0" not in json.dumps(scored)
    assert "-0.0" not in json.dumps(api.distribution(model=MODEL, prompt="a"))


def first_value(answer: Any) -> Any:
    """An answer, or the first value of one that streams, whose errors come only when it is read."""
    return asyncio.run(anext(answer)) if hasattr(answer, "__anext__") else answer


@pytest.mark.parametrize("number", [nan, inf])
@pytest.mark.parametrize("ask", [api.distribution, api.generate, api.score])
def test_logits_without_a_distribution_are_refused_with_one_sentence(
    ask: Any, number: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_logits(monkeypatch, a=number)
    arguments = {"text": "ab"} if ask is api.score else {"prompt": "ab"}
    with pytest.raises(gr.Error) as raised:
        first_value(ask(model=MODEL, **arguments))
    assert raised.value.message == f"{MODEL} has no distribution after this text: its numbers are not finite."


def test_a_text_of_ignorable_characters_is_refused_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = library.load(MODEL).vocabulary
    empty = vocabulary.encode("")
    monkeypatch.setattr(type(vocabulary), "encode", lambda self, text: empty)
    with pytest.raises(gr.Error) as raised:
        api.score(model=MODEL, text="\u200b")
    assert raised.value.message == "There is nothing to score: give a text of at least one character that can be seen."
