"""A prompt being typed: only what is new is computed and sent."""

from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine import prefixes
from playground.engine.local import Local
from playground.engine.prefixes import Prefixes
from playground.errors import BadInput
from playground.inference import prefill as prefilling
from playground.inference.prefill import Prefill, pieces, prefill
from playground.server import reading, settings, wire, writing
from tests import stream

MODEL = "shakespeare-gru-geron"
LONG = "to be, or not to be, that is the question: " * 23 + "whether 'tis"  # 1,001 characters


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Local:
    """An engine with an empty prefix cache."""
    engine = Local()
    for module in (reading, writing):
        monkeypatch.setattr(module, "ENGINE", engine)
    return engine


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of ids that go through a model, each time."""
    counts: list[int] = []

    def counted(checkpoint: Any, ids: Any, after: Any = None, **more: Any) -> Any:
        counts.append(len(ids))
        return pieces(checkpoint, ids, after, **more)

    monkeypatch.setattr(prefixes, "pieces", counted)
    return counts


def edit(old: str, new: str, skipped: int = 0) -> dict[str, Any]:
    """An edit in the page's format."""
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[len(old) - 1 - i] != new[len(new) - 1 - i]), most - head)
    return {"head": head, "tail": tail, "between": old[head : len(old) - tail], "skipped": skipped}


class Browser:
    """A browser's copy of a prompt, assembled from the answers."""

    def __init__(self, model: str = MODEL) -> None:
        self.model, self.text = model, ""
        self.skipped = 0
        self.cells: list[tuple[str, int, str | None]] = []
        self.ids: list[int] = []
        self.rows: list[Any] = []
        self.about: dict[str, Any] | None = None

    def type(self, text: str) -> stream.Answer:
        had = edit(self.text, text, self.skipped) if self.about else None
        knows = self.model if self.about else None
        answer = stream.look(self.about, model=self.model, prompt=text, knows=knows, had=had)
        head = answer.head
        assert (head["about"] is None) == bool(self.about), "what the browser knows is sent once"
        self.about = self.about or head["about"]
        prompt = head["prompt"]
        (cells_dropped, ids_dropped), (cells_kept, ids_kept) = prompt["drop"], prompt["keep"]
        fresh = [
            (cell, count, prompt["unknown"].get(str(i))) for i, (cell, count) in enumerate(prompt["cells"], cells_kept)
        ]
        self.cells = self.cells[cells_dropped:][:cells_kept] + fresh
        self.rows = self.rows[ids_dropped:][: ids_kept + 1] if not prompt["whole"] else []
        self.rows += answer.rows
        self.ids = self.ids[ids_dropped:][:ids_kept] + answer.prompt_ids
        self.text, self.skipped = text, prompt["skipped"]
        return answer

    def check(self) -> None:
        """The copy equals that of a browser that requested the whole prompt."""
        checkpoint = library.load(self.model)
        encoding = checkpoint.vocabulary.encode(self.text)
        now = wire.visible_prompt(checkpoint, self.text, encoding, self.skipped)
        assert self.skipped == now.begin
        assert self.cells == now.cells
        assert self.ids == now.ids[now.first :]
        expected = prefill(checkpoint, encoding.ids).logits[now.first :]
        np.testing.assert_allclose(np.stack(self.rows), expected, atol=1e-4)


@pytest.mark.parametrize(
    "texts",
    [
        ["to be", "to be o", "to be or", "to be o", "to be", "to"],
        ["to be or not", "to me or not", "o me or not", ""],
        ["", "a", "ab", "", "b"],
        ["e\u0301", "e\u0301\u0302", "xe\u0301", "x🇰🇷", "x🇰🇷🇰"],
        [LONG, LONG + "n", LONG + "no", LONG, LONG[:-1]],
        [LONG[:500], LONG, "x" + LONG, LONG, LONG[:300], LONG[:700]],
        [LONG, LONG[5:], LONG[5:-5]],
    ],
)
@pytest.mark.parametrize("model", [MODEL, "korean-lstm"])
def test_the_copy_assembled_from_edits_equals_the_whole_prompt(texts: list[str], model: str) -> None:
    browser = Browser(model)
    for text in texts:
        browser.type(text)
        browser.check()


@pytest.mark.parametrize(
    ("old", "new"),
    [("하", "한"), ("그는 하", "그는 한"), ("한국", "하국"), ("ㅎ", "하"), ("각", "가가")],
)
def test_a_changed_syllable_is_sent_again(old: str, new: str) -> None:
    browser = Browser("korean-lstm")
    for text in (old, new, old):
        browser.type(text)
        browser.check()


def test_a_keystroke_sends_and_computes_only_what_is_new(computed: list[int]) -> None:
    browser = Browser()
    browser.type(LONG)
    assert sum(computed) == len(LONG)
    computed.clear()
    for end in range(1, 20):
        answer = browser.type(LONG + "abc " * 5 if end == 19 else LONG + ("abc " * 5)[:end])
        assert len(answer.rows) == answer["prompt"]["n"] == len(answer["prompt"]["cells"])
        assert len(answer.rows) == (2 if end == 19 else 1)
    assert computed == [1] * 18 + [2]
    browser.check()


def test_deleting_characters_computes_nothing(computed: list[int]) -> None:
    browser = Browser()
    for text in ("to be", "to be o", "to be or"):
        browser.type(text)
    computed.clear()
    for text in ("to be o", "to be"):
        answer = browser.type(text)
        assert (answer.rows, answer["prompt"]["cells"]) == ([], [])
    assert computed == []
    browser.check()


