"""The stream's byte pairs: merges of the text or of Shakespeare, and GPT-2's tokens only if they are available."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.server import routes
from playground.server.requests.bpe import TEXT_LIMIT
from playground.text import bpe
from playground.text.tokens import Tokens
from playground.words import catalogue
from tests import gpt2_tokens, small_gpt2, stream
from tests.conftest import missing

TEXT = "the cat and the other cat"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def request_merges(client: TestClient, **data: Any) -> dict[str, Any]:
    given = {"model": "shakespeare-ngram", "text": TEXT, "source": "text", **data}
    answer = client.post("/stream/pairs", json=stream.asked(**given))
    assert answer.status_code == 200
    [(head, _)] = stream.frames(answer.content)
    return head


def test_a_text_is_merged_by_its_own_pairs(client: TestClient) -> None:
    head = request_merges(client)
    learned = bpe.learn(TEXT, 400)
    assert [head[name] for name in ("characters", "alphabet", "words", "kinds")] == [25, 10, 6, 5]
    assert head["merges"] == [[merge.left, merge.right, merge.count] for merge in learned.merges]
    assert head["joined"] == bpe.merge_ranks(TEXT, [(merge.left, merge.right) for merge in learned.merges])
    assert head["learned"] == {"characters": 25, "alphabet": 10, "words": 6, "kinds": 5}
    assert head["shakespeare"]["kinds"] == 15_057


def test_a_text_is_merged_by_shakespeares_pairs(client: TestClient) -> None:
    head = request_merges(client, source="shakespeare")
    assert len(head["merges"]) == 2_000
    assert head["learned"]["characters"] == 1_115_394
    assert head["characters"] == 25
    assert max(n for n in head["joined"] if n is not None) > 10


def test_tokens_are_gpt2s_if_it_is_available(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert request_merges(client)["tokens"] is None
    small_gpt2.write(tmp_path / "gpt2")
    here = library.load(tmp_path / "gpt2")
    monkeypatch.setattr(library, "outline", lambda *_, **__: here)
    told = request_merges(client)["tokens"]
    vocabulary = here.vocabulary
    assert isinstance(vocabulary, Tokens)
    assert told["size"] == 50_257
    assert told["starts"] == vocabulary.encode(TEXT).offsets
    assert 1 < len(told["starts"]) < len(TEXT)


def test_gpt2s_tokens_of_the_first_text_are_known_without_it(client: TestClient, repository: Path) -> None:
    known = bpe.gpt2_cut()
    script = (repository / "playground" / "web" / "parts" / "shapes" / "pairs.js").read_text("utf-8")
    assert f'const PASSAGE = "{known.text}"' in script
    told = request_merges(client, text=known.text)
    assert told["tokens"] == {"title": "GPT-2", "size": 50_257, "starts": known.starts}
    assert told["characters"] > len(known.starts) >= told["words"]
    pieces = [known.text[a:b] for a, b in pairwise([*known.starts, len(known.text)])]
    assert "".join(pieces) == known.text
    assert [piece for piece in pieces if piece.strip() in ("foolish", "ness", "incred", "ul", "ity")] == [
        " foolish", "ness", " incred", "ul", "ity",
    ]  # fmt: skip


def test_gpt2s_vocabulary_gives_the_stored_tokens(tmp_path: Path) -> None:
    if not gpt2_tokens.are_here():
        missing(gpt2_tokens.MISSING)
    small_gpt2.write(tmp_path, pieces=gpt2_tokens.read())
    vocabulary = library.load(tmp_path).vocabulary
    assert isinstance(vocabulary, Tokens)
    known = bpe.gpt2_cut()
    assert (len(vocabulary), vocabulary.encode(known.text).offsets) == (known.size, known.starts)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": ""}, catalogue("en")["pairs.empty"]),
        ({"text": "a" * (TEXT_LIMIT + 1)}, "2,001"),
        ({"source": "bible"}, "source must be one of text, shakespeare"),
        ({"text": 3}, "text must be"),
    ],
)
def test_an_invalid_value_gets_a_message(client: TestClient, data: dict[str, Any], said: str) -> None:
    assert said in request_merges(client, **data)["problem"]["text"]["en"]
