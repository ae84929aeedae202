"""The text by keyboard and screen reader: one tab stop, arrow keys, kept focus, announced phrases."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import bars, cells, generate, set_prompt, text_of, wait_until_painted

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&length=300&seed=3"
FOCUSED = "() => Number(document.activeElement.dataset.index ?? -1)"


def focused_cell(page: Page) -> int:
    """The index of the focused cell, or -1."""
    return int(page.evaluate(FOCUSED))


def test_the_text_is_one_tab_stop(visit: Visit, page: Page) -> None:
    visit(LINK)
    generate(page)
    assert page.locator("#text .cell[tabindex='0']").count() == 1
    page.locator("#text .scrub").focus()
    page.keyboard.press("Tab")
    at_end = focused_cell(page)
    assert at_end == cells(page).count() - 1, "Tab comes to the place of the text, here its end"
    page.keyboard.press("Tab")
    assert focused_cell(page) == -1
    page.locator("#text .scrub").focus()
    page.keyboard.press("Tab")
    assert focused_cell(page) == at_end
    page.keyboard.press("Home")
    assert focused_cell(page) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert focused_cell(page) == 1
    page.keyboard.press("Escape")
    assert focused_cell(page) == -1
    assert page.locator("#text .cell[tabindex='0']").count() == 1


def test_up_and_down_move_by_lines(visit: Visit, page: Page) -> None:
    visit(LINK)
    generate(page)
    cells(page).nth(3).focus()
    where = "() => { const { left, top } = document.activeElement.getBoundingClientRect(); return [left, top]; }"
    left, top = page.evaluate(where)
    page.keyboard.press("ArrowDown")
    under_left, under_top = page.evaluate(where)
    assert under_top > top + 10
    assert abs(under_left - left) < 12 or under_left < left  # a short line has no cell below
    page.keyboard.press("ArrowUp")
    assert abs(page.evaluate(where)[1] - top) < 4


def test_the_focus_stays_in_place_when_the_text_is_redrawn(visit: Visit, page: Page) -> None:
    visit(LINK)
    generate(page)
    cells(page).nth(10).focus()
    page.evaluate("window.playground.store.set({ seed: 9 }); window.playground.play.go(4);")
    before = page.evaluate("window.playground.store.state.run.id")
    page.evaluate("window.playground.play.generate()")
    page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
    page.wait_for_function("() => document.querySelectorAll('#text .cell').length > 20")
    assert focused_cell(page) >= 0, "the focus fell out of the text"
    page.evaluate("window.playground.play.stop()")
    wait_until_painted(page)
    cells(page).nth(6).focus()
    set_prompt(page, "Oh")
    expect(cells(page)).to_have_count(2)
    assert focused_cell(page) == -1, "the prompt's box has the focus"
    cells(page).nth(1).focus()
    page.evaluate("window.playground.play.retype('O')")
    expect(cells(page)).to_have_count(1)
    assert focused_cell(page) == 0


def test_space_plays_from_the_cell(visit: Visit, page: Page) -> None:
    visit(LINK)
    text = generate(page)
    page.evaluate("window.playground.store.update({ pace: 2 })")
    place = text.index(" ", 40) + 1
    cells(page).nth(place).focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => window.playground.store.state.playing")
    cursor = page.evaluate("window.playground.store.state.cursor")
    assert place <= cursor <= place + 2
    page.evaluate("window.playground.play.toggle()")


def test_written_text_is_announced_in_whole_phrases(visit: Visit, page: Page) -> None:
    visit(LINK)
    page.evaluate(
        """() => {
          const live = document.querySelector("#text .announced");
          window.heard = [];
          new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true });
          window.polite = live.getAttribute("aria-live");
        }"""
    )
    page.evaluate("window.playground.store.update({ pace: 150 })")
    page.locator("#generate").click()
    page.wait_for_function(
        "() => { const { run, busy, playing, cursor } = window.playground.store.state;"
        " return !busy && !playing && cursor > 300; }"
    )
    page.wait_for_function("() => window.heard.length > 0")
    heard: list[str] = page.evaluate("window.heard")
    written = text_of(page)[len("To be or not to b") :]
    assert page.evaluate("window.polite") == "polite"
    assert "".join(heard) == written
    assert len(heard) <= 6, "not each character"
    assert all(phrase[-1] in "\n " for phrase in heard[:-1])


def test_a_step_is_announced_as_its_character(visit: Visit, page: Page) -> None:
    visit(LINK)
    page.evaluate("window.playground.play.step()")
    page.wait_for_function("() => window.playground.store.state.run.steps.length > 17")
    expect(page.locator("#text .announced")).not_to_be_empty()
    assert len(page.locator("#text .announced").inner_text()) <= len("newline")


def test_the_strip_agrees_with_the_bars_under_a_bias(visit: Visit, new_page: NewPage) -> None:
    banned_and_raised = "bias=e:-inf,z:20"
    phone = visit(f"{LINK}&{banned_and_raised}", new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    generate(phone)
    phone.evaluate("window.playground.play.go(window.playground.store.state.run.prompted)")
    phone.evaluate("scrollTo(0, 420)")
    strip = phone.locator(".strip")
    expect(strip.locator(".label").first).to_have_text("z")
    drawn = sorted(bars(phone).values(), key=lambda bar: -bar.height)[:5]
    shares = [float(share.rstrip(" %")) for share in strip.locator(".share").all_text_contents()]
    assert shares == pytest.approx([100 * bar.height for bar in drawn], abs=2)
    assert strip.locator(".label").all_text_contents()[0] == drawn[0].label
    assert "e" not in strip.locator(".label").all_text_contents()


def test_on_a_phone_a_strip_with_slider_and_five_bars_stays_on_top(visit: Visit, new_page: NewPage) -> None:
    phone = visit(LINK, new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    generate(phone)
    phone.evaluate("scrollTo(0, 0)")
    strip = phone.locator(".strip")
    expect(strip).to_be_hidden()
    phone.evaluate("scrollTo(0, 420)")
    expect(strip).to_be_visible()
    area: Any = strip.bounding_box()
    assert area["y"] == 0 and area["height"] < 110
    likeliest = [label for label, _ in sorted(bars(phone).items(), key=lambda bar: -bar[1].height)][:5]
    assert strip.locator(".label").all_text_contents() == likeliest
    slider = strip.get_by_role("slider")
    slider.fill("0.5")
    expect(strip.locator("output")).to_have_text("T = 1.00")
    slider.fill("0.2")
    phone.wait_for_function("() => document.querySelector('#distribution').dataset.temperature === '0.25'")
    expect(strip.locator("output")).to_have_text("T = 0.25")
    phone.evaluate("scrollTo(0, 0)")
    expect(strip).to_be_hidden()
