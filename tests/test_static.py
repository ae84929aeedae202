"""The modules are served under a path that identifies their content, so that browsers may cache them forever."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.server import static


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[static.route()]))


def test_a_module_is_cached_forever(client: TestClient) -> None:
    assert re.fullmatch(r"web-[0-9a-f]{16}", static.folder())
    answer = client.get(f"/{static.folder()}/page.js")
    assert answer.status_code == 200
    assert answer.content == (static.WEB / "page.js").read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/page.js", "/web-0000000000000000/page.js", "/{}/no.js", "/{}/../static.py", "/{}/"])
def test_no_other_file_is_served(path: str, client: TestClient) -> None:
    answer = client.get(path.format(static.folder()))
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers


def forget() -> None:
    """As after a restart of the server."""
    static.contents.cache_clear()
    static.folder.cache_clear()


def test_an_address_keeps_its_content_after_the_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.js").write_text("1")
    monkeypatch.setattr(static, "WEB", tmp_path)
    forget()
    client = TestClient(Starlette(routes=[static.route()]))
    address = f"/{static.folder()}/a.js"
    assert client.get(address).text == "1"
    (tmp_path / "a.js").write_text("2")
    assert client.get(address).text == "1"
    forget()


def test_another_content_has_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "WEB", tmp_path)
    names = set()
    for name, text in [("a.js", "1"), ("a.js", "2"), ("b.js", "2"), ("sub/b.js", "2")]:
        for old in tmp_path.rglob("*.js"):
            old.unlink()
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        forget()
        names.add(static.folder())
    forget()
    assert len(names) == 4
