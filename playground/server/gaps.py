"""Texts with gaps from the page and programs: their form, their limits, and the model that fills them.

A text with gaps is given in pieces: before the first gap, between two, and after the last. Each gap is one symbol of
the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from playground import library
from playground.checkpoints.folders import require
from playground.engine import ENGINE
from playground.errors import BadInput
from playground.library import Checkpoint
from playground.models.tasks import TASKS
from playground.server.settings import check_text, of_the_hub, suggest_models, work_of
from playground.words import message

MASKED = "shakespeare-masked"
LIMIT = 2_000  # characters of a text
GAPS = 50  # of a text
NAMED = 8  # letters listed in an error message


def check_model(raw: object) -> str:
    """The name of a bundled model, or `owner/name@commit` of a downloaded one; BadInput otherwise. `open_masked` checks
    its task."""
    name = check_text("model", raw)
    if not library.is_bundled(name, *TASKS):
        if here := of_the_hub(name):
            return here
        raise BadInput("model.not_named", suggest_models(name), name=repr(name[:40]), names=library.available("masked"))
    return name


def open_masked(name: str, cancelled: Event) -> Checkpoint:
    """BadInput if the model does not fill gaps."""
    checkpoint = ENGINE.open(name, cancelled)
    require(checkpoint, "masked")
    return checkpoint


def check_pieces(pieces: Sequence[str]) -> None:
    """BadInput for an empty text, one without gaps or with too many, or one that is too long."""
    if not any(pieces) and len(pieces) == 1:
        raise BadInput("fill.empty")
    if len(pieces) == 1:
        raise BadInput("fill.no_gap")
    if len(pieces) - 1 > GAPS:
        raise BadInput("fill.many", count=len(pieces) - 1, most=GAPS)
    check_text(message("named.text"), "".join(pieces), LIMIT)


def read_pieces(checkpoint: Checkpoint, pieces: Sequence[str]) -> tuple[list[int], list[int]]:
    """The ids of a text with gaps, 0 at each gap, and the positions of the gaps among them. BadInput as in
    `letters`."""
    letters(checkpoint, "".join(pieces))  # so that all unknown letters are reported at once
    ids, positions = letters(checkpoint, pieces[0]), []
    for piece in pieces[1:]:
        positions.append(len(ids))
        ids += [0, *letters(checkpoint, piece)]
    return ids, positions


def letters(checkpoint: Checkpoint, text: str) -> list[int]:
    """The ids of a text. BadInput if the model lacks one of its letters: a stand-in would be used without the user
    noticing."""
    encoding = checkpoint.vocabulary.encode(text)
    if unknown := list(dict.fromkeys(s.character for s in encoding.substitutions)):
        raise BadInput("fill.unknown", model=checkpoint.name, letters=unknown[:NAMED])
    return encoding.ids


def work(checkpoint: Checkpoint, ids: int, gaps: int) -> int:
    """Upper bound on the cost of filling the gaps of a text: one window per gap if it is longer than the context."""
    context = checkpoint.config.context
    return work_of(checkpoint, ids if ids <= context else gaps * context)
