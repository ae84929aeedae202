"""The exact next character of a model of GPT-2's size, shape and tokens, with random weights: it answers in steps,
starting with the sum over first characters, and is done within three seconds of one core.

Processor time is measured, so other processes do not matter.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import nn

from playground import library
from playground.inference.next_character import MOST_WORK, Characters, NextCharacter
from playground.library import Checkpoint
from playground.models import build
from playground.models.config import values_of
from playground.models.footprint import parameters
from playground.threads import limit_this_thread
from tests import gpt2_tokens, small_gpt2
from tests.conftest import missing

SECONDS = 3.0  # of a core; two of them are no slower
SIZES = {"width": 768, "layers": 12, "heads": 12, "window": 1_024}  # GPT-2's, with 50,257 tokens
SPREAD, SURE = 0.02, 2.5  # of its weights at first, and as in tests/bench/characters.py how far those of tokens go on
PROMPTS = ("To be or not to b", "the rest is on the b")


class Timed(NamedTuple):
    """An answer, and the seconds of the processor until it."""

    seconds: float
    answer: Characters


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    if not gpt2_tokens.are_here():
        missing(gpt2_tokens.MISSING)
    folder = tmp_path_factory.mktemp("small")
    small_gpt2.write(folder, pieces=gpt2_tokens.read())
    small = library.load(folder)
    torch.manual_seed(5)
    model = build("transformer", {**values_of(small.config), "d_ff": 0, **SIZES}).eval().requires_grad_(False)
    for weights in model.parameters():
        if weights.ndim > 1:
            nn.init.normal_(weights, std=SPREAD)
    model.embedding.weight *= SURE
    return replace(small, config=model.config, model=model)


def answers(checkpoint: Checkpoint, prompt: str) -> list[Timed]:
    walk = NextCharacter(tuple(checkpoint.vocabulary.encode(prompt).ids))

    def timed() -> list[Timed]:
        begun = time.process_time()
        return [Timed(time.process_time() - begun, answer) for answer in walk.steps(checkpoint) if answer is not None]

    with ThreadPoolExecutor(1, initializer=limit_this_thread) as thread:
        return thread.submit(timed).result()


def test_the_model_is_as_large_as_gpt2(checkpoint: Checkpoint) -> None:
    assert parameters(checkpoint.model) == 124_439_808
    assert len(checkpoint.vocabulary) == 50_257


def test_the_prompts_last_word_is_tokenized_differently_once_complete(checkpoint: Checkpoint) -> None:
    """So after " b" no "e" is expected, as " be" is never cut that way."""

    def last(text: str) -> str:
        return checkpoint.vocabulary.symbols[checkpoint.vocabulary.encode(text).ids[-1]]

    assert (last("To be or not to b"), last("To be or not to be")) == (" b", " be")
    assert (last("the rest is on the b"), last("the rest is on the be")) == (" b", " be")


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.timed
def test_the_last_answer_comes_within_three_seconds(checkpoint: Checkpoint, prompt: str) -> None:
    answers(checkpoint, "a")  # the setup of the first step is not counted
    # Others that share the caches slow it down, so the best of up to three counts.
    for _ in range(3):
        found = answers(checkpoint, prompt)
        if found[-1].seconds < SECONDS:
            break
    first, *_, last = found
    assert len(found) > 2
    assert (first.answer.read, first.answer.cut_anew, first.answer.changed) == (0, 0, 0)
    assert last.answer.cut_anew > 1
    assert last.answer.changed > 0.1, "the old answer is far off, and the last says so"
    assert last.answer.left_out < 0.01
    assert 0 < last.answer.read <= MOST_WORK // parameters(checkpoint.model)
    assert [timed.answer.read for timed in found] == sorted(timed.answer.read for timed in found)
    assert first.seconds < last.seconds / 3, "who asks does not wait for the last"
    assert last.seconds < SECONDS
