"""The Shapes tab: a card or a link opens its section, which shows the models' own answers."""

import re
from collections.abc import Callable
from itertools import islice, pairwise

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import api
from playground.text import bpe
from tests.browser.hands import WORDS, Requests
from tests.browser.test_language import WORDS as BOTH
from tests.pages import Pages

HERE = "/?tab=shapes&model=shakespeare-ngram&prompt=To+be+or+not+to+b&seed=5"
STEP = "#shape-step .diagram text.of-output"
SHAPES = ["one", "names", "review", "step", "translate", "gap", "pairs", "costs"]

# Elements positioned on the screen rather than in the page, directly or by an ancestor's CSS.
FIXED = """(all) => all.filter((node) => node.checkVisibility() && ["", "::before", "::after"].some((part) => {
  const style = getComputedStyle(node, part || null);
  return style.position === "fixed" && (!part || style.content !== "none");
})).map((node) => node.className)"""

Open = Callable[..., Page]


@pytest.fixture
def shapes(server: str, page: Page) -> Open:
    """shapes(query) opens the tab, and returns the page once its cards are shown."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        page.wait_for_selector(".shapes .shape-card")
        return page

    return go


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


def visible_text(text: str) -> list[str]:
    return [letter.replace(" ", "␣") for letter in text]


def likeliest(prompt: str, temperature: float = 1) -> tuple[str, float]:
    answer = api.distribution("shakespeare-ngram", prompt, temperature)
    return answer["likeliest"], max(answer["probabilities"])


def test_every_card_opens_its_section_and_the_address_says_which(shapes: Open) -> None:
    page = shapes()
    cards = page.locator(".shapes .shape-card")
    assert [card.get_attribute("data-shape") for card in cards.all()] == SHAPES
    for name, card in zip(SHAPES, cards.all(), strict=True):
        card.click()
        expect(card).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".shapes section.open:visible")).to_have_attribute("id", f"shape-{name}")
        expect(page.locator(".shapes h2")).to_have_text(WORDS[f"shape_{name}"])
        expect(page.locator(".shapes .point")).to_have_text(WORDS[f"shape_{name}_point"])
        assert card.locator("svg .box").count() > 1


def test_a_language_model_shows_its_expectation_after_each_character(shapes: Open) -> None:
    page = shapes("&shape=step&temperature=0.5")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_text(visible_text("To be or not to b"))
    for n in (2, 9, 17):
        symbol, p = likeliest("To be or not to b"[:n], 0.5)
        assert texts(page, STEP)[n - 1] == symbol.replace(" ", "␣")
        assert texts(page, "#shape-step .diagram text.note")[n - 1] == f"{100 * p:.0f} %"
    guesses = [likeliest("To be or not to b"[:n])[0] for n in range(1, 17)]
    right = sum(guess == letter for guess, letter in zip(guesses, "o be or not to b", strict=True))
    expect(page.locator("#shape-step .told")).to_contain_text(f"right {right} times of 16")
    assert page.locator("#shape-step .diagram .output.missed").count() == 16 - right


def test_typing_sends_a_request_and_a_click_on_a_bar_writes(shapes: Open) -> None:
    page = shapes("&shape=step")
    page.locator("#shape-step-text").fill("O Romeo, R")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_text(visible_text("O Romeo, R"))
    page.wait_for_url(re.compile("step-text=O"))
    page.locator("#shape-step .bar").first.click()
    symbol, _ = likeliest("O Romeo, R")
    expect(page.locator("#shape-step-text")).to_have_value(f"O Romeo, R{symbol}")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_count(11)
    page.wait_for_url(re.compile(f"Romeo%2C\\+R{symbol}"))
    page.reload()
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_text(visible_text(f"O Romeo, R{symbol}"))


def test_the_section_uses_the_pages_temperature_without_a_request(shapes: Open) -> None:
    page = shapes("&shape=step")
    page.wait_for_selector(STEP)
    requests = Requests(page)
    rail = page.get_by_label(WORDS["temperature"]).locator("visible=true")
    rail.focus()
    rail.press("Home")
    expect(page.locator(".shapes .warmth output")).to_have_text("T = 0")
    expect(page.locator("#shape-step .diagram text.note").last).to_have_text("100 %")
    assert page.evaluate("window.playground.store.state.settings.temperature") == 0
    assert not [sent for sent in requests if "stream/look" in sent]


def test_the_slider_stays_in_view_while_a_section_scrolls(shapes: Open) -> None:
    page = shapes()
    page.wait_for_selector("#shape-one .letters-plot button")
    page.set_viewport_size({"width": 390, "height": 500})
    page.evaluate("scrollTo(0, 600)")
    page.wait_for_function("() => document.querySelector('.opened-head').getBoundingClientRect().top === 0")
    expect(page.get_by_label(WORDS["temperature"]).locator("visible=true")).to_be_in_viewport()


def test_no_request_is_sent_before_the_section_is_visible(server: str, page: Page) -> None:
    requests = Requests(page)
    page.goto(server + HERE.replace("tab=shapes&", ""))
    page.wait_for_selector("#distribution[data-step]")
    assert not [sent for sent in requests if "shape" in sent.rpartition("/")[2]]
    page.get_by_role("tab", name=WORDS["tab_shapes"]).click()
    page.wait_for_selector(".shapes .diagram text.of-output")


def test_the_light_moves_unless_reduced_motion_is_set(server: str, new_page: Callable[..., Page]) -> None:
    moving = """() => document.querySelector("#shape-step .diagram.flows").getAnimations({ subtree: true }).length"""
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = new_page(reduced_motion=motion)
        page.goto(f"{server}{HERE}&shape=step")
        page.wait_for_selector("#shape-step .diagram.flows")
        assert (page.evaluate(moving) > 0) == moves


def test_switching_the_language_keeps_the_answers(shapes: Open) -> None:
    page = shapes("&shape=step&lang=en")
    page.wait_for_selector(STEP)
    page.evaluate("window.playground.language.choose('ko')")
    expect(page.locator(".shapes h2")).to_have_text(BOTH["ko"]["shape_step"])
    expect(page.locator(".shapes .point")).to_have_text(BOTH["ko"]["shape_step_point"])
    expect(page.locator("#shape-step .told")).to_contain_text("1순위 예측")


def names_of(page: Page, column: int) -> list[str]:
    page.wait_for_selector(".names tbody tr")
    return [cell.get_attribute("aria-label") or "" for cell in page.locator(f".names [data-column='{column}']").all()]


def test_names_are_written_from_a_first_state_with_the_draws_of_their_rows(shapes: Open) -> None:
    page = shapes("&shape=names&temperature=0.7")
    page.wait_for_selector(".names tbody tr")
    checkpoint = library.load("names-gru")
    for column, first in ((0, ""), (2, "chris")):
        read = prefill(checkpoint, checkpoint.vocabulary.encode(first).ids)
        for row in (0, 7):
            run = islice(generate(checkpoint, read, Sampling(0.7), seed=5 + row), 24)
            name = checkpoint.vocabulary.decode([step.id for step in run]).partition("\n")[0]
            assert names_of(page, column)[row] == first + name
    assert len(set(names_of(page, 0))) > 8, "the same state, other dice: other names"


def test_the_same_state_and_seed_write_the_same_names(shapes: Open) -> None:
    page = shapes("&shape=names&names-one=ma&names-other=ma&names-share=0")
    assert names_of(page, 0) == names_of(page, 2)
    before = names_of(page, 0)
    page.get_by_role("button", name=WORDS["shape_names_dice"]).click()
    page.wait_for_function("before => document.querySelector('.names .name').ariaLabel !== before", arg=before[0])
    assert names_of(page, 0) == names_of(page, 2) != before
    page.evaluate("window.playground.store.set({ seed: 5 })")
    page.wait_for_function("before => document.querySelector('.names .name').ariaLabel === before", arg=before[0])
    assert names_of(page, 0) == before


def test_pointing_at_a_name_draws_its_letters_and_first_bars(shapes: Open) -> None:
    page = shapes("&shape=names&temperature=0.7")
    cell = page.locator(".names [data-column='0'][data-row='3']")
    cell.click()
    letters = [*str(cell.get_attribute("aria-label")), "↵"]
    expect(page.locator("#shape-names .diagram text.of-output")).to_have_text(letters)
    expect(page.locator("#shape-names h3")).to_contain_text(WORDS["shape_names_from_start"])
    first = page.locator("#shape-names .bar.came .label")
    expect(first).to_have_text(letters[0])
    cell.press("ArrowRight")
    expect(page.locator("#shape-names h3")).to_contain_text("between them: 50 % and 50 %")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#shape-names h3")).to_contain_text("after chris")


def test_the_first_states_are_in_the_address(shapes: Open) -> None:
    page = shapes("&shape=names")
    page.locator("#names-one").fill("jo")
    share = page.locator("#names-share")
    share.focus()
    share.press("Home")
    page.wait_for_url(re.compile("names-one=jo.*names-share=0"))
    expect(page.locator(".names thead th")).to_have_text(
        ["dice", "after jo", "between them: 100 % and 0 %", "after chris"]
    )
    names = [name.removeprefix("jo") for name in names_of(page, 0)]
    assert names_of(page, 1) == names
    page.locator(".shape-card[data-shape=step]").click()
    page.wait_for_function("() => !location.search.includes('names-one') && location.search.includes('shape=step')")
    page.locator(".shape-card[data-shape=names]").click()
    page.wait_for_url(re.compile("names-one=jo"))


def test_a_failed_request_can_be_retried(server: str, page: Page, troubles: list[str]) -> None:
    page.route("**/stream/first", lambda route: route.abort())
    page.goto(f"{server}{HERE}&shape=names")
    problem = page.locator("#shape-names .problem")
    expect(problem).to_contain_text(WORDS["lost"])
    page.unroute("**/stream/first")
    problem.get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_selector(".names tbody tr")
    expect(problem).to_be_empty()
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


PIECES = "#shape-pairs .pieces"


def pieces_of(page: Page) -> list[str]:
    return [text.replace("↵\n", "\n") for text in texts(page, f"{PIECES} >> nth=0 >> .piece")]


def apply_merges(text: str, merges: list[tuple[str, str]]) -> list[str]:
    """The text in pieces, by applying the merges."""
    symbols = [list(word) for word in bpe.split(text)]
    for left, right in merges:
        symbols = [bpe.merge(word, left, right) for word in symbols]
    return [symbol for word in symbols for symbol in word]


def test_a_text_is_merged_step_by_step_without_a_request(shapes: Open) -> None:
    page = shapes("&shape=pairs")
    page.wait_for_selector("#shape-pairs .piece")
    text = "".join(pieces_of(page))
    assert text.startswith("It was the best of times")
    known = bpe.gpt2_cut()
    counts = page.locator("#shape-pairs .counts tbody tr").last.locator("td")
    expect(counts).to_have_text([str(len(known.starts)), "50,257"])
    assert texts(page, f"{PIECES} >> nth=1 >> .piece") == [text[a:b] for a, b in pairwise([*known.starts, len(text)])]
    learned = bpe.learn(text, 400)
    merges = [(merge.left, merge.right) for merge in learned.merges]
    assert pieces_of(page) == apply_merges(text, merges[:20])
    requests = Requests(page)
    rail = page.locator("#pairs-merges")
    rail.focus()
    rail.press("Home")
    expect(page.locator("#shape-pairs .last")).to_have_text(WORDS["shape_pairs_none"])
    assert pieces_of(page) == [*text]
    rail.press("ArrowRight")
    [first, *_] = learned.merges
    left, right = (symbol.replace(" ", "␣") for symbol in (first.left, first.right))
    expect(page.locator("#shape-pairs .last")).to_contain_text(f"{left} + {right} → {left}{right}, {first.count} times")
    expect(page.locator("#shape-pairs .piece.fresh")).to_have_count(first.count)
    now = page.locator("#shape-pairs .counts .now td")
    expect(now).to_have_text([str(len(text) - first.count), str(learned.alphabet + 1)])
    rail.press("End")
    expect(page.locator("#shape-pairs .merges")).to_contain_text(f"{len(merges)} / {len(merges)}")
    assert pieces_of(page) == apply_merges(text, merges)
    page.wait_for_url(re.compile(f"pairs={len(merges)}"))
    assert not [sent for sent in requests if "stream/pairs" in sent]
    expect(page.locator(".shapes .warmth")).to_be_hidden()


def test_another_text_uses_shakespeares_merges(shapes: Open) -> None:
    page = shapes("&shape=pairs&pairs-text=the+night+of+the+knight&pairs-of=shakespeare&pairs=2000")
    merges = [(merge.left, merge.right) for merge in bpe.shakespeare().merges]
    page.wait_for_selector("#shape-pairs .piece")
    assert pieces_of(page) == apply_merges("the night of the knight", merges)
    expect(page.locator("#shape-pairs .counts tbody tr").first).to_have_text("characters2365")
    expect(page.locator("#shape-pairs")).to_contain_text("GPT-2’s 50,257 tokens are not bundled")
    page.get_by_role("button", name=WORDS["shape_pairs_own"], exact=True).click()
    expect(page.locator("#shape-pairs .counts tbody tr").first).to_have_text("characters2310")
    page.locator("#shape-pairs summary", has_text=WORDS["shape_pairs_other"]).click()
    page.locator("#pairs-text").fill("")
    expect(page.locator("#shape-pairs .problem")).to_contain_text("no text to merge")
    page.locator("#pairs-text").fill("aa aa aa")
    page.wait_for_function("() => document.querySelectorAll('#shape-pairs .piece').length === 3")
    assert pieces_of(page) == ["aa", " aa", " aa"]


def test_nothing_overlays_a_section_on_a_phone(pages: Pages, server: str) -> None:
    """Play's buttons overlay the foot of a phone's screen; no other part of the page may."""
    page = pages.take(viewport={"width": 390, "height": 844})
    page.goto(server + HERE)
    page.wait_for_selector(".shapes .shape-card")
    for name in SHAPES:
        page.locator(f".shape-card[data-shape={name}]").click()
        expect(page.locator(f"#shape-{name} .flowing")).to_be_visible()
        assert page.locator("#shapes *").evaluate_all(FIXED) == [], name
    pages.give_back(page)
