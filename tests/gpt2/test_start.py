"""A GPT-2 model without its start token, and a run ended by its end token, compared with `transformers`."""

import dataclasses
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from playground import library
from playground.inference import generate, prefill, score, stopping
from playground.sampling import Sampling, dice
from tests.gpt2.hands import P, reference

TEXT = "the cat is on"


def test_without_a_start_the_logits_equal_those_of_the_bare_text(folder: Path) -> None:
    checkpoint = library.load(folder)
    ids = checkpoint.vocabulary.encode(TEXT).ids[:P]
    expected = reference()(torch.tensor([ids])).logits[0].numpy()
    np.testing.assert_allclose(prefill.prefill(checkpoint, ids, start=False).logits, expected, atol=1e-4)
    with_start = prefill.prefill(checkpoint, ids[: P - 1]).logits[1:]
    assert np.abs(with_start - expected[: P - 1]).max() > 0.1


def test_without_a_start_the_score_equals_the_librarys_loss(folder: Path) -> None:
    checkpoint = library.load(folder)
    encoding = checkpoint.vocabulary.encode(TEXT)
    ids = encoding.ids[:P]
    loss = float(reference()(torch.tensor([ids]), labels=torch.tensor([ids])).loss)  # the mean of all but the first
    found = [p for piece in score.log_probabilities(checkpoint, ids, start=False) for p in piece]
    assert len(found) == len(ids) - 1
    assert -sum(found) / len(found) == pytest.approx(loss, abs=1e-4)


def test_the_end_token_ends_a_run_like_in_the_library(folder: Path) -> None:
    """Greedy, with the token that comes third as the end."""
    whole = library.load(folder)
    prompt = whole.vocabulary.encode("the").ids
    reading = prefill.prefill(whole, prompt, start=False)
    greedy = [step.id for step in islice(generate.generate(whole, reading, Sampling(0), seed=1), 6)]
    end = next(id for id in greedy[1:] if id != greedy[0])
    checkpoint = dataclasses.replace(whole, end_ids=(end,))
    stop = stopping.stop_of(checkpoint, "end", 6)
    written: list[int] = []
    for step in generate.generate(checkpoint, reading, Sampling(0), seed=1):
        assert step.u == dice(1, len(written))
        written.append(step.id)
        if stop.reason(step.id, len(written)):
            break
    asked = torch.tensor([prompt])
    how = {"do_sample": False, "max_new_tokens": 6, "eos_token_id": end, "pad_token_id": 0}
    theirs = reference().generate(asked, attention_mask=torch.ones_like(asked), **how)
    assert written == theirs[0, len(prompt) :].tolist()
    assert written[-1] == end
