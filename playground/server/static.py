"""Serves the browser's half of the page, the modules in `web/`, under a path that holds a digest of their content.

Modules import each other by relative paths, so one digest in the address of the first versions all of them. Browsers
cache files forever, and a changed page has another address. The server keeps the files in memory too: an address always
gives the content that it names, even if the files have changed since, and the many requests of a first visit do not
wait for the disk.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WEB = Path(__file__).parents[1] / "web"
FOR_GOOD = "public, max-age=31536000, immutable"

# Browsers reject modules of another type, and on some machines the system's table says text/plain.
mimetypes.add_type("text/javascript", ".js")


@cache
def contents() -> dict[str, bytes]:
    """All files of the folder, by their relative paths."""
    files = sorted(path for path in WEB.rglob("*") if path.is_file())
    return {path.relative_to(WEB).as_posix(): path.read_bytes() for path in files}


@cache
def folder() -> str:
    """The folder's name in addresses, relative to the page: "web-" and 16 hex digits."""
    digest = hashlib.sha256()
    for path, content in contents().items():
        digest.update(path.encode() + b"\0" + content + b"\0")
    return f"web-{digest.hexdigest()[:16]}"


def route() -> Route:
    """The route of addresses below `folder()`.

    A Mount would not work: behind a proxy that strips the first part of the path, it looks for the files in a folder of
    its own name.
    """

    async def module(request: Request) -> Response:
        path = request.path_params["path"]
        content = contents().get(path)
        if content is None:
            raise HTTPException(404)
        kind, _ = mimetypes.guess_type(path)
        return Response(content, headers={"Cache-Control": FOR_GOOD}, media_type=kind)

    return Route(f"/{folder()}/{{path:path}}", module)
