"""/next_character: the character after a text, summed over the ways to cut its end into tokens."""

import threading

import numpy as np

from playground import sampling
from playground.server import characters, programs
from playground.server.answers import NextCharacterAnswer, numbers, substitutions
from playground.server.endpoints.common import Temperature, open_model, settings_among
from playground.server.settings import DEFAULTS, require
from playground.text import streaming


def next_character(
    model: str = DEFAULTS["model"], prompt: str = DEFAULTS["prompt"], temperature: Temperature = 1.0
) -> NextCharacterAnswer:
    """The distribution of the next character after a text, also for token models: summed over the ways to cut the end
    of the text into tokens.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text that the character follows; empty is the start of a text.
        temperature: of the characters, from 0 (greedy) to "inf" (uniform); 1 is what the model predicts.

    Returns:
        characters and probabilities, the likeliest first (at temperature 1); bytes, null beside a character, else the
        bytes in hex, because they make none; ids, null beside a character, else the id of a special token, which ends
        the text; cut_anew, how many tokens at the end of the text were cut in every way, as what stands before them is
        taken as the tokenizer cuts it; left_out, the most that any probability at temperature 1 is off by what was not
        summed, given that cut; left_out_of_all, the same where the beginning may be cut in any way too (1: nothing is
        known of that); whole, whether these are all tokens of the text; changed, how far this is from the sum over the
        tokens that begin with a character (total variation, at temperature 1); replaced, the characters that the model
        does not know, and what it read instead.
    """
    with programs.share() as share:
        settings = require(settings_among(locals()))
        checkpoint, encoding = open_model(settings, settings.prompt)
        *_, answer = characters.answers(checkpoint, encoding.ids, threading.Event(), share)
        rows = sampling.distribution(np.log(answer.probabilities), sampling.Sampling(settings.temperature))
        ids = [outcome if isinstance(outcome, int) else None for outcome in answer.outcomes]
        told = [
            streaming.symbol_and_bytes(outcome if isinstance(outcome, str) else checkpoint.vocabulary.symbols[outcome])
            for outcome in answer.outcomes
        ]
        return {
            "model": settings.model,
            "characters": [symbol for symbol, _ in told],
            "probabilities": numbers(rows.tolist()),
            "bytes": [raw for _, raw in told],
            "ids": ids,
            "left_out": answer.left_out,
            "left_out_of_all": answer.left_out_of_all,
            "cut_anew": answer.cut_anew,
            "whole": answer.whole,
            "changed": answer.changed,
            "replaced": substitutions(encoding),
        }
