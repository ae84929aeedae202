"""Insertions come before gradio's own scripts, and nothing else is changed."""

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from playground.server.insertion import Insertion

PAGE = "<head><base><script>1</script></head><body><gradio-app></gradio-app><script>2</script></body>"


def client_of(sent: Response) -> TestClient:
    app = Insertion(Starlette(routes=[Route("/", lambda _: sent)]), head="<style></style>", body="<p>ü</p>")
    return TestClient(app)


def test_insertions_come_before_the_first_script_and_gradios_elements() -> None:
    told = client_of(HTMLResponse(PAGE)).get("/")
    assert told.text == (
        "<head><base><style></style><script>1</script></head>"
        "<body><p>ü</p><gradio-app></gradio-app><script>2</script></body>"
    )
    assert int(told.headers["content-length"]) == len(told.content)


@pytest.mark.parametrize("other", [HTMLResponse("<script>1</script>"), JSONResponse(PAGE)])
def test_other_answers_are_unchanged(other: Response) -> None:
    assert client_of(other).get("/").content == other.body
