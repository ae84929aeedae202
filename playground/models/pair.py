"""A translator as a language model: source, separator and target form one text with one state.

    \\n source → target \\n source → target \\n …

The first symbol of the vocabulary is END, which resets the state; the last one is SEPARATOR. Within a source nothing is
predicted: the logits make the separator certain. At the separator the source is encoded; from there on the target is
written. A source holds up to LONGEST letters. An empty one is read as END alone.

Knows no architecture: a `Translator` provides that part. A state has the same shapes whatever was read, so states are
merged by concatenation, and a sum over a source always has LONGEST terms, zero-padded: its bits do not depend on the
other texts of the batch.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.fast.steps import Array
from playground.models.tasks import as_batch

SEPARATOR, END = "→", "\n"
LONGEST = 64  # letters of a source
NEVER = -1e4  # a logit that is finite but gives probability 0

Parts = tuple[Tensor, ...]  # each (B, …)


class Translator(Protocol):
    """What an architecture provides. Its part of a state is a tuple of tensors (B, …) of fixed shapes.

    blank()                   the state of one text before its source: `forget` makes it
    begin(sources)            sources (B, S), S ≤ LONGEST, without padding -> the parts after them
    write(ids, lengths, parts)       in torch: ids (B, T) of targets, the separator first, lengths (B,) of the sources
                                     -> logits (B, T, V), the parts after them
    write_rows(ids, lengths, parts)  one id (B,) of each text -> logits (B, V), the parts; a text's bits are its own
    """

    separator: int

    def blank(self) -> "PairState": ...

    def begin(self, sources: Tensor) -> Parts: ...

    def write(self, ids: Tensor, lengths: Tensor, parts: Parts) -> tuple[Tensor, Parts]: ...

    def write_rows(self, ids: NDArray[np.int64], lengths: Tensor, parts: Parts) -> tuple[Array, Parts]: ...


class PairState(NamedTuple):
    """Of B texts: their sources so far (B, LONGEST), zero-padded, and the lengths (B,); whether each is at its target
    (B,); the architecture's parts, zeros before the target."""

    source: Tensor
    length: Tensor
    writes: Tensor
    parts: Parts


# The methods that all translators share; `model` is their self.


def encode(model: Translator, source_ids: Sequence[int] | Tensor) -> PairState:
    """See Seq2Seq: the state after sources (B, S) and their separators. BadInput where S is 0 or over LONGEST."""
    ids = as_batch(source_ids, model.separator + 1, model.blank().source.device)
    return advance(model, F.pad(ids, (0, 1), value=model.separator))[1]


def advance(
    model: Translator, ids: Sequence[int] | Tensor, state: PairState | None = None
) -> tuple[Tensor, PairState]:
    """See LanguageModel; text by text. BadInput where a source is over LONGEST."""
    blank = model.blank()
    ids = as_batch(ids, model.separator + 1, blank.source.device)
    states = [blank if state is None else select(state, [row]) for row in range(len(ids))]
    texts = [_advance_one(model, row, own, blank) for row, own in zip(ids, states, strict=True)]
    return torch.cat([logits for logits, _ in texts]), merge([after for _, after in texts])


def _advance_one(model: Translator, ids: Tensor, state: PairState, blank: PairState) -> tuple[Tensor, PairState]:
    """ids (T,) -> logits (1, T, V), and the state of one text."""
    logits: list[Tensor] = []
    given = ids.tolist()
    at = 0
    while at < len(given):
        if given[at] == 0:
            state, end = blank, at + 1
            logits.append(separator_logits(model, 1, ids.device))
        elif bool(state.writes):
            end = next((i for i in range(at, len(given)) if given[i] == 0), len(given))
            written, parts = model.write(ids[None, at:end], state.length, state.parts)
            logits.append(written)
            state = state._replace(parts=parts)
        elif given[at] == model.separator:
            end = at + 1
            state = begin(model, state)
            written, parts = model.write(ids[None, at:end], state.length, state.parts)
            logits.append(written)
            state = state._replace(parts=parts)
        else:
            end = next((i for i in range(at, len(given)) if given[i] in (0, model.separator)), len(given))
            state = _read(ids[at:end], state)
            logits.append(separator_logits(model, end - at, ids.device))
        at = end
    return torch.cat(logits, dim=1), state


