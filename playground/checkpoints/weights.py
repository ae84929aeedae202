"""Reads and writes a model's tensors. The only module that knows the `safetensors` library.

Files are checked against what the model expects by their headers alone, before a tensor is read; then each tensor
becomes float32 in its own memory, one after the other, so that little more memory than the model's own is used. Knows
neither configurations nor vocabularies: the caller says what is expected, and where in the files it is.
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

MAX_BYTES = 2_200_000_000  # half a billion numbers as float32, and a margin for tensors that are ignored
MAX_HEADER = 2_000_000  # bytes of the headers; the library creates an object per tensor
COMPARED = 1_000_000  # numbers of two tensors in memory at once while they are compared

_FLOATS = ("F16", "BF16", "F32", "F64")
_DTYPES = {torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64"}


class TensorSource(NamedTuple):
    """Where a tensor is in a file, and whether it is stored transposed."""

    name: str
    transposed: bool = False


@dataclass(frozen=True)
class StoredTensors:
    """The tensors of open files.

    files: for each tensor the open file that holds it and that file's name. shapes and types: of each tensor, from the
    headers. metadata: the files' other header entries.
    """

    files: Mapping[str, tuple[Any, str]]
    shapes: Mapping[str, list[int]]
    types: Mapping[str, str]
    metadata: Mapping[str, str]

    def check(
        self, expected: Mapping[str, Tensor], places: Mapping[str, TensorSource], extra: Collection[str] = ()
    ) -> None:
        """BadCheckpoint naming every missing or extra tensor and every wrong shape or type, by the headers alone.

        expected: tensors with the shapes and types that the files should have, without memory ("meta"), by the model's
        names. places: where each of them is. extra: names that the files may contain and that are ignored.
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

    def read(self, expected: Mapping[str, Tensor], places: Mapping[str, TensorSource]) -> dict[str, Tensor]:
        """The tensors at these places, by the model's names, floats as float32, each in its own memory.

        If a file has more rows than expected, the first ones are read. BadCheckpoint for numbers that are not finite.
        """
        tensors = {}
        for name, place in places.items():
            tensors[name] = _own(self._rows(place, expected[name].shape), place, expected[name])
            if not _finite(tensors[name]):
                file = self.files[place.name][1]
                raise BadCheckpoint("weights.not_finite", file=file, tensor=place.name[:80])
        return tensors

    def same(self, one: str, other: str) -> bool:
        """Whether two tensors of the same shape (R, C) hold the same numbers; only a few rows are in memory at a
        time."""
        rows, columns = self.shapes[one]
        step = max(1, COMPARED // max(1, columns))
        parts = (
            [self._part(name, first, first + step).float() for name in (one, other)] for first in range(0, rows, step)
        )
        return all(torch.equal(a, b) for a, b in parts)

    def _rows(self, place: TensorSource, shape: Sequence[int]) -> Tensor:
        """A tensor as stored, or its first rows if it has more than `shape` says."""
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
def open_weights(folder: Path) -> Iterator[StoredTensors]:
    """The tensors in a folder's `model.safetensors`, or in its shards.

    BadCheckpoint for files that are missing, damaged, too large, or inconsistent with their index.
    """
    names, weight_map = shards.of_folder(folder)
    _measure(folder, names, bool(weight_map))
    files: dict[str, tuple[Any, str]] = {}
    metadata: dict[str, str] = {}
    with ExitStack() as stack:
        for name in names:
            with _errors_of(name):
                file = stack.enter_context(safe_open(folder / name, framework="pt"))
                # If two shards hold the same tensor, the index decides.
                own = [tensor for tensor in file.keys() if weight_map.get(tensor, name) == name]  # noqa: SIM118
                files |= dict.fromkeys(own, (file, name))
                metadata |= file.metadata() or {}
        if lost := [tensor for tensor in weight_map if tensor not in files]:
            raise BadCheckpoint("weights.lost", index=shards.INDEX, tensor=lost[0][:80], file=weight_map[lost[0]])
        heads = {tensor: file.get_slice(tensor) for tensor, (file, _) in files.items()}
        shapes = {tensor: head.get_shape() for tensor, head in heads.items()}
        types = {tensor: head.get_dtype() for tensor, head in heads.items()}
        yield StoredTensors(files, shapes, types, metadata)


def read(folder: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that a model expects, from files that use its names, floats as float32.

    expected: tensors with the right shapes and types, without memory ("meta"). BadCheckpoint names every missing,
    extra, misshapen, mistyped or non-finite tensor.
    """
    with open_weights(folder) as stored:
        places = {name: TensorSource(old_names.tensor(name, stored.files)) for name in expected}
        stored.check(expected, places)
        return stored.read(expected, places)


def write(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a file of tensors, none of which may share memory."""
    save_file(dict(tensors), path)


def _measure(folder: Path, names: Sequence[str], sharded: bool) -> None:
    """BadCheckpoint where weight files are missing, or too large to read."""
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
    """Adds the file's name to errors of the library or the disk."""
    try:
        yield
    except (SafetensorError, OSError) as error:
        raise BadCheckpoint("file.damaged", file=name, problem=str(error)[:100]) from None


def _own(stored: Tensor, place: TensorSource, expected: Tensor) -> Tensor:
    """A copy in memory: the tensor may be a view of the file, which others can change."""
    dtype = torch.float32 if expected.is_floating_point() else expected.dtype
    return torch.empty(expected.shape, dtype=dtype).copy_(stored.T if place.transposed else stored)


def _finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    low, high = torch.aminmax(tensor)  # both are NaN if one number is; `isfinite` would take several times the memory
    return bool(low.isfinite() and high.isfinite())
