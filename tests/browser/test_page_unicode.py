"""Unicode on the page: characters of several code points, invisible ones, and right-to-left text."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect

from playground import library
from playground.models.ngram import NGram
from playground.text.characters import Vocabulary
from tests.browser.hands import (
    WORDS,
    bars,
    cells,
    expect_notice,
    generate,
    moment,
    run_id,
    set_prompt,
    wait_until_painted,
    wait_until_written,
)
from tests.conftest import app_with_cache
from tests.small_record import SMALL_CARD

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=12"
STATE = "window.playground.store.state"
FAMILY, THUMB, FLAG = "👩‍👩‍👧", "👍🏽", "🇰🇷"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def expect_replacement(page: Page, character: str, replacement: str) -> str:
    return expect_notice(page, WORDS["stands_for"].format(character=character, replacement=replacement))


# ── Characters of several code points ────────────────────────────────────────────────────────────
def test_a_character_of_several_code_points_is_one_cell_and_reported_once(visit: Visit) -> None:
    page = visit(HERE)
    prompt = f"a{FAMILY}e\u0301é{THUMB}{FLAG}{ENGLAND}b{FAMILY}"
    set_prompt(page, prompt)
    assert cells(page).all_text_contents() == ["a", FAMILY, "e\u0301", "é", THUMB, FLAG, ENGLAND, "b", FAMILY]
    expect(page.locator("#text .cell.unknown")).to_have_count(7)
    told = expect_replacement(page, FAMILY, "␣")
    assert told.count(FAMILY) == 2  # in the list, and with its replacement
    assert told.count("é") + told.count("e\u0301") == 2, "é is told once, however it is written"
    expect_replacement(page, "é", "e")
    expect(cells(page).nth(1)).to_have_attribute("aria-label", FAMILY)
    assert page.evaluate(f"{STATE}.run.prompted") == 9
    # Back before an emoji, and on from there: it is removed completely.
    cells(page).nth(4).click()
    expect(page.locator("#temperature h2")).to_contain_text(f"“a{FAMILY}e\u0301é▮”")
    text = generate(page, 12)
    assert text.startswith(f"a{FAMILY}e\u0301é")
    assert page.evaluate(f"{STATE}.settings.prompt") == f"a{FAMILY}e\u0301é"


def test_only_the_first_six_unknown_characters_are_named(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "".join(chr(0x1F600 + i) for i in range(9)))
    told = expect_notice(page, "…")
    assert sum(chr(0x1F600 + i) in told for i in range(9)) == 6


def test_a_hundred_combining_marks_are_one_cell_and_shortened_in_a_notice(visit: Visit) -> None:
    page = visit(HERE)
    zalgo = "Z" + "\u0337\u0334" * 50
    set_prompt(page, f"{zalgo}a")
    assert cells(page).all_text_contents() == [zalgo, "a"]
    told = expect_notice(page, "Z")
    assert told.count("\u0337") + told.count("\u0334") <= 8 + 1
    heading = page.locator("#temperature h2 code").inner_text()
    assert len(heading) < 12


def test_headings_and_earlier_versions_do_not_split_a_character(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, FAMILY * 40)
    heading = page.locator("#temperature h2 code").inner_text()
    assert heading == f"“…{FAMILY * 18}▮”"
    generate(page, 12)
    cells(page).nth(40 + 3).click()
    other = page.locator("#distribution .bar").nth(5)
    before = run_id(page)
    other.click()
    wait_until_written(page, before)
    label = page.locator("#text .branch").first.inner_text()
    assert label.startswith("…")
    assert label[1:].startswith(FAMILY)
    assert "\ufffd" not in label


# ── Invisible characters ─────────────────────────────────────────────────────────────────────────
def test_ignorable_characters_are_skipped_without_a_notice(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "\ufeffT\u200bo\u00ad be\u2060\u202e")
    assert cells(page).all_text_contents() == ["\ufeffT\u200b", "o\u00ad", " ", "b", "e\u2060\u202e"]
    expect(page.locator("#notice p")).to_have_count(0)
    expect(cells(page).nth(1)).to_have_attribute("aria-label", "o")
    logits = moment(page).logits
    set_prompt(page, "To be")
    assert moment(page).logits == logits


def test_a_prompt_of_ignorable_characters_counts_as_empty(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "")
    logits = moment(page).logits
    set_prompt(page, "\u200b\u200d")
    assert moment(page).logits == logits
    expect(cells(page)).to_have_count(0)
    expect(page.locator("#notice p")).to_have_count(0)
    expect(page.locator("#temperature h2")).to_contain_text(WORDS["start_of_text"])


def test_invisible_characters_have_a_sign_and_a_name(visit: Visit) -> None:
    page = visit(HERE)
    for character, sign, name in (
        ("\u00a0", "⍽", "⍽ no-break space"),
        ("\u2003", "U+2003", "U+2003 em space"),
        ("\u3000", "U+3000", "U+3000 ideographic space"),
        ("\x1b", "␛", "␛ escape"),
        ("\x7f", "␡", "␡ delete"),
        ("\u0301", "◌\u0301", "◌\u0301 combining acute accent"),
        ("\ue000", "U+E000", "U+E000"),  # private use
        ("\ufffe", "U+FFFE", "U+FFFE"),  # a noncharacter
        ("\U000e1234", "U+E1234", "U+E1234"),  # not assigned yet
    ):
        set_prompt(page, f"a\n{character}b")
        unknown = page.locator("#text .cell.unknown")
        expect(unknown).to_have_text(sign)
        expect(unknown).to_have_attribute("aria-label", name)
        expect_notice(page, name)
        unknown.hover()
        expect(page.locator("#text .detail")).to_contain_text(name)


def test_a_lone_surrogate_is_harmless(visit: Visit) -> None:
    page = visit(HERE)
    page.locator("#prompt textarea").evaluate("""(box) => {
      box.value = "To \\ud83d be";
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    page.wait_for_function(f"() => {STATE}.run.text.startsWith('To ? be') || {STATE}.run.text.length === 7")
    wait_until_painted(page)
    assert len(cells(page).all_text_contents()) == 7
    assert len(generate(page, 12)) == 19


# ── A model with such symbols ────────────────────────────────────────────────────────────────────
COMMIT = "6" * 40
NAME = f"someone/signs@{COMMIT}"
SYMBOLS = "\n שלום مرحبا\u200c\u200d\u200b\u00a0\u2003␣\x1b\u202e\u0301\u0e33e\ue000א"


@pytest.fixture(scope="module")
def signs_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a model of letters, joiners, spaces and marks."""
    home: Path = tmp_path_factory.mktemp("hub")
    vocabulary = Vocabulary.from_text(SYMBOLS)
    model = NGram.from_counts(
        torch.tensor(vocabulary.encode(SYMBOLS * 20).ids), order=2, vocabulary=len(vocabulary)
    )
    folder = home / "hub" / "models--someone--signs" / "snapshots" / COMMIT
    library.save(folder, "ngram", model, vocabulary, "\n", SMALL_CARD)
    with app_with_cache(home) as address:
        yield f"{address}/?model={NAME}&length=40"


@pytest.fixture(scope="module")
def opened_page(signs_app: str, shared_page: Page) -> Page:
    """One page with that model; each test begins with its own prompt."""
    shared_page.goto(signs_app)
    shared_page.wait_for_selector("#distribution[data-step]")
    shared_page.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)
    return shared_page


def test_all_bar_labels_are_visible_and_distinct(opened_page: Page) -> None:
    set_prompt(opened_page, "e")
    labels = list(bars(opened_page))
    assert len(set(labels)) == len(labels) == len(set(SYMBOLS))
    assert {"U+200C", "U+200D", "U+200B", "U+2003", "U+202E", "U+E000"} <= set(labels)
    assert {"␣", "(␣)", "⍽", "␛", "↵", "◌\u0301"} <= set(labels)
    wide = opened_page.evaluate("""() => [...document.querySelectorAll("#distribution .bar .label")].filter((label) => {
      const range = document.createRange();
      range.selectNodeContents(label);
      return range.getBoundingClientRect().width > label.getBoundingClientRect().width;
    }).map((label) => label.textContent)""")
    assert wide == []
    # The names follow once the bars are at rest.
    expect(opened_page.locator("#distribution .bars .bar[aria-label^='space, ']")).to_have_count(1)
    spoken = [bar.get_attribute("aria-label") or "" for bar in opened_page.locator("#distribution .bars .bar").all()]
    assert any(name.startswith("U+200D zero width joiner, ") for name in spoken)
    assert any(name.startswith("◌\u0301 combining acute accent, ") for name in spoken)
    assert any(name.startswith("space, ") for name in spoken)


BOXES = """() => [...document.querySelectorAll("#text .cell")].map((cell) => {
  const { left, right, top } = cell.getBoundingClientRect();
  return [cell.textContent, left, right, top];
})"""


@pytest.mark.parametrize("prompt", ["שלום e 12 مرحبا", "e\u202eשe", "א1ב2ג", "(مر)ee"])
def test_right_to_left_text_stays_in_its_cells(opened_page: Page, prompt: str) -> None:
    set_prompt(opened_page, prompt)
    boxes = opened_page.evaluate(BOXES)
    assert len(boxes) == len(prompt)
    assert_in_order(boxes)
    heading = opened_page.locator("#temperature h2 code")
    assert "\u202e" not in heading.inner_text()
    assert heading.evaluate("(code) => getComputedStyle(code).unicodeBidi") == "isolate"
    generate(opened_page, 40)
    assert_in_order(opened_page.evaluate(BOXES))


def assert_in_order(boxes: list[list[Any]]) -> None:
    """Each cell of a row begins where the previous one ends."""
    for (text, _, right, top), (_, left, _, below) in pairwise(boxes):
        if abs(top - below) < 4 and "\n" not in text:
            assert left >= right - 1, f"after {text!r}"


def test_sentences_about_right_to_left_text_are_not_reordered(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "שלום")
    told = expect_replacement(page, "\u2068ש\u2069", "␣")
    assert "\u2068ש\u2069 \u2068ל\u2069" in told
    cells(page).first.hover()
    expect(page.locator("#text .detail")).to_contain_text("\u2068ש\u2069: ")


def test_a_joiner_has_a_cell_of_its_own_and_a_mark_joins_its_letter(opened_page: Page) -> None:
    set_prompt(opened_page, "م\u200cم e\u0301")
    assert cells(opened_page).all_text_contents() == ["م", "U+200C", "م", " ", "e\u0301"]
    text = opened_page.evaluate("""symbols => {
      const { runs } = window.playground;
      const run = { unit: "character", normalizer: "none", text: "e", prompted: 1, symbols,
        promptCells: [{ text: "e", count: 1 }], steps: symbols.map((_, id) => ({ id })) };
      return [runs.cells(run).map(({ text }) => text), runs.textOf(run)];
    }""", ["e", "\u0301", "e", "\u0301", "\u200d", "\u0301", " ", "\u0301"])
    joined = ["é", "é", "\u200d", "\u0301", " ", "\u0301"]
    assert text == [joined, "e\u0301e\u0301\u200d\u0301 \u0301"]
