"""/generate: what a model writes after a prompt, streamed."""

import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

from playground import library
from playground.engine import ENGINE
from playground.engine.base import Run, RunStart, Text
from playground.inference import stopping
from playground.models.footprint import text_size
from playground.server import programs
from playground.server.answers import GenerateAnswer, substitutions
from playground.server.endpoints.common import Bias, Picks, Temperature, open_asked
from playground.server.settings import DEFAULTS, Settings, check_switch, work_of
from playground.server.values import Values
from playground.text import streaming
from playground.text.characters import Encoding


async def generate(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperature: Temperature = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    seed: int = 42,
    length: int = 400,
    stop: str = DEFAULTS["stop"],
    start: bool = True,
    bias: Bias = "",
    picks: Picks = "",
) -> AsyncIterator[GenerateAnswer]:
    """Continue a prompt. Streams; the last value holds the whole text.

    The same arguments give the same text as the page does, regardless of other visitors. On another kind of machine
    sums are rounded differently, and in rare cases a text diverges. The text of each value is the beginning of the next
    one's: what more symbols could still change is held back.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit[:characters] of one opened on the page.
        prompt: the text to continue; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is what the model predicts.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep characters with at least this share of the likeliest one's probability, 0 to 1; 0 is off.
        seed: fixes the number u of every step.
        length: how many symbols to write at most, 1 to 2,000.
        stop: none; or line, to stop after the first symbol with a line end; or end, after the model's end token.
        start: whether the model's start token precedes the text; without it the text must not be empty.
        bias: added to some logits before anything else, {"e": "-inf", "#7": 2.5} or "e:-inf,#7:2.5"; #7 is an id.
        picks: symbols that are not drawn, by the number of their step from 0 on, {"0": "e", "12": "a"} or "0:e,12:a".

    Returns:
        start, what precedes the prompt; text (the prompt and what was written) and written; ids and u, of each
        step the symbol and the number in [0, 1) that chose it, null for a pick (the symbol that stopped the run is
        the last of them, whole; special tokens are among the ids, and no part of the texts); seed; done, true in the
        last value; stopped, why it ended: length, line or end, null before; unfinished, the values of the bytes at the
        end of the ids that make no whole character, which text and written leave out; replaced, the characters of the
        prompt that the model does not know, and what it read instead. A syllable that the prompt begins is whole in
        text ("하" and the final of "한" are "한"); written has its last letter alone. Until done, a Korean model's
        last character is left out of text and written too, because another letter could join it.
    """
    with programs.share() as share:
        settings, checkpoint, encoding = await open_asked(locals(), share.requester)
        ends = stopping.stop_of(checkpoint, settings.stop, settings.length)
        before = checkpoint.start if check_switch("start", start) else ""
        vocabulary, cancelled = checkpoint.vocabulary, threading.Event()
        run = Run(settings.sampling(vocabulary), settings.seed, ends, picks=settings.picked_ids(vocabulary), rows=False)
        each = work_of(checkpoint, 1)
        share.reserve(each * (len(encoding.ids) + settings.length), text_size(checkpoint.model))
        share.done(each * len(encoding.ids))
        ids: list[int] = []
        us: list[float | None] = []
        values = Values(ENGINE.writing)
        asked = (checkpoint.name, Text(encoding.ids, start=start), run, cancelled)
        async with aclosing(ENGINE.run(*asked, requester=share.requester)) as parts:
            async for part in parts:
                if isinstance(part, RunStart):
                    continue
                share.done(each * len(part.ids))
                ids += part.ids
                us += part.us
                for count in values.counts(len(ids), ended=part.stopped is not None):
                    yield _value(settings, checkpoint, encoding, ids[:count], us[:count], None, before)
                if part.stopped:
                    yield _value(settings, checkpoint, encoding, ids, us, part.stopped, before)


def _value(
    settings: Settings,
    checkpoint: library.Checkpoint,
    encoding: Encoding,
    ids: list[int],
    us: list[float | None],
    stopped: stopping.Reason | None,
    start: str,
) -> GenerateAnswer:
    """One streamed value."""
    vocabulary, done = checkpoint.vocabulary, stopped is not None
    return {
        "model": settings.model,
        "start": start,
        "text": streaming.stable_part(vocabulary, ids, vocabulary.join(settings.prompt, ids), done=done),
        "written": streaming.stable_part(vocabulary, ids, vocabulary.decode(ids), done=done),
        "ids": ids.copy(),
        "u": us.copy(),
        "seed": settings.seed,
        "done": done,
        "replaced": substitutions(encoding),
        "stopped": stopped,
        "unfinished": list(streaming.unfinished_bytes(vocabulary, ids)),
    }