@torch.inference_mode()
def step(model: Translator, ids: Sequence[int], state: PairState) -> tuple[Array, PairState]:
    """See LanguageModel. Letters beyond the end of a full source are ignored."""
    if state.writes.all() and 0 not in ids:
        logits, parts = model.write_rows(np.asarray(ids, np.int64), state.length, state.parts)
        return logits, state._replace(parts=parts)
    blank = model.blank()
    texts = [_step_one(model, id, select(state, [at]), blank) for at, id in enumerate(ids)]
    return np.concatenate([logits for logits, _ in texts]), merge([after for _, after in texts])


def _step_one(model: Translator, id: int, state: PairState, blank: PairState) -> tuple[Array, PairState]:
    if id == 0:
        return separator_logits(model, 1, state.source.device)[0].numpy(), blank
    if not bool(state.writes):
        if id != model.separator:
            room = int(state.length) < LONGEST
            after = _read(torch.tensor([id]), state) if room else state
            return separator_logits(model, 1, state.source.device)[0].numpy(), after
        state = begin(model, state)
    logits, parts = model.write_rows(np.array([id]), state.length, state.parts)
    return logits, state._replace(parts=parts)


def begin(model: Translator, state: PairState) -> PairState:
    """The state of one text whose source has been read, after its separator."""
    length = max(1, int(state.length))
    return PairState(
        state.source, state.length.clamp(min=1), torch.ones_like(state.writes), model.begin(state.source[:, :length])
    )


def forget(parts: Parts, device: torch.device) -> PairState:
    """The state of one text before its source. parts: the architecture's, of one text; their values do not matter."""
    return PairState(
        torch.zeros(1, LONGEST, dtype=torch.int64, device=device),
        torch.zeros(1, dtype=torch.int64, device=device),
        torch.zeros(1, dtype=torch.bool, device=device),
        tuple(torch.zeros_like(part) for part in parts),
    )


def merge(states: Sequence[PairState]) -> PairState:
    """See LanguageModel."""
    if len(states) == 1:
        return states[0]
    sources, lengths, writes, parts = zip(*states, strict=True)
    return PairState(
        torch.cat(sources), torch.cat(lengths), torch.cat(writes), tuple(map(torch.cat, zip(*parts, strict=True)))
    )


def select(state: PairState, rows: Sequence[int]) -> PairState:
    """See LanguageModel."""
    chosen = torch.tensor(rows, device=state.source.device)
    return PairState(
        state.source[chosen], state.length[chosen], state.writes[chosen], tuple(part[chosen] for part in state.parts)
    )


def separator_logits(model: Translator, count: int, device: torch.device) -> Tensor:
    """Logits (1, count, V) that make the separator certain."""
    logits = torch.full((1, count, model.separator + 1), NEVER, device=device)
    logits[..., model.separator] = 0
    return logits


def pad_source(x: Tensor) -> Tensor:
    """(B, S, …) -> (B, LONGEST, …), zero-padded."""
    return torch.cat([x, x.new_zeros(len(x), LONGEST - x.shape[1], *x.shape[2:])], dim=1)


def letters_mask(lengths: Tensor) -> Tensor:
    """(B, LONGEST) bool: which positions of sources of these lengths are letters."""
    return torch.arange(LONGEST, device=lengths.device) < lengths[:, None]


def _read(ids: Tensor, state: PairState) -> PairState:
    """One text's state after further letters (T,) of its source."""
    length, count = int(state.length), len(ids)
    if length + count > LONGEST:
        raise BadInput("translation.long", most=LONGEST)
    source = state.source.clone()
    source[0, length : length + count] = ids
    return state._replace(source=source, length=state.length + count)
