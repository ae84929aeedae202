"""The numbers of a model <-> files of them. The only module that knows the `safetensors` library.

Files are held against what the model expects, by their headers alone, before a tensor is read; then each tensor becomes
float32 in memory of its own, one after the other, so that hardly more than the model itself is taken. Knows neither
configurations nor vocabularies: who reads says what is expected, and where in the files it stands.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from playground.checkpoints import old_names, shards
from playground.errors import BadCheckpoint
from playground.words import Message, message

MAX_BYTES = 2_200_000_000  # half a billion numbers as float32, and some more that are left out
MAX_HEADER = 2_000_000  # bytes that name the tensors; the library makes objects of all of them
COMPARED = 1_000_000  # numbers of two tensors that are in memory at once while they are compared

_FLOATS = ("F16", "BF16", "F32", "F64")
_DTYPES = {torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64"}


class Place(NamedTuple):
    """Where a tensor stands in a file, and whether it lies there transposed."""

    name: str
    transposed: bool = False


@dataclass(frozen=True)
class Stored:
    """The tensors of open files.

    files: of each tensor, the open file that holds it and that file's name. shapes and types: of each tensor, as the
    headers say. metadata: what the files say beside their tensors.
    """

    files: Mapping[str, tuple[Any, str]]
    shapes: Mapping[str, list[int]]
    types: Mapping[str, str]
    metadata: Mapping[str, str]

    def check(self, expected: Mapping[str, Tensor], places: Mapping[str, Place], extra: Collection[str] = ()) -> None:
        """BadCheckpoint naming all that is missing, too much, or of another shape or type, by the headers alone.

        expected: tensors with the shapes and types that the files should have, without memory ("meta"), by the
        model's names. places: where each of them is. extra: names in the files that may be there and are not read.
        """
        known = {*extra, *(place.name for place in places.values())}
        missing = [place.name for place in places.values() if place.name not in self.files]
        problems = [message("weights.missing", tensor=name[:80]) for name in missing]
        problems += [message("weights.extra", tensor=name[:80]) for name in sorted(self.files) if name not in known]
        for name, (there, transposed) in places.items():
            if there not in self.files:
                continue
            shape, dtype, tensor = self.shapes[there], self.types[there], expected[name]
            wanted = list(tensor.shape)[::-1] if transposed else list(tensor.shape)
            if list(shape) != wanted:
                problems.append(message("weights.shape", tensor=there[:80], wanted=str(wanted), shape=str(shape)))
            elif dtype not in (_FLOATS if tensor.is_floating_point() else (_DTYPES[tensor.dtype],)):
                problems.append(message("weights.type", tensor=there[:80], type=dtype))
        if problems:
            told = problems[:10]
            if len(problems) > 10:
                told.append(message("weights.more", count=len(problems) - 10))
            raise BadCheckpoint("weights.unfit", file=shards.WEIGHTS, problems=told)

    def read(self, expected: Mapping[str, Tensor], places: Mapping[str, Place]) -> dict[str, Tensor]:
        """The tensors with these places, by the model's names, floats as float32, each in memory of its own.

        Where fewer rows are expected than there are, the first ones are read. BadCheckpoint for numbers that are
        not finite.
        """
        tensors = {}
        for name, place in places.items():
            tensors[name] = _own(self._rows(place, expected[name].shape), place, expected[name])
            if not _finite(tensors[name]):
                file = self.files[place.name][1]
                raise BadCheckpoint("weights.not_finite", file=file, tensor=place.name[:80])
        return tensors

    def same(self, one: str, other: str) -> bool:
        """Whether two tensors of the same shape (R, C) hold the same numbers; a few rows are in memory at a time."""
        rows, columns = self.shapes[one]
        step = max(1, COMPARED // max(1, columns))
        parts = (
            [self._part(name, first, first + step).float() for name in (one, other)] for first in range(0, rows, step)
        )
        return all(torch.equal(a, b) for a, b in parts)

    def _rows(self, place: Place, shape: Sequence[int]) -> Tensor:
        """A tensor as it is stored, or its first rows where it has more than `shape` says."""
        if shape and not place.transposed and shape[0] < self.shapes[place.name][0]:
            return self._part(place.name, 0, shape[0])
        file, name = self.files[place.name]
        with _errors_of(name):
            return file.get_tensor(place.name)

    def _part(self, tensor: str, first: int, end: int) -> Tensor:
        file, name = self.files[tensor]
        with _errors_of(name):
            return file.get_slice(tensor)[first:end]


@contextmanager
def open_weights(folder: Path) -> Iterator[Stored]:
    """The tensors in a folder's `model.safetensors`, or in its shards.

    BadCheckpoint for files that are missing, damaged, too large, or not as their index says.
    """
    names, weight_map = shards.of_folder(folder)
    _measure(folder, names, bool(weight_map))
    files: dict[str, tuple[Any, str]] = {}
    metadata: dict[str, str] = {}
    with ExitStack() as stack:
        for name in names:
            with _errors_of(name):
                file = stack.enter_context(safe_open(folder / name, framework="pt"))
                # A tensor of two shards is the one that the index says.
                own = [tensor for tensor in file.keys() if weight_map.get(tensor, name) == name]  # noqa: SIM118
                files |= dict.fromkeys(own, (file, name))
                metadata |= file.metadata() or {}
        if lost := [tensor for tensor in weight_map if tensor not in files]:
            raise BadCheckpoint("weights.lost", index=shards.INDEX, tensor=lost[0][:80], file=weight_map[lost[0]])
        heads = {tensor: file.get_slice(tensor) for tensor, (file, _) in files.items()}
        shapes = {tensor: head.get_shape() for tensor, head in heads.items()}
        types = {tensor: head.get_dtype() for tensor, head in heads.items()}
        yield Stored(files, shapes, types, metadata)


def read(folder: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that a model expects, from files that have its own names for them, floats as float32.

    expected: of their shapes and types, without memory ("meta").
    BadCheckpoint names all that is missing, too much, or of another shape or type, and what is not finite.
    """
    with open_weights(folder) as stored:
        places = {name: Place(old_names.tensor(name, stored.files)) for name in expected}
        stored.check(expected, places)
        return stored.read(expected, places)


