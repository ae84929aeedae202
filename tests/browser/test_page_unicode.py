"""Unicode on the page: characters of several code points, what cannot be seen, and text from right to left."""

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
    painted,
    run_id,
    set_prompt,
    wait_until_written,
)
from tests.conftest import app_with_cache
from tests.small_record import SMALL_CARD

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=12"
STATE = "window.playground.store.state"
FAMILY, THUMB, FLAG = "👩‍👩‍👧", "👍🏽", "🇰🇷"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def says(page: Page, character: str, replacement: str) -> str:
    return expect_notice(page, WORDS["stands_for"].format(character=character, replacement=replacement))


# ── Characters of several code points ────────────────────────────────────────────────────────────
def test_each_character_of_several_code_points_is_one_cell_and_told_once(visit: Visit) -> None:
    page = visit(HERE)
    prompt = f"a{FAMILY}e\u0301é{THUMB}{FLAG}{ENGLAND}b{FAMILY}"
    set_prompt(page, prompt)
    assert cells(page).all_text_contents() == ["a", FAMILY, "e\u0301", "é", THUMB, FLAG, ENGLAND, "b", FAMILY]
    expect(page.locator("#text .cell.unknown")).to_have_count(7)
    told = says(page, FAMILY, "␣")
    assert told.count(FAMILY) == 2  # in the list, and with what stands for it
    assert told.count("é") + told.count("e\u0301") == 2, "é is told once, however it is written"
    says(page, "é", "e")
    expect(cells(page).nth(1)).to_have_attribute("aria-label", FAMILY)
    assert page.evaluate(f"{STATE}.run.prompted") == 9
    # Back before an emoji, and on from there: no part of it stays.
    cells(page).nth(4).click()
    expect(page.locator("#temperature h2")).to_contain_text(f"“a{FAMILY}e\u0301é▮”")
    text = generate(page, 12)
    assert text.startswith(f"a{FAMILY}e\u0301é")
    assert page.evaluate(f"{STATE}.settings.prompt") == f"a{FAMILY}e\u0301é"


def test_of_more_unknown_characters_than_six_the_first_are_named(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "".join(chr(0x1F600 + i) for i in range(9)))
    told = expect_notice(page, "…")
    assert sum(chr(0x1F600 + i) in told for i in range(9)) == 6


def test_a_hundred_marks_are_one_cell_and_a_few_in_a_notice(visit: Visit) -> None:
    page = visit(HERE)
    zalgo = "Z" + "\u0337\u0334" * 50
    set_prompt(page, f"{zalgo}a")
    assert cells(page).all_text_contents() == [zalgo, "a"]
    told = expect_notice(page, "Z")
    assert told.count("\u0337") + told.count("\u0334") <= 8 + 1
    heading = page.locator("#temperature h2 code").inner_text()
    assert len(heading) < 12


def test_a_heading_and_an_earlier_text_cut_no_character(visit: Visit) -> None:
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


# ── What cannot be seen ──────────────────────────────────────────────────────────────────────────
def test_what_shows_nothing_is_passed_over_without_a_word(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "\ufeffT\u200bo\u00ad be\u2060\u202e")
    assert cells(page).all_text_contents() == ["\ufeffT\u200b", "o\u00ad", " ", "b", "e\u2060\u202e"]
    expect(page.locator("#notice p")).to_have_count(0)
    expect(cells(page).nth(1)).to_have_attribute("aria-label", "o")
    logits = moment(page).logits
    set_prompt(page, "To be")
    assert moment(page).logits == logits


def test_a_prompt_that_shows_nothing_is_the_start_of_a_text(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "")
    logits = moment(page).logits
    set_prompt(page, "\u200b\u200d")
    assert moment(page).logits == logits
    expect(cells(page)).to_have_count(0)
    expect(page.locator("#notice p")).to_have_count(0)
    expect(page.locator("#temperature h2")).to_contain_text(WORDS["start_of_text"])


def test_what_cannot_be_seen_has_a_sign_and_a_name(visit: Visit) -> None:
    page = visit(HERE)
    for character, sign, name in (
        ("\u00a0", "⍽", "⍽ no-break space"),
        ("\u2003", "U+2003", "U+2003 em space"),
        ("\u3000", "U+3000", "U+3000 ideographic space"),
        ("\x1b", "␛", "␛ escape"),
        ("\x7f", "␡", "␡ delete"),
        ("\u0301", "◌\u0301", "◌\u0301 combining acute accent"),
        ("\ue000", "U+E000", "U+E000"),  # private use
        ("\ufffe", "U+FFFE", "U+FFFE"),  # no character at all
        ("\U000e1234", "U+E1234", "U+E1234"),  # not assigned yet
    ):
        set_prompt(page, f"a\n{character}b")
        unknown = page.locator("#text .cell.unknown")
        expect(unknown).to_have_text(sign)
        expect(unknown).to_have_attribute("aria-label", name)
        expect_notice(page, name)
        unknown.hover()
        expect(page.locator("#text .detail")).to_contain_text(name)


