"""The request handler of the test Hub, which misbehaves on demand. The content of its answers is in server.py."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

WHOLE = ("closed", "silent")
SLOW_BYTES, SLOW_SECONDS = 64, 0.02


@dataclass
class Trouble:
    """What goes wrong, at which place, how often.

    place: info, search, refs, resolve, cdn, create, preupload, lfs, upload or commit.
    kind: a status to answer with, or "cut" (half, then the connection is closed), "slow" (64 bytes every 20 ms),
    "closed" (the connection, without an answer), "silent" (no answer until the server ends), "short", "long" and
    "altered" (in all order, but not the file), "no range" (the whole file, whatever part was asked for).
    only: a part of the path that must be there.
    """

    place: str
    kind: int | str
    times: int = 10**9
    code: str = ""
    only: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A received request."""

    method: str
    path: str
    authorization: str
    range: str
    status: int


class Hub(Protocol):
    """What an answer needs to know of the Hub."""

    trouble: list[Trouble]
    log: list[Asked]
    ended: threading.Event
    lock: threading.Lock


class Answering(BaseHTTPRequestHandler):
    """A request handler that logs its requests, and fails as `Hub.trouble` says."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
        pass

    def _troubled(self, place: str) -> bool:
        """Whether this request was answered with a failure of the whole request."""
        trouble = self._next(place, lambda kind: isinstance(kind, int) or kind in WHOLE)
        if trouble is None:
            return False
        if isinstance(trouble.kind, int):
            self._refuse(trouble.kind, trouble.code, headers=trouble.headers)
        else:
            if trouble.kind == "silent":
                self.hub.ended.wait()
            self.close_connection = True
        return True

    def _next(self, place: str, fits: Any) -> Trouble | None:
        with self.hub.lock:
            for trouble in self.hub.trouble:
                if trouble.place == place and trouble.times > 0 and fits(trouble.kind) and trouble.only in self.path:
                    trouble.times -= 1
                    return trouble
        return None

    def _content(self, content: bytes, place: str, headers: Mapping[str, str]) -> None:
        asked = self.headers.get("Range")
        status, begin = HTTPStatus.OK, 0
        if asked:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            status = HTTPStatus.PARTIAL_CONTENT
            headers = {**headers, "Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
        trouble = self._next(place, lambda kind: isinstance(kind, str) and kind not in WHOLE)
        kind = trouble.kind if trouble else ""
        if kind == "short":
            content = content[:-1]
        elif kind == "long":
            content += b"more"
        elif kind == "altered":
            content = bytes([content[0] ^ 1]) + content[1:]
        elif kind == "no range":
            status, begin = HTTPStatus.OK, 0
        self._send(status, content[begin:], headers, str(kind))

    def _refuse(self, status: int, code: str = "", message: str = "", headers: Mapping[str, str] | None = None) -> None:
        told = {"X-Error-Code": code} if code else {}
        if message:
            told["X-Error-Message"] = message
        self._send(status, json.dumps({"error": message or code or "refused"}).encode(), {**told, **(headers or {})})

    def _send_json(self, value: Any, status: int = HTTPStatus.OK) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str], kind: str = "") -> None:
        given = self.headers.get("Authorization", "")
        self.hub.log.append(Asked(self.command, self.path, given, self.headers.get("Range", ""), int(status)))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        elif kind == "slow":
            for at in range(0, len(content), SLOW_BYTES):
                self.wfile.write(content[at : at + SLOW_BYTES])
                if self.hub.ended.wait(SLOW_SECONDS):
                    break
        else:
            self.wfile.write(content)
