"""Training texts: reading, splitting and batching.

Knows ids only as numbers; it does not know models. Texts are never copied into the project.
"""

import os
import random
import stat
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from playground.errors import BadCorpus
from playground.training.decoding import decode

MAX_BYTES = 200_000_000
MAX_SYMBOLS = 200_000  # as many as a vocabulary may have
MIN_CHARACTERS = 1_000
SHORT_EPOCH = 8  # batches per epoch for a text that is too short for the recipe's batch


def read(path: str | os.PathLike[str]) -> str:
    """The text of a file with "\\n" line ends and without a byte-order mark; decoding.py lists the encodings accepted.

    BadCorpus when the file cannot be read, is too large, is not text or in another encoding, is blank, repeats one
    character, or has under 1,000 characters.
    """
    path = Path(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise BadCorpus("corpus.folder", path=path.name or path)
        if not stat.S_ISREG(found.st_mode):  # it is read more than once
            raise BadCorpus("corpus.pipe", file=path.name)
        if found.st_size > MAX_BYTES:
            raise BadCorpus("corpus.large", file=path.name, most=MAX_BYTES)
        data = path.read_bytes()
    except OSError as error:
        raise BadCorpus("corpus.unreadable", file=path.name, problem=error.strerror) from None
    text = decode(data, path).replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise BadCorpus("corpus.empty", file=path.name)
    if not text.strip():
        raise BadCorpus("corpus.blank", file=path.name)
    if len(text) < MIN_CHARACTERS:
        raise BadCorpus("corpus.short", file=path.name, count=len(text), least=MIN_CHARACTERS)
    check_symbols(len(set(text)), path.name)
    return text


def check_symbols(count: int, name: str) -> None:
    """BadCorpus if a text has too many different characters to learn, or only one."""
    if count < 2:
        raise BadCorpus("corpus.one_symbol", file=name)
    if count > MAX_SYMBOLS:
        raise BadCorpus("corpus.many_symbols", file=name, count=count, most=MAX_SYMBOLS)


def split(text: str, train: float = 0.9, end: float = 1.0) -> tuple[str, str]:
    """The text's beginning, to train on, and the part after it, to validate on.

    train and end: where either part ends, as a share of the characters or, above 1, as their number. BadCorpus when
    nothing is left to validate on.
    """
    cut, stop = (int(at) if at > 1 else int(len(text) * at) for at in (train, end))
    if not cut < min(stop, len(text)):
        raise BadCorpus("corpus.cut", count=len(text), cut=cut)
    return text[:cut], text[cut:stop]


def shuffle_lines(text: str, seed: int) -> str:
    """The same lines in a random order, for texts whose lines do not belong together."""
    lines = text.removesuffix("\n").split("\n")
    random.Random(seed).shuffle(lines)
    return "\n".join(lines) + "\n"


def streams(ids: Tensor, batch: int, length: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of stateful batches: row b of each batch continues row b of the previous one.

    ids (N,) -> pairs x, y of (batch, length), y one character ahead of x. The rows begin at a new random offset each
    time. BadCorpus when the text is too short for one batch.
    """
    count = _batches(ids, batch, length)
    row = count * length
    offset = int(torch.randint(len(ids) - batch * row, (), generator=generator))
    x = ids[offset : offset + batch * row].view(batch, row)
    y = ids[offset + 1 : offset + 1 + batch * row].view(batch, row)
    yield from zip(x.split(length, dim=1), y.split(length, dim=1), strict=True)


def windows(ids: Tensor, batch: int, length: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of independent windows, in random order; each part of the text once, with a new random offset.

    ids (N,) -> pairs x, y of (batch, length), y one character ahead of x. BadCorpus as in `streams`.
    """
    count = _batches(ids, batch, length)
    offset = int(torch.randint(len(ids) - count * batch * length, (), generator=generator))
    order = torch.randperm(count * batch, generator=generator).view(count, batch)
    for rows in order:
        at = offset + rows[:, None] * length + torch.arange(length)  # (batch, length)
        yield ids[at], ids[at + 1]


def endings(
    ids: Tensor, batch: int, length: int, generator: torch.Generator, stride: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of overlapping windows, one every `stride` ids, in random order, of which only the end is predicted.

    ids (N,) -> pairs x of (batch, length) and y of (batch, 1), the one character after x. The last, smaller batch is
    left out. BadCorpus as in `streams`.
    """
    count = ending_steps(len(ids), batch, length, stride)
    order = torch.randperm(len(range(0, len(ids) - length, stride)), generator=generator) * stride
    for begin in order[: count * batch].view(count, batch):
        at = begin[:, None] + torch.arange(length + 1)  # (batch, length + 1)
        yield ids[at[:, :-1]], ids[at[:, -1:]]


def largest_batch(characters: int, batch: int, length: int, stride: int | None) -> tuple[int, int]:
    """The batch size and row length as given, if the text is long enough; otherwise the largest possible.

    characters: of the training text. stride: as in `endings`; None for the other two kinds. A text that is too short
    gets a batch small enough for several per epoch, because each is a training step; if it is shorter than a row, rows
    are shortened.
    """
    length = min(length, characters - 1)
    whole = steps(characters, 1, length) if stride is None else len(range(0, characters - length, stride))
    return (batch if whole >= batch else max(1, whole // SHORT_EPOCH)), length


def steps(characters: int, batch: int, length: int) -> int:
    """The number of batches in an epoch of `streams` or `windows`."""
    return (characters - 1) // (batch * length)


def ending_steps(characters: int, batch: int, length: int, stride: int) -> int:
    """The number of batches in an epoch of `endings`."""
    return _enough(len(range(0, characters - length, stride)) // batch, characters, batch, length)


def _batches(ids: Tensor, batch: int, length: int) -> int:
    return _enough(steps(len(ids), batch, length), len(ids), batch, length)


def _enough(count: int, characters: int, batch: int, length: int) -> int:
    if count == 0:
        raise BadCorpus("corpus.one_batch", count=characters, batch=batch, length=length)
    return count
