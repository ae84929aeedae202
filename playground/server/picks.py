r"""The symbols picked by hand in a text, so that its settings reproduce it: steps and symbols (names.py).

    0:e,12:\,    the first symbol after the prompt is e, and the thirteenth a comma; all others are drawn

JSON may have an object instead: {"0": "e", "12": ","}. `web/core/picks.js` is the twin of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from playground.errors import BadInput
from playground.server import names

MAX_PICKS = 200  # steps
FARTHEST = 9_999  # the last step that can be named


def read(raw: object) -> str:
    """Picks in their canonical form. Raises BadInput with a sentence that says what is expected."""
    if raw is None:
        return ""
    if not names.may_be_list(raw):
        raise _refusal(raw)
    picks = dict(_pairs(raw) if isinstance(raw, str) else _items(raw))
    if len(picks) > MAX_PICKS:
        raise BadInput("input.picks_many", count=len(picks), most=MAX_PICKS)
    return ",".join(f"{step}:{names.write(picks[step])}" for step in sorted(picks))


def ids(picks: str, symbols: Sequence[str]) -> tuple[dict[int, int], list[str]]:
    """For picks that were read: the id of each step, and the names that are not symbols of this vocabulary."""
    pairs = list(_pairs(picks))
    found = list(zip(names.ids([name for _, name in pairs], symbols), pairs, strict=True))
    unknown = [names.show(name) for id, (_, name) in found if id is None]
    return {step: id for id, (step, _) in found if id is not None}, unknown


def _pairs(text: str) -> Iterator[tuple[int, names.Name]]:
    for part in names.members(text, "input.picks_many", MAX_PICKS):
        step, *rest = names.split(part, ":")
        yield _step(step, text), _name(names.read(":".join(rest)), text)


def _items(raw: Mapping[object, object]) -> Iterator[tuple[int, names.Name]]:
    for step, name in raw.items():
        yield _step(str(step), step), _name(names.key(name), name)


def _step(text: str, raw: object) -> int:
    if not re.fullmatch(r"\s*\d{1,4}\s*", text, flags=re.ASCII):
        raise _refusal(raw)
    return int(text)


def _name(name: names.Name | None, raw: object) -> names.Name:
    if name is None:
        raise _refusal(raw)
    return name


def _refusal(raw: object) -> BadInput:
    return BadInput("input.picks", most=FARTHEST, value=names.short(raw))