def test_half_a_character_does_no_harm(visit: Visit) -> None:
    page = visit(HERE)
    page.locator("#prompt textarea").evaluate("""(box) => {
      box.value = "To \\ud83d be";
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    page.wait_for_function(f"() => {STATE}.run.text.startsWith('To ? be') || {STATE}.run.text.length === 7")
    painted(page)
    assert len(cells(page).all_text_contents()) == 7
    assert len(generate(page, 12)) == 19


# ── A model whose symbols are such ───────────────────────────────────────────────────────────────
COMMIT = "6" * 40
NAME = f"someone/signs@{COMMIT}"
SYMBOLS = "\n שלום مرحبا\u200c\u200d\u200b\u00a0\u2003␣\x1b\u202e\u0301\u0e33e\ue000א"


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that has a model of letters, joiners, spaces and marks."""
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
def opened(signs: str, lasting: Page) -> Page:
    """One page with that model; each test begins with a prompt of its own."""
    lasting.goto(signs)
    lasting.wait_for_selector("#distribution[data-step]")
    lasting.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)
    return lasting


def test_no_two_bars_look_alike_and_all_can_be_seen(opened: Page) -> None:
    set_prompt(opened, "e")
    labels = list(bars(opened))
    assert len(set(labels)) == len(labels) == len(set(SYMBOLS))
    assert {"U+200C", "U+200D", "U+200B", "U+2003", "U+202E", "U+E000"} <= set(labels)
    assert {"␣", "(␣)", "⍽", "␛", "↵", "◌\u0301"} <= set(labels)
    wide = opened.evaluate("""() => [...document.querySelectorAll("#distribution .bar .label")].filter((label) => {
      const range = document.createRange();
      range.selectNodeContents(label);
      return range.getBoundingClientRect().width > label.getBoundingClientRect().width;
    }).map((label) => label.textContent)""")
    assert wide == []
    # The names follow once the bars rest.
    expect(opened.locator("#distribution .bars .bar[aria-label^='space, ']")).to_have_count(1)
    spoken = [bar.get_attribute("aria-label") or "" for bar in opened.locator("#distribution .bars .bar").all()]
    assert any(name.startswith("U+200D zero width joiner, ") for name in spoken)
    assert any(name.startswith("◌\u0301 combining acute accent, ") for name in spoken)
    assert any(name.startswith("space, ") for name in spoken)


BOXES = """() => [...document.querySelectorAll("#text .cell")].map((cell) => {
  const { left, right, top } = cell.getBoundingClientRect();
  return [cell.textContent, left, right, top];
})"""


@pytest.mark.parametrize("prompt", ["שלום e 12 مرحبا", "e\u202eשe", "א1ב2ג", "(مر)ee"])
def test_text_from_right_to_left_stays_in_its_cells(opened: Page, prompt: str) -> None:
    set_prompt(opened, prompt)
    boxes = opened.evaluate(BOXES)
    assert len(boxes) == len(prompt)
    assert_in_order(boxes)
    heading = opened.locator("#temperature h2 code")
    assert "\u202e" not in heading.inner_text()
    assert heading.evaluate("(code) => getComputedStyle(code).unicodeBidi") == "isolate"
    generate(opened, 40)
    assert_in_order(opened.evaluate(BOXES))


def assert_in_order(boxes: list[list[Any]]) -> None:
    """Each cell of a row begins where the one before it ends."""
    for (text, _, right, top), (_, left, _, below) in pairwise(boxes):
        if abs(top - below) < 4 and "\n" not in text:
            assert left >= right - 1, f"after {text!r}"


def test_words_about_such_text_are_not_reordered(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "שלום")
    told = says(page, "\u2068ש\u2069", "␣")
    assert "\u2068ש\u2069 \u2068ל\u2069" in told
    cells(page).first.hover()
    expect(page.locator("#text .detail")).to_contain_text("\u2068ש\u2069: ")


def test_a_joiner_that_is_a_symbol_has_a_cell_and_a_mark_joins_its_letter(opened: Page) -> None:
    set_prompt(opened, "م\u200cم e\u0301")
    assert cells(opened).all_text_contents() == ["م", "U+200C", "م", " ", "e\u0301"]
    text = opened.evaluate("""symbols => {
      const { runs } = window.playground;
      const run = { unit: "character", normalizer: "none", text: "e", prompted: 1, symbols,
        promptCells: [{ text: "e", count: 1 }], steps: symbols.map((_, id) => ({ id })) };
      return [runs.cells(run).map(({ text }) => text), runs.textOf(run)];
    }""", ["e", "\u0301", "e", "\u0301", "\u200d", "\u0301", " ", "\u0301"])
    joined = ["é", "é", "\u200d", "\u0301", " ", "\u0301"]
    assert text == [joined, "e\u0301e\u0301\u200d\u0301 \u0301"]
