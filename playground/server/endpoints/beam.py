"""/beam: the likeliest texts after a prompt that a beam search finds."""

import threading

from playground.engine import ENGINE
from playground.inference import stopping
from playground.inference.beam import Beam, texts
from playground.models.footprint import text_size
from playground.server import programs
from playground.server.answers import BeamAnswer, substitutions
from playground.server.endpoints.common import open_model
from playground.server.settings import BEAM, DEFAULTS, check_switch, require, work_of


def beam(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    width: int = 3,
    length: int = 12,
    length_penalty: float = 0.0,
    stop: str = DEFAULTS["stop"],
    start: bool = True,
) -> BeamAnswer:
    """The likeliest texts after a prompt that a beam search finds; a width of 1 is greedy.

    All texts have the same length, and the length penalty has no effect, unless stop lets some end earlier.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to continue; empty is the start of a text.
        width: how many texts stay in the beam after each step, 1 to 10.
        length: the maximum number of symbols of a text, 1 to 100.
        length_penalty: α from 0 to 2: texts are ranked by log-probability ÷ ((5 + length) ÷ 6)^α (Wu et al. 2016).
        stop: none; or line, to end a text after its first symbol with a line end; or end, after the model's end token.
        start: whether the model's start token precedes the text; without it the text must not be empty.

    Returns:
        start, what precedes the prompt; beams, best first, each with text (the prompt and what was found), written
        (what was found), ids, log_probability (of what was found, a natural logarithm, at temperature 1), score (for
        ranking), and stopped (why it ended: length, line or end); replaced, the characters of the prompt that the model
        does not know, and what it read instead.
    """
    with programs.share() as share:
        settings = require({"model": model, "prompt": prompt, "stop": stop})
        wide, most = int(BEAM["width"].read("width", width)), int(BEAM["length"].read("length", length))
        penalty = BEAM["length_penalty"].read("length_penalty", length_penalty)
        checkpoint, encoding = open_model(settings, settings.prompt)
        ends = stopping.stop_of(checkpoint, settings.stop, most)
        query = Beam(encoding.ids, wide, ends, penalty, check_switch("start", start))
        share.spend(work_of(checkpoint, len(encoding.ids) + wide * most), wide * text_size(checkpoint.model))
        steps = list(ENGINE.query(checkpoint.name, query, threading.Event(), requester=share.requester))
        vocabulary = checkpoint.vocabulary
        return {
            "model": settings.model,
            "start": checkpoint.start if start else "",
            "beams": [
                {
                    "text": vocabulary.join(settings.prompt, found.ids),
                    "written": vocabulary.decode(found.ids),
                    "ids": found.ids,
                    "log_probability": found.log_probability,
                    "score": found.score,
                    "stopped": found.stopped,
                }
                for found in texts(steps)
            ],
            "replaced": substitutions(encoding),
        }
