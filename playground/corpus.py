"""Texts to learn from: reading one, splitting it, and cutting it into batches.

Knows ids only as numbers; it does not know models. Texts are never copied into the project.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from playground.errors import BadCorpus

MAX_BYTES = 200_000_000
MIN_CHARACTERS = 1_000


def read(path: str | os.PathLike[str]) -> str:
    """The text of a UTF-8 file, its line ends made "\\n" and a byte-order mark dropped.

    BadCorpus when the file cannot be read, is too large, is not UTF-8, or has under 1,000 characters.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadCorpus(f"{path.name} is larger than {MAX_BYTES:,} bytes: train on a part of it.")
        data = path.read_bytes()
    except OSError as error:
        raise BadCorpus(f"{path.name} cannot be read ({error.strerror}): check the path.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCorpus(
            f"{path.name} is not UTF-8 (byte {error.start:,} does not fit): convert it to UTF-8 first."
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise BadCorpus(f"{path.name} is empty: choose a text to learn from.")
    if len(text) < MIN_CHARACTERS:
        raise BadCorpus(
            f"{path.name} has {len(text):,} characters, which is too short: at least {MIN_CHARACTERS:,} are needed."
        )
    return text


def split(text: str, train: float = 0.9, end: float = 1.0) -> tuple[str, str]:
    """The text's beginning, to train on, and the part after it, to validate on.

    train and end say where either part ends: as a share of the characters, or, above 1, as their number.
    BadCorpus when nothing is left to validate on.
    """
    cut, stop = (int(at) if at > 1 else int(len(text) * at) for at in (train, end))
    if not cut < min(stop, len(text)):
        raise BadCorpus(f"The text has {len(text):,} characters, but training alone takes {cut:,}: use a longer text.")
    return text[:cut], text[cut:stop]


def shuffled(text: str, seed: int) -> str:
    """The same lines in a random order, for texts whose lines do not belong together."""
    lines = text.removesuffix("\n").split("\n")
    random.Random(seed).shuffle(lines)
    return "\n".join(lines) + "\n"


def streams(ids: Tensor, batch: int, length: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of stateful batches: row b of each batch goes on where row b of the one before stopped.

    ids (N,) -> pairs x, y of (batch, length), y one character ahead of x. The rows begin at a new random
    offset each time. BadCorpus when the text is too short for one batch.
    """
    count = _batches(ids, batch, length)
    row = count * length
    offset = int(torch.randint(len(ids) - batch * row, (), generator=generator))
    x = ids[offset : offset + batch * row].view(batch, row)
    y = ids[offset + 1 : offset + 1 + batch * row].view(batch, row)
    yield from zip(x.split(length, dim=1), y.split(length, dim=1), strict=True)


def windows(ids: Tensor, batch: int, length: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of independent windows, in random order; each part of the text once, at a new random offset.

    ids (N,) -> pairs x, y of (batch, length), y one character ahead of x. BadCorpus as `streams`.
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
    """One epoch of overlapping windows, one every `stride` ids, in random order, of which only the end is foretold.

    ids (N,) -> pairs x of (batch, length) and y of (batch, 1), the one character after x. The last, smaller batch is
    left out. BadCorpus as `streams`.
    """
    count = ending_steps(len(ids), batch, length, stride)
    order = torch.randperm(len(range(0, len(ids) - length, stride)), generator=generator) * stride
    for begin in order[: count * batch].view(count, batch):
        at = begin[:, None] + torch.arange(length + 1)  # (batch, length + 1)
        yield ids[at[:, :-1]], ids[at[:, -1:]]


def steps(characters: int, batch: int, length: int) -> int:
    """The number of batches in an epoch of either sort."""
    return (characters - 1) // (batch * length)


def ending_steps(characters: int, batch: int, length: int, stride: int) -> int:
    """The number of batches in an epoch of `endings`."""
    return _enough(len(range(0, characters - length, stride)) // batch, characters, batch, length)


def _batches(ids: Tensor, batch: int, length: int) -> int:
    return _enough(steps(len(ids), batch, length), len(ids), batch, length)


def _enough(count: int, characters: int, batch: int, length: int) -> int:
    if count == 0:
        raise BadCorpus(
            f"The text has {characters:,} characters to train on, too short for one batch of {batch} × {length}: "
            "use a longer text or a smaller batch."
        )
    return count
