"""A pack contains a module and everything it imports, and behaves like the modules loaded one by one."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.server import packs, static
from tests.conftest import missing

CLASSIC = {"early.js", "front.js"}  # files that are not modules
Write = Callable[..., None]


def forget() -> None:
    for known in (static.contents, static.folder, packs.module, packs.order, packs.pack):
        known.cache_clear()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """write(page="…", other="…") writes page.js and other.js, the only modules there are."""
    monkeypatch.setattr(static, "WEB", tmp_path)

    def make(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / f"{name}.js").write_text(source, "utf-8")
        forget()

    yield make
    forget()


def run_in_node(script: str, *files: Path) -> Any:
    """What Node prints for a script whose `modules` are the exports of these files."""
    node = shutil.which("node")
    if node is None:
        missing("needs Node: install Debian's package `nodejs`")
    addresses = json.dumps([file.as_uri() for file in files])
    whole = f"const modules = await Promise.all({addresses}.map((url) => import(url))); {script}"
    command = [node, "--input-type=module", "-e", whole]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def unpack(path: str, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(gzip.decompress(packs.pack(path)))
    return to


NUMBERS = """\
export const [ONE, TWO] = [1, 2];
export const { three: THREE } = { three: 3 };
export let changes = 0;
export function change() {
  changes += 1;
}
const own = 4;
export { own as FOUR };
"""
ALL = """\
import "./numbers.js";
export * from "./numbers.js";
export { ONE as UNO } from "./numbers.js";
"""
PAGE = """\
import * as numbers from "./numbers.js";
import { FOUR, TWO as two } from "./all.js";
import * as all from "./all.js";
numbers.change();
export const said = [numbers.ONE, two, numbers.THREE, FOUR, all.UNO, numbers.changes, all.changes];
export class Kept {}
export async function later() {}
"""
TAB = """\
import { kept } from "./shared.js";
import { more } from "./more.js";
kept.push(more);
export const mount = 1;
"""


def test_each_way_to_import_and_export(write: Write, tmp_path: Path) -> None:
    write(numbers=NUMBERS, all=ALL, page=PAGE)
    pack = unpack("page.js", tmp_path / "pack.mjs")
    assert run_in_node("console.log(JSON.stringify(modules[0].said))", pack) == [1, 2, 3, 4, 1, 1, 1]
    assert packs.order("page.js") == ("numbers.js", "all.js", "page.js")
    assert set(packs.module("page.js").exports) == {"said", "Kept", "later"}


def test_a_second_pack_shares_modules_with_the_pages_and_adds_the_rest(write: Write, tmp_path: Path) -> None:
    shared, page = "export const kept = [];\n", 'export { kept } from "./shared.js";\n'
    write(shared=shared, page=page, tab=TAB, more="export const more = 7;\n")
    assert b"kept = []" not in gzip.decompress(packs.pack("tab.js"))
    # In another folder, so that the files do not replace the modules they were made of.
    files = [unpack(f"{name}.js", tmp_path / "pack" / f"{name}.js") for name in ("page", "tab")]
    (tmp_path / "pack" / "package.json").write_text('{"type": "module"}')
    assert run_in_node("console.log(JSON.stringify(modules[0].kept))", *files) == [7]


@pytest.mark.parametrize(
    ("page", "other", "error", "said"),
    [
        ('import { a } from "./a.js";\n', "export let a = 1;\n", ValueError, "imports a from a.js, which exports no"),
        ('import { b } from "./a.js";\n', "export const a = 1;\n", ValueError, "page.js imports b from a.js"),
        ("f(import.meta.url);\n", "", ValueError, "does not know: f.import.meta.url"),
        ("export default 1;\n", "", ValueError, "page.js: a line that packs.py does not know: export default 1;"),
        ('import {\n  a,\n} from "./a.js";\n', "export const a = 1;\n", ValueError, "does not know: import {"),
        ('import { a } from "./b.js";\n', "", KeyError, "b.js"),
        ('import "./a.js";\n', 'import "./page.js";\n', RecursionError, "recursion"),
    ],
)
def test_an_odd_module_is_refused(write: Write, page: str, other: str, error: type[Exception], said: str) -> None:
    write(page=page, a=other)
    with pytest.raises(error, match=said):
        packs.pack("page.js")


def test_every_module_of_the_page_can_be_packed() -> None:
    paths = [path for path in static.contents() if path.endswith(".js") and path not in CLASSIC]
    assert len(paths) > 90
    for path in paths:
        assert packs.pack(path)


def test_a_pack_exports_what_its_module_does(tmp_path: Path) -> None:
    """For modules that need no page."""
    paths = [path for path in static.contents() if path.startswith("core/")]
    unpack("page.js", tmp_path / "page.mjs")
    alone = run_in_node(
        "console.log(JSON.stringify(modules.map((module) => Object.keys(module).sort())))",
        *(static.WEB / path for path in paths),
    )
    assert alone == [sorted(packs.module(path).exports) for path in paths]


def test_a_pack_is_immutable_and_compressed_for_clients_that_accept_it() -> None:
    client = TestClient(Starlette(routes=[packs.route()]))
    address = f"/{static.folder()}/pack/page.js"
    answer = client.get(address)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == static.FOR_GOOD
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    for path in ("no.js", "css/page.css", "../static.py", ""):
        assert client.get(f"/{static.folder()}/pack/{path}").status_code == 404
