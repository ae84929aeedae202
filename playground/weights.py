"""The numbers of a model <-> a file of them. The one room that knows the `safetensors` library.

A file is held against what the model expects, by its header alone, before a tensor is read; then each tensor becomes
float32 in memory of its own, one after the other, so that hardly more than the model itself is taken. Knows neither
configurations nor vocabularies: who reads says what is expected, and where in the file it stands.
"""

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from playground.errors import BadCheckpoint

MAX_BYTES = 2_200_000_000  # half a billion numbers as float32, and some more that are left out
MAX_HEADER = 2_000_000  # bytes that name the tensors; the library makes objects of all of them

_FLOATS = ("F16", "BF16", "F32")
_DTYPES = {torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64"}


class Place(NamedTuple):
    """Where a tensor stands in a file, and whether it lies there transposed."""

    name: str
    transposed: bool = False


# From the names in the file: where each tensor of the model stands, and which names belong to none of them.
Plan = Callable[[Collection[str]], tuple[Mapping[str, Place], Collection[str]]]


def read(path: Path, expected: Mapping[str, Tensor], plan: Plan | None = None) -> dict[str, Tensor]:
    """The tensors that a model expects, by its names, floats as float32.

    expected: of their shapes and types, without memory ("meta"). plan: None where the file has the model's own names.
    BadCheckpoint names all that is missing, too much, or of another shape or type, and what is not finite.
    """
    try:
        with path.open("rb") as file:
            size, header = os.fstat(file.fileno()).st_size, int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise BadCheckpoint(f"{path.name} cannot be read ({error.strerror}): the folder needs one.") from None
    if size > MAX_BYTES:
        raise BadCheckpoint(f"{path.name} has {size:,} bytes, over the limit of {MAX_BYTES:,}.")
    if header > MAX_HEADER and size >= 8:
        raise BadCheckpoint(
            f"{path.name} has a header of {header:,} bytes, over the limit of {MAX_HEADER:,}: it is no model's, "
            "or damaged."
        )
    tensors = {}
    try:
        with safe_open(path, framework="pt") as stored:
            names = set(stored.keys())
            places, extra = plan(names) if plan else ({name: Place(name) for name in expected}, ())
            found = {name: stored.get_slice(name) for name in names.difference(extra)}
            _compare({name: (s.get_shape(), s.get_dtype()) for name, s in found.items()}, expected, places)
            for name, place in places.items():
                tensors[name] = _own(stored.get_tensor(place.name), place, expected[name])
                if not _finite(tensors[name]):
                    raise BadCheckpoint(
                        f"{path.name} has numbers in {place.name} that are not finite: train the model again."
                    )
    except (SafetensorError, OSError) as error:
        raise BadCheckpoint(
            f"{path.name} is damaged or cut short ({str(error)[:100]}): copy or download it again."
        ) from None
    return tensors


def write(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a file of tensors, each with memory of its own."""
    save_file(dict(tensors), path)


def _own(stored: Tensor, place: Place, expected: Tensor) -> Tensor:
    """A copy in memory: what was read may be a view of the file, which others can change."""
    dtype = torch.float32 if expected.is_floating_point() else expected.dtype
    return torch.empty(expected.shape, dtype=dtype).copy_(stored.T if place.transposed else stored)


def _finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    low, high = torch.aminmax(tensor)  # both are NaN where one number is; `isfinite` would take memory several times
    return bool(low.isfinite() and high.isfinite())


def _compare(
    found: Mapping[str, tuple[list[int], str]], expected: Mapping[str, Tensor], places: Mapping[str, Place]
) -> None:
    known = {place.name for place in places.values()}
    problems = [f"{place.name} is missing" for place in places.values() if place.name not in found]
    problems += [f"{name[:80]} is not part of the model" for name in sorted(found) if name not in known]
    for name, (there, transposed) in places.items():
        if there not in found:
            continue
        (shape, dtype), tensor = found[there], expected[name]
        wanted = list(tensor.shape)[::-1] if transposed else list(tensor.shape)
        if list(shape) != wanted:
            problems.append(f"{there} must have shape {wanted}, not {shape}")
        elif dtype not in (_FLOATS if tensor.is_floating_point() else (_DTYPES[tensor.dtype],)):
            problems.append(f"{there} has the wrong type of number, {dtype}")
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise BadCheckpoint(f"model.safetensors does not fit config.json: {'; '.join(problems[:10])}{more}.")
