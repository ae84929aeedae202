"""Translating: what the section of translation asks, of the Shapes tab. The frames, as they are worked out:

    {"model", "title", "symbols": ["\\n", …, "→"], "source": ["I", " ", …], "text": "Te quiero.", "ids",
     "log_probability", "ended", "attends", "replaced": [["ü", "u"], …],
     "figures": {"parameters", "nats", "chrf", "seen"}}
                                  the model's own; the body has the rows of float32 logits (T, V) before each id, and
                                  where the model attends, where it looked before each, (T, S) over `source`
    {"forced": true, "ids", "log_probability"}    the reference, each letter judged after those before it; the body too
    {"beams": [{"text", "log_probability", "ended"}, …]}
    {"other": "translate-gru", "title", "text", "log_probability", "ended", "figures"}
                                  of each other bundled model, with the same dice

A model's figures are those of its card, null where it does not say: seen, the letters that it read in training.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from playground import library
from playground.checkpoints.card import Translation as TranslationFigures
from playground.checkpoints.folders import require
from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference import stopping
from playground.inference.beam import Beam, texts
from playground.inference.translate import Translate, Translation
from playground.library import Checkpoint
from playground.models.footprint import text_size
from playground.models.pair import END, LONGEST, SEPARATOR
from playground.server import frames, requests, sanitize
from playground.server.cache import Cache, once
from playground.server.jobs import End
from playground.server.settings import Settings, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text.characters import Encoding

MOST = 80  # letters of a translation

_ANSWERS: Cache[list[bytes]] = Cache(100)  # one is 30 kB


def translate(asked: requests.Translate, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the translation, then the reference, the beam, and what other models write. Whole answers are cached."""
    return once(_ANSWERS, repr(asked), end.event, lambda: _frames(asked, end, share))


def _frames(asked: requests.Translate, end: End, share: Share) -> Iterator[bytes]:
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    check(checkpoint)
    source = read_source(checkpoint, asked.text)
    written = written_of(checkpoint, source, asked.settings, end.event, share)
    head = {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "symbols": list(checkpoint.vocabulary.symbols),
        "source": [checkpoint.vocabulary.symbols[id] for id in source.ids],
        "attends": written.attention is not None,
        "replaced": [[s.character, s.replacement] for s in source.substitutions],
        "figures": figures_of(checkpoint),
    }
    yield _frame(checkpoint, written, head)
    if asked.reference:
        ids = checkpoint.vocabulary.encode(asked.reference).ids
        forced = written_of(checkpoint, source, asked.settings, end.event, share, [id for id in ids if id])
        yield _frame(checkpoint, forced, {"forced": True})
    yield frames.frame({"beams": beam_of(checkpoint, source, asked.width, end.event, share)})
    for name in library.available("translation"):
        if name == checkpoint.name:
            continue
        other = ENGINE.open(name, end.event)
        own = read_source(other, asked.text)
        text = summary_of(other, written_of(other, own, asked.settings, end.event, share))
        title = sanitize.title(other.name, other.card)
        yield frames.frame({"other": name, "title": title, **text, "figures": figures_of(other)})


def _frame(checkpoint: Checkpoint, found: Translation, head: dict[str, Any]) -> bytes:
    body = np.asarray(found.rows, "<f4").tobytes()
    if found.attention is not None:
        body += np.asarray(found.attention, "<f4").tobytes()
    return frames.frame({**head, "ids": found.ids, **summary_of(checkpoint, found)}, body)


def check(checkpoint: Checkpoint) -> None:
    """BadInput where a model does not translate."""
    require(checkpoint, "translation")


def read_source(checkpoint: Checkpoint, text: str) -> Encoding:
    """A sentence as a model reads it. BadInput where there is none, where it is too long, where it holds what parts
    source and target, or a letter that nothing stands for."""
    source = checkpoint.vocabulary.encode(text.strip())
    if not source.ids:
        raise BadInput("translation.empty")
    if SEPARATOR in text or END in text.strip():
        raise BadInput("translation.mark", mark=SEPARATOR)
    if unknown := [s.character for s in source.substitutions if s.replacement in ("", " ") and s.character.strip()]:
        raise BadInput("translation.letters", letters=" ".join(dict.fromkeys(unknown[:10])))
    if len(source.ids) > LONGEST:
        raise BadInput("translation.long", most=LONGEST)
    return source


def written_of(
    checkpoint: Checkpoint,
    source: Encoding,
    settings: Settings,
    cancelled: threading.Event,
    share: Share,
    forced: list[int] | None = None,
) -> Translation:
    """What a model writes for a source, or how it judges a target that is given."""
    share.spend(work_of(checkpoint, len(source.ids) + MOST), text_size(checkpoint.model))
    walk = Translate(source.ids, settings.sampling(checkpoint.vocabulary), settings.seed, MOST, forced)
    *_, found = (found for found in ENGINE.walk(checkpoint.name, walk, cancelled, asker=share.asker) if found)
    return found


def beam_of(
    checkpoint: Checkpoint, source: Encoding, width: int, cancelled: threading.Event, share: Share
) -> list[dict[str, Any]]:
    """The likeliest translations that a beam finds, best first."""
    share.spend(work_of(checkpoint, len(source.ids) + width * MOST), width * text_size(checkpoint.model))
    ids = [*source.ids, checkpoint.model.separator]
    walk = Beam(ids, width, stopping.stop_of(checkpoint, "end", MOST))
    steps = [step for step in ENGINE.walk(checkpoint.name, walk, cancelled, asker=share.asker) if step]
    return [
        {
            "text": checkpoint.vocabulary.decode([id for id in found.ids if id]),
            "log_probability": found.log_probability,
            "ended": found.stopped == "end",
        }
        for found in texts(steps)
    ]


def summary_of(checkpoint: Checkpoint, found: Translation) -> dict[str, Any]:
    """A translation in words: its text, how likely it is, and whether it ended by itself."""
    return {
        "text": checkpoint.vocabulary.decode([id for id in found.ids if id]),
        "log_probability": sum(found.log_probabilities),
        "ended": found.ids[-1] == 0,
    }


def figures_of(checkpoint: Checkpoint) -> dict[str, float | int | None]:
    """What a model's card says that it measures."""
    card = checkpoint.card
    translation = card.translation or TranslationFigures()
    return {
        "parameters": card.parameters,
        "nats": card.validation.nats if card.validation else None,
        "chrf": translation.chrf,
        "seen": translation.seen,
    }
