"""Routes that the page does not need are closed, and those it uses work."""

import httpx
import pytest

CLOSED = [
    *(("POST", "upload"), ("GET", "upload_progress?upload_id=a"), ("POST", "process_recording"), ("GET", "dev/reload")),
    *(("GET", "deep_link?session_hash=a"), ("GET", "proxy=https://a.hf.space/"), ("HEAD", "proxy=%00")),
    *(("POST", "stream/a"), ("GET", "stream/a/1/2/playlist.m3u8"), ("GET", "runs"), ("GET", "run-history/buckets")),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_routes_that_the_page_does_not_need_are_closed(method: str, path: str, server: str) -> None:
    files = {"files": ("a.txt", b"a")} if path == "upload" else None
    answer = httpx.request(method, f"{server}/gradio_api/{path}", files=files, timeout=10)
    assert answer.status_code == 404


def test_routes_that_the_page_uses_are_open(server: str) -> None:
    for path in ("info", "startup-events", "theme.css"):
        assert httpx.get(f"{server}/gradio_api/{path}", timeout=10).status_code == 200
