"""The stream's byte pairs: the merges of the text or of Shakespeare, and tokens only where there are some."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.errors import PlaygroundError
from playground.server import routes
from playground.server.pairs import GPT2
from playground.server.requests.pairs import TEXT_LIMIT
from playground.text import pairs
from playground.text.tokens import Tokens
from playground.words import catalogue
from tests import small_gpt2, stream

TEXT = "the cat and the other cat"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def asked(client: TestClient, **data: Any) -> dict[str, Any]:
    given = {"model": "shakespeare-ngram", "text": TEXT, "source": "text", **data}
    answer = client.post("/stream/pairs", json=stream.asked(**given))
    assert answer.status_code == 200
    [(head, _)] = stream.frames(answer.content)
    return head


def test_a_text_is_merged_by_its_own_pairs(client: TestClient) -> None:
    head = asked(client)
    learned = pairs.learn(TEXT, 400)
    assert [head[name] for name in ("characters", "alphabet", "words", "kinds")] == [25, 10, 6, 5]
    assert head["merges"] == [[merge.left, merge.right, merge.count] for merge in learned.merges]
    assert head["joined"] == pairs.merge_ranks(TEXT, [(merge.left, merge.right) for merge in learned.merges])
    assert head["learned"] == {"characters": 25, "alphabet": 10, "words": 6, "kinds": 5}
    assert head["shakespeare"]["kinds"] == 15_057


def test_or_by_those_of_shakespeare(client: TestClient) -> None:
    head = asked(client, source="shakespeare")
    assert len(head["merges"]) == 2_000
    assert head["learned"]["characters"] == 1_115_394
    assert head["characters"] == 25
    assert max(n for n in head["joined"] if n is not None) > 10


def test_tokens_are_those_of_gpt2_where_it_is_here(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert asked(client)["tokens"] is None
    small_gpt2.write(tmp_path / "gpt2")
    here = library.load(tmp_path / "gpt2")
    monkeypatch.setattr(library, "outline", lambda *_, **__: here)
    told = asked(client)["tokens"]
    vocabulary = here.vocabulary
    assert isinstance(vocabulary, Tokens)
    assert told["size"] == 50_257
    assert told["starts"] == vocabulary.encode(TEXT).offsets
    assert 1 < len(told["starts"]) < len(TEXT)


def test_how_gpt2_cuts_the_first_text_is_known_without_it(client: TestClient, repository: Path) -> None:
    known = pairs.gpt2_cut()
    script = (repository / "playground" / "web" / "parts" / "shapes" / "pairs.js").read_text("utf-8")
    assert f'const PASSAGE = "{known.text}"' in script
    told = asked(client, text=known.text)
    assert told["tokens"] == {"title": "GPT-2", "size": 50_257, "starts": known.starts}
    assert told["characters"] > len(known.starts) >= told["words"]
    pieces = [known.text[a:b] for a, b in pairwise([*known.starts, len(known.text)])]
    assert "".join(pieces) == known.text
    assert [piece for piece in pieces if piece.strip() in ("foolish", "ness", "incred", "ul", "ity")] == [
        " foolish", "ness", " incred", "ul", "ity",
    ]  # fmt: skip


def test_its_own_vocabulary_cuts_it_so() -> None:
    """Where it was downloaded."""
    try:
        vocabulary = library.outline(GPT2, visitor=True).vocabulary
    except PlaygroundError as error:
        pytest.skip(f"GPT-2 is not here: {error}")
    known = pairs.gpt2_cut()
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
def test_a_bad_value_has_its_sentence(client: TestClient, data: dict[str, Any], said: str) -> None:
    assert said in asked(client, **data)["problem"]["text"]["en"]
