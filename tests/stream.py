"""The stream as a browser reads it: the frames of an answer, unpacked."""

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.server import frames as packing
from playground.server import opening, reading, requests, routes, wire, writing
from playground.server.jobs import CancelToken
from playground.server.settings import Settings

Row = Any  # (V,) float32; of a long vocabulary a dictionary


@dataclass
class Answer:
    """What an answer says, with all its steps. `rows` are the prompt's, before each id and after the last."""

    head: dict[str, Any]
    prompt_ids: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    own: list[tuple[int, float]] = field(default_factory=list)
    tips: list[Row] = field(default_factory=list)  # the row before each step, and after the last
    ids: list[int] = field(default_factory=list)
    us: list[float | None] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)  # the heads after the first

    def __getitem__(self, name: str) -> Any:
        return self.head[name]


def frames(data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The frames of an answer: head and body."""
    while data:
        text, body = struct.unpack_from("<II", data)
        yield json.loads(data[8 : 8 + text]), data[8 + text : 8 + text + body]
        data = data[8 + text + body :]


class Columns:
    """Numbers of a body, one column after the other."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def take(self, kind: str, count: int) -> NDArray[Any]:
        column = np.frombuffer(self.body, kind, count, self.at)
        self.at += column.nbytes
        return column

    def row(self, about: dict[str, Any]) -> Row:
        if not about["folded"]:
            return self.take("<f4", len(about["symbols"]))
        kept, groups = self.take("<u4", 2).tolist()
        names = [("ids", "<u4", kept), ("logits", "<f4", kept), ("counts", "<u4", groups), ("means", "<f4", groups)]
        return {name: self.take(kind, count) for name, kind, count in names}

    def block(self, about: dict[str, Any], n: int) -> tuple[list[int], list[tuple[int, float]], list[Row]]:
        ids = self.take("<u4", n).tolist()
        return ids, self._own(about, n), [self.row(about) for _ in range(n)]

    def drawn(self, about: dict[str, Any], n: int) -> tuple[list[int], list[float | None], list[Row]]:
        ids, us = self.take("<u4", n).tolist(), self.take("<f8", n).tolist()
        self._own(about, n)
        return ids, [None if u != u else u for u in us], [self.row(about) for _ in range(n)]

    def _own(self, about: dict[str, Any], n: int) -> list[tuple[int, float]]:
        if not about["folded"]:
            return []
        return list(zip(self.take("<u4", n).tolist(), self.take("<f4", n).tolist(), strict=True))


def answer(data: bytes, about: dict[str, Any] | None = None) -> Answer:
    """An answer of one or more frames. about: of the model, where the head does not say it."""
    (head, body), *rest = frames(data)
    found = Answer(head)
    if "prompt" not in head:
        return found
    model = head["about"] or about
    assert model is not None
    columns = Columns(body)
    if head["prompt"]["whole"]:
        found.rows.append(columns.row(model))
    found.prompt_ids, found.own, rows = columns.block(model, head["prompt"]["n"])
    found.rows += rows
    if head["first"] is not None:
        found.tips.append(columns.row(model))
    assert columns.at == len(body)
    for head, body in rest:
        found.frames.append(head)
        if "n" not in head:
            continue
        columns = Columns(body)
        ids, us, rows = columns.drawn(model, head["n"])
        assert columns.at == len(body)
        found.ids += ids
        found.us += us
        found.tips += rows
    return found


def asked(**data: Any) -> dict[str, Any]:
    """A request as the page sends it."""
    return {"page": "p", "turn": 1, "token": "t", "knows": None, "had": None, "bias": "", **data}


def look(about: dict[str, Any] | None = None, **data: Any) -> Answer:
    """The answer for a prompt, or to an invalid request. about: what the page knows of the model."""
    frames = routes.or_problem("t", lambda: iter([reading.look(requests.look(asked(**data)), CancelToken())]))
    return answer(b"".join(frames), about)


def write(about: dict[str, Any] | None = None, **data: Any) -> Answer:
    """The answer to a request to write; `settings` are those of the address."""
    request = asked(**{"written": [], "pick": None, **data})
    return answer(whole(routes.run_or_problem("t", written(request))), about)


async def written(request: Any) -> AsyncIterator[bytes]:
    """The frames of an answer to a request to write."""
    async for frame in writing.write(requests.write(request), CancelToken()):
        yield frame


def whole(made: AsyncIterator[bytes]) -> bytes:
    """All parts, collected in an event loop of their own: a thread may have one already."""

    async def collect() -> bytes:
        return b"".join([frame async for frame in made])

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, collect()).result()


def opened(query: dict[str, str]) -> Answer:
    """The first answer to a page opened at an address."""
    return answer(opening.open_link(query, CancelToken()))


def settings(**values: Any) -> dict[str, Any]:
    """Settings as the page sends them."""
    return wire.plain(Settings(**values))


def in_javascript(data: bytes) -> list[tuple[dict[str, Any], str]]:
    """Frames for a page's own modules: heads, and bodies in base64."""
    return [(head, base64.b64encode(body).decode()) for head, body in frames(data)]


def told(checkpoint: Checkpoint, prompt: str, knows: str | None = None) -> Answer:
    """The answer for a prompt of a model that is not bundled."""
    return answer(packed(checkpoint, prompt, knows), wire.about(checkpoint))


def packed(checkpoint: Checkpoint, prompt: str, knows: str | None = None) -> bytes:
    """The same as packed bytes."""
    who = requests.Envelope(page="p", turn=1, token="t", knows=knows)
    question = reading.prepare(
        checkpoint, requests.Look(who, Settings(model=checkpoint.name, prompt=prompt), prompt, None)
    )
    rows = prefill(checkpoint, question.ids).logits[question.first :]
    return packing.frame(question.head, question.body(rows))