def write(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a file of tensors, each with memory of its own."""
    save_file(dict(tensors), path)


def _measure(folder: Path, names: Sequence[str], sharded: bool) -> None:
    """BadCheckpoint where files of weights are missing, or larger than is read."""
    size = headers = 0
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                own, header = os.fstat(file.fileno()).st_size, int.from_bytes(file.read(8), "little")
        except OSError as error:
            if sharded:
                raise BadCheckpoint(
                    "shards.unreadable", file=name, problem=error.strerror, index=shards.INDEX
                ) from None
            raise BadCheckpoint("file.unreadable", file=name, problem=error.strerror) from None
        size, headers = size + own, headers + (header if own >= 8 else 0)
        if size > MAX_BYTES:
            raise BadCheckpoint("weights.large", weights=_weights(name, sharded), bytes=size, most=MAX_BYTES)
        if headers > MAX_HEADER:
            raise BadCheckpoint("weights.header", weights=_weights(name, sharded), bytes=headers, most=MAX_HEADER)


def _weights(name: str, sharded: bool) -> str | Message:
    return message("weights.up_to", file=name) if sharded else name


@contextmanager
def _errors_of(name: str) -> Iterator[None]:
    """Say of which file an error of the library or the disk is."""
    try:
        yield
    except (SafetensorError, OSError) as error:
        raise BadCheckpoint("file.damaged", file=name, problem=str(error)[:100]) from None


def _own(stored: Tensor, place: Place, expected: Tensor) -> Tensor:
    """A copy in memory: what was read may be a view of the file, which others can change."""
    dtype = torch.float32 if expected.is_floating_point() else expected.dtype
    return torch.empty(expected.shape, dtype=dtype).copy_(stored.T if place.transposed else stored)


def _finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    low, high = torch.aminmax(tensor)  # both are NaN where one number is; `isfinite` would take memory several times
    return bool(low.isfinite() and high.isfinite())
