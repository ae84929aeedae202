"""Translation, for the Shapes tab. The frames, as they are computed:

    {"model", "title", "symbols": ["\\n", …, "→"], "source": ["I", " ", …], "text": "Te quiero.", "ids",
     "log_probability", "ended", "attends", "picked": [3], "replaced": [["ü", "u"], …], "figures": {"parameters",
     "nats", "chrf", "seen"}}
        the model's own; the body has the rows of float32 logits (T, V) before each id and, for a model with attention,
        its weights (T, S) over `source`; picked: the positions of the letters picked by hand
    {"forced": true, "ids", "log_probability"}    the reference, scored by teacher forcing; with the same body
    {"beams": [{"text", "log_probability", "ended"}, …]}
    {"other": "translate-gru", "title", "text", "log_probability", "ended", "picked", "figures"} for each other bundled
                                  model, with the same random numbers and the same picks, if its alphabet has them

The reference and the beams do not depend on the picks. A model's figures are from its card, or null: seen, the letters
that it read in training.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
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
from playground.server.jobs import CancelToken
from playground.server.settings import Settings, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text.characters import Encoding

MAX_LETTERS = 80  # letters of a translation

_WRITTEN: Cache[list[bytes]] = Cache(200)  # one is 10 kB
_BESIDE: Cache[list[bytes]] = Cache(100)  # one is 20 kB
_OTHERS: Cache[list[bytes]] = Cache(200)  # one is 1 kB


def translate(request: requests.Translate, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the translation, then the reference, the beam, and other models' translations. Complete answers are
    cached."""
    alone = replace(request, reference="", width=0)
    yield from once(_WRITTEN, repr(alone), cancel.event, lambda: _own(request, cancel, share))
    plain = replace(request, settings=replace(request.settings, picks=""))
    yield from once(_BESIDE, repr(plain), cancel.event, lambda: _beside(plain, cancel, share))
    yield from once(_OTHERS, repr(alone), cancel.event, lambda: _others(alone, cancel, share))


def _own(request: requests.Translate, cancel: CancelToken, share: Share) -> Iterator[bytes]:
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    check(checkpoint)
    source = read_source(checkpoint, request.text)
    written = translate_with(checkpoint, source, request.settings, cancel.event, share)
    head = {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "symbols": list(checkpoint.vocabulary.symbols),
        "source": [checkpoint.vocabulary.symbols[id] for id in source.ids],
        "attends": written.attention is not None,
        "picked": _picked(checkpoint, written, request.settings),
        "replaced": [[s.character, s.replacement] for s in source.substitutions],
        "figures": figures_of(checkpoint),
    }
    yield _frame(checkpoint, written, head)


def _beside(request: requests.Translate, cancel: CancelToken, share: Share) -> Iterator[bytes]:
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    source = read_source(checkpoint, request.text)
    if request.reference:
        ids = checkpoint.vocabulary.encode(request.reference).ids
        forced = translate_with(checkpoint, source, request.settings, cancel.event, share, [id for id in ids if id])
        yield _frame(checkpoint, forced, {"forced": True})
    yield frames.frame({"beams": beam_of(checkpoint, source, request.width, cancel.event, share)})


def _others(request: requests.Translate, cancel: CancelToken, share: Share) -> Iterator[bytes]:
    for name in library.available("translation"):
        if name == request.settings.model:
            continue
        other = ENGINE.open(name, cancel.event)
        written = translate_with(other, read_source(other, request.text), request.settings, cancel.event, share)
        head = {
            "other": name,
            "title": sanitize.title(other.name, other.card),
            **summary_of(other, written),
            "picked": _picked(other, written, request.settings),
            "figures": figures_of(other),
        }
        yield frames.frame(head)


def _picked(checkpoint: Checkpoint, written: Translation, settings: Settings) -> list[int]:
    """The positions of hand-picked letters in what a model wrote."""
    return [step for step in settings.picked_ids(checkpoint.vocabulary) if step < len(written.ids)]


def _frame(checkpoint: Checkpoint, found: Translation, head: dict[str, Any]) -> bytes:
    body = np.asarray(found.rows, "<f4").tobytes()
    if found.attention is not None:
        body += np.asarray(found.attention, "<f4").tobytes()
    return frames.frame({**head, "ids": found.ids, **summary_of(checkpoint, found)}, body)


def check(checkpoint: Checkpoint) -> None:
    """BadInput if a model does not translate."""
    require(checkpoint, "translation")


def read_source(checkpoint: Checkpoint, text: str) -> Encoding:
    """A sentence as a model reads it. BadInput if there is none, if it is too long, or if it contains the separator or
    a letter without a stand-in."""
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


def translate_with(
    checkpoint: Checkpoint,
    source: Encoding,
    settings: Settings,
    cancelled: threading.Event,
    share: Share,
    forced: list[int] | None = None,
) -> Translation:
    """What a model writes for a source, or how it scores a given target."""
    share.spend(work_of(checkpoint, len(source.ids) + MAX_LETTERS), text_size(checkpoint.model))
    vocabulary = checkpoint.vocabulary
    query = Translate(
        source.ids, settings.sampling(vocabulary), settings.seed, MAX_LETTERS, forced, settings.picked_ids(vocabulary)
    )
    *_, found = (found for found in ENGINE.query(checkpoint.name, query, cancelled, requester=share.requester) if found)
    return found


def beam_of(
    checkpoint: Checkpoint, source: Encoding, width: int, cancelled: threading.Event, share: Share
) -> list[dict[str, Any]]:
    """The likeliest translations found by a beam, best first."""
    share.spend(work_of(checkpoint, len(source.ids) + width * MAX_LETTERS), width * text_size(checkpoint.model))
    ids = [*source.ids, checkpoint.model.separator]
    query = Beam(ids, width, stopping.stop_of(checkpoint, "end", MAX_LETTERS))
    steps = [step for step in ENGINE.query(checkpoint.name, query, cancelled, requester=share.requester) if step]
    return [
        {
            "text": checkpoint.vocabulary.decode([id for id in found.ids if id]),
            "log_probability": found.log_probability,
            "ended": found.stopped == "end",
        }
        for found in texts(steps)
    ]


def summary_of(checkpoint: Checkpoint, found: Translation) -> dict[str, Any]:
    """A summary of a translation: its text, its probability, and whether it ended by itself."""
    return {
        "text": checkpoint.vocabulary.decode([id for id in found.ids if id]),
        "log_probability": sum(found.log_probabilities),
        "ended": found.ids[-1] == 0,
    }


def figures_of(checkpoint: Checkpoint) -> dict[str, float | int | None]:
    """The figures in a model's card."""
    card = checkpoint.card
    translation = card.translation or TranslationFigures()
    return {
        "parameters": card.parameters,
        "nats": card.validation.nats if card.validation else None,
        "chrf": translation.chrf,
        "seen": translation.seen,
    }
