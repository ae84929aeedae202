"""Packs of modules: one file with a module and all that it imports.

A browser that resolves imports itself requests ninety files, level by level, which delayed the bars by a second. So the
modules, which remain files that Node, tsc and people read, are concatenated into one file with its own address, each in
a function that returns its exports:

    const modules = {};
    modules["core/sum.js"] = (() => { … return { get add() { return add; } }; })();
    modules["page.js"] = (() => { const { add } = modules["core/sum.js"]; … })();

The pack of a tab imports the page's pack, and contains only what that one lacks. Python has no library that does this;
a general bundler would require Node just to run the page. It supports imports and exports as this project writes them,
one per line, and reports any other.
"""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from dataclasses import dataclass, field
from functools import cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.server import static

PAGE = "page.js"
# import … from "./x.js"; and export … from "./x.js"; with what is imported, and from where.
FROM = re.compile(r'^(import|export) (?:(\* as \w+|\*|\{[^}\n]*\}) from )?"(\.{1,2}/[^"\n]+)";$', re.MULTILINE)
DECLARATION = re.compile(
    r"^export (?P<said>(?P<kind>const|let|class|function\*?|async function\*?) (?P<names>\w+|\{[^}\n]*\}|\[[^]\n]*\]))",
    re.MULTILINE,
)
LIST = re.compile(r"^export (\{[^}\n]*\});$", re.MULTILINE)
# What remains of these afterwards; and a module's reference to itself, which in a pack is the pack's name.
OTHER = re.compile(r"^(?:import|export)\b.*|^.*\bimport\.meta\b.*", re.MULTILINE)


@dataclass
class Module:
    """What a module imports and exports. needs: paths; exports: JavaScript for each exported name;
    changing: names whose value may change later; source: without its imports and exports."""

    path: str
    needs: list[str] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    changing: set[str] = field(default_factory=set)
    source: str = ""


@cache
def module(path: str) -> Module:
    """A module by its path. KeyError if there is none, and ValueError for unsupported syntax."""
    found = Module(path)

    def reads(match: re.Match[str]) -> str:
        act, what, address = match.groups()
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
        found.needs.append(other)
        if what is None:
            return ""
        if act == "export":
            names = {name: name for name in module(other).exports} if what == "*" else pairs(what)
            found.exports |= {given: f"{place(other)}.{own}" for own, given in names.items()}
            return ""
        if what.startswith("*"):
            return f"const {what.removeprefix('* as ')} = {place(other)};"
        names = pairs(what)
        if wrong := [name for name in names if name not in module(other).exports or name in module(other).changing]:
            raise ValueError(f"{path} imports {wrong[0]} from {other}, which exports no constant of that name.")
        return f"const {{ {', '.join(f'{own}: {given}' for own, given in names.items())} }} = {place(other)};"

    def declares(match: re.Match[str]) -> str:
        names = [given for _, given in pairs(match["names"], " ?: ?").items()]
        found.exports |= {name: name for name in names}
        if match["kind"] == "let":
            found.changing.update(names)
        return match["said"]

    def lists(match: re.Match[str]) -> str:
        found.exports |= {given: own for own, given in pairs(match[1]).items()}
        return ""

    source = static.contents()[path].decode("utf-8")
    found.source = LIST.sub(lists, DECLARATION.sub(declares, FROM.sub(reads, source)))
    if wrong := OTHER.search(found.source):
        raise ValueError(f"{path}: a line that packs.py does not know: {wrong[0]}")
    return found


def pairs(names: str, between: str = " as ") -> dict[str, str]:
    """The names in braces or brackets, and the name of each on the other side."""
    parts = [re.split(between, name.strip()) for name in names.strip("{[ ]}").split(",")]
    return {part[0]: part[-1] for part in parts}


def place(path: str) -> str:
    """Where a pack stores a module's exports."""
    return f"modules[{json.dumps(path)}]"


@cache
def order(path: str) -> tuple[str, ...]:
    """A module's dependencies in topological order, and the module at the end.

    RecursionError for circular imports: none of them could be the first.
    """
    return tuple(dict.fromkeys([*(other for one in module(path).needs for other in order(one)), path]))


def wrap(path: str) -> str:
    """A module within a pack. If an earlier pack has loaded it already, that one is used."""
    one = module(path)
    exports = ", ".join(f"get {given}() {{ return {own}; }}" for given, own in one.exports.items())
    return f"{place(path)} ??= (() => {{\n{one.source}\nreturn {{ {exports} }};\n}})();\n"


@cache
def pack(path: str) -> bytes:
    """The pack of a module, compressed."""
    if path == PAGE:
        head, known = "export const modules = {};\n", set[str]()
    else:
        page = posixpath.relpath(PAGE, posixpath.dirname(path))
        head, known = f'import {{ modules }} from "./{page}";\n', set(order(PAGE))
    body = "".join(wrap(one) for one in order(path) if one not in known)
    names = ", ".join(module(path).exports)
    return gzip.compress(f"{head}{body}export const {{ {names} }} = {place(path)};\n".encode(), mtime=0)


def route() -> Route:
    """The route of the packs: `folder()`, "pack", and the path of a module."""

    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in static.contents() or not path.endswith(".js"):
            raise HTTPException(404)
        headers = {"Cache-Control": static.FOR_GOOD, "Vary": "Accept-Encoding"}
        body = pack(path)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Response(body, headers=headers, media_type="text/javascript")

    return Route(f"/{static.folder()}/pack/{{path:path}}", answer)