def test_an_edit_inside_continues_from_the_nearest_state(computed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 100)  # pieces of 100 ids
    browser = Browser()
    browser.type(LONG)
    computed.clear()
    changed = LONG[:850] + "!" + LONG[851:]
    answer = browser.type(changed)
    assert computed == [len(LONG) - 799]  # the start and 799 ids are eight pieces
    assert len(answer.rows) == len(LONG) - 850
    browser.check()


def test_a_prompt_known_from_another_visitor_is_not_computed_again(computed: list[int]) -> None:
    Browser().type(LONG)
    computed.clear()
    Browser().type(LONG)
    assert computed == [len(LONG)]  # all rows must be sent, and only states are cached
    computed.clear()
    stream.write(settings=stream.settings(model=MODEL, prompt=LONG, length=1), had=edit(LONG, LONG, 1), knows=None)
    assert computed == []


def test_a_text_does_not_depend_on_how_its_prompt_was_typed(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 64)
    browser = Browser()
    for end in range(1, 200):
        browser.type(LONG[:end])
    asked = stream.settings(model=MODEL, prompt=LONG[:199], length=40, seed=1)
    typed = stream.write(settings=asked)
    engine.prefixes = Prefixes()
    fresh = stream.write(settings=asked)
    assert typed.ids == fresh.ids
    np.testing.assert_array_equal(np.stack(typed.tips), np.stack(fresh.tips))  # to the last bit
    whole = prefill(library.load(MODEL), library.load(MODEL).vocabulary.encode(LONG[:199]).ids)
    np.testing.assert_array_equal(typed.tips[0], whole.logits[-1])  # as the API reads it


def test_a_written_text_is_read_once_and_repeats_exactly(
    engine: Local, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, again from the same position, and from one within: the rows equal those of a fresh prefill."""
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 50)  # pieces of 50 ids
    asked = stream.settings(model=MODEL, prompt="to be", length=180, seed=1)
    ids = stream.write(settings=asked).ids
    one = asked | {"length": 1}
    tips = {}
    for end, read in ((120, [120]), (121, [21]), (122, [22]), (122, []), (70, [20]), (0, [])):
        computed.clear()
        tips[end] = stream.write(settings=one, written=ids[:end]).tips
        assert computed == [5, *read], "the prompt's rows are all to be sent; after it only what is new is read"
    for end, told in tips.items():
        engine.prefixes = Prefixes()
        fresh = stream.write(settings=one, written=ids[:end])
        np.testing.assert_array_equal(np.stack(told), np.stack(fresh.tips))


def test_a_text_written_on_an_empty_prompt_is_not_taken_for_a_prompt(
    engine: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their pieces begin at other positions, so their rows may differ in the last bits."""
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 50)
    asked = stream.settings(model=MODEL, prompt="", length=1, seed=1)
    ids = library.load(MODEL).vocabulary.encode(LONG).ids
    alone = stream.write(settings=asked, written=ids).tips
    engine.prefixes = Prefixes()
    stream.write(settings=asked | {"prompt": LONG})
    np.testing.assert_array_equal(np.stack(stream.write(settings=asked, written=ids).tips), np.stack(alone))


@pytest.mark.parametrize(
    "had",
    [
        {"head": -1, "tail": 0, "between": "", "skipped": 0},
        {"head": 4, "tail": 3, "between": "", "skipped": 0},
        {"head": 1, "tail": 1, "between": "", "skipped": -1},
        {"head": 1, "tail": 1, "between": 3, "skipped": 0},
        {"head": True, "tail": 1, "between": "", "skipped": 0},
        {"head": 1, "tail": 1, "between": "x" * 10_000, "skipped": 0},
        "x",
    ],
)
def test_an_edit_that_the_page_would_not_send_is_refused(had: Any) -> None:
    assert "is not what the page sends" in stream.look(model=MODEL, prompt="to be", had=had)["problem"]["text"]["en"]


@pytest.mark.parametrize(
    "had",
    [
        {"head": 5, "tail": 0, "between": "", "skipped": 3},
        {"head": 5, "tail": 0, "between": "\ud800", "skipped": 0},
        {"head": 0, "tail": 0, "between": "", "skipped": 0},
        {"head": 5, "tail": 0, "between": "", "skipped": 10**9},
    ],
)
def test_an_empty_edit_is_answered(had: dict[str, Any]) -> None:
    answer = stream.look(model=MODEL, prompt="to be", had=had)
    assert len(answer.rows) == answer["prompt"]["n"] + answer["prompt"]["whole"]


def test_a_text_that_would_keep_a_core_busy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load(MODEL)
    monkeypatch.setattr(settings, "WORK_LIMIT", settings.LEAST_PARAMETERS * 10)  # the model has fewer
    settings.check_work(checkpoint, 10)
    with pytest.raises(BadInput, match="The text has 11 characters; of this model at most 10 are read at once"):
        settings.check_work(checkpoint, 11)
    assert "at most 10 are read" in stream.look(model=MODEL, prompt="abcdefghijk")["problem"]["text"]["en"]


def test_non_finite_logits_are_reported_instead_of_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        for row, piece in pieces(*given, **more):
            piece.logits[-1, 3] = np.nan
            yield row, Prefill(piece.logits, piece.state)

    monkeypatch.setattr(prefixes, "pieces", broken)
    assert "its numbers are not finite" in stream.look(model=MODEL, prompt="abc")["problem"]["text"]["en"]
