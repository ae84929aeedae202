"""Editing the bars, the line, its dart and the notches by hand: menu, drag, clicks and keys."""

import re
from collections.abc import Callable
from math import inf, log

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.sampling import Sampling, distribution
from tests.browser.hands import (
    WORDS,
    bars,
    height_of,
    label_of,
    moment,
    run_id,
    set_temperature,
    setting,
    text_of,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be&seed=5"


def bar(page: Page, i: int) -> Locator:
    return page.locator("#distribution .bars .bar").nth(i)


def menu(page: Page) -> Locator:
    return page.get_by_role("dialog", name=WORDS["bend"])


def expected_bars(page: Page, bias: dict[str, float], temperature: float = 1) -> dict[str, float]:
    """The bars under a bias as Python computes them, by label."""
    now = moment(page)
    by_id = {now.symbols.index(symbol): number for symbol, number in bias.items()}
    row = distribution(now.logits, Sampling(temperature, bias=by_id))
    labels = {" ": "␣", "\n": "↵", "\t": "⇥"}
    return {labels.get(symbol, symbol): float(p) for symbol, p in zip(now.symbols, row, strict=True)}


def assert_bars_biased(page: Page, bias: dict[str, float], temperature: float = 1) -> None:
    drawn, right = bars(page), expected_bars(page, bias, temperature)
    assert {label: one.height for label, one in drawn.items()} == pytest.approx(right, abs=0.011)


def test_the_menu_of_a_bar_makes_sense_to_a_screen_reader(visit: Visit) -> None:
    page = visit(HERE)
    bar(page, 4).hover()
    expect(page.locator("#distribution .sum")).to_be_visible()
    bar(page, 4).click(button="right")
    expect(menu(page)).to_be_visible()
    bar(page, 9).hover(force=True)
    expect(page.locator("#distribution .sum")).to_be_hidden()
    page.keyboard.press("Escape")
    bar(page, 8).hover()
    expect(page.locator("#distribution .sum")).to_be_visible()


def test_a_bias_in_a_link_changes_the_bars_but_not_their_order_and_outlines(visit: Visit) -> None:
    page = visit(HERE)
    free = bars(page)
    order = list(free)
    page = visit(HERE + "&bias=+:-inf,q:12,t:1.5&temperature=0.7")
    bent = bars(page)
    assert list(bent) == order
    assert {label: one.outline for label, one in bent.items()} == {label: one.outline for label, one in free.items()}
    assert_bars_biased(page, {" ": -inf, "q": 12, "t": 1.5}, 0.7)
    expect(bar(page, order.index("␣"))).to_have_attribute("aria-label", re.compile(f", {WORDS['banned']}$"))
    expect(bar(page, order.index("t"))).to_have_attribute("aria-label", re.compile(r", bias \+1\.5$"))
    # T = 0 takes the most likely with the bias, and T = inf leaves out banned ones.
    set_temperature(page, 0)
    assert [label for label, one in bars(page).items() if one.height > 0.99] == ["q"]
    set_temperature(page, "Infinity")
    assert_bars_biased(page, {" ": -inf, "q": 12, "t": 1.5}, inf)
    expect(page.locator("#figure-kept")).to_have_text("64 of 65")


def test_the_menu_bans_boosts_and_resets(visit: Visit) -> None:
    page = visit(HERE)
    before = run_id(page)
    first = next(iter(bars(page)))
    assert first == "␣"
    bar(page, 0).hover()
    page.locator(".bend-dots").click()
    expect(menu(page)).to_be_visible()
    slider = menu(page).get_by_role("slider")
    expect(slider).to_be_focused()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert setting(page, "bias") == " :-0.5"
    assert_bars_biased(page, {" ": -0.5})
    box = menu(page).get_by_role("textbox")
    box.fill("2,5")
    box.press("Enter")
    assert setting(page, "bias") == " :2.5"
    page.keyboard.press("Escape")
    expect(menu(page)).to_be_hidden()
    expect(bar(page, 0)).to_be_focused()
    # The menu key or a right click opens it too.
    bar(page, 2).click(button="right")
    menu(page).get_by_role("button", name=WORDS["bend_ban"], exact=True).click()
    assert setting(page, "bias") == " :2.5,t:-inf"
    assert_bars_biased(page, {" ": 2.5, "t": -inf})
    bar(page, 0).click(button="right")
    menu(page).get_by_role("button", name=WORDS["bend_reset"], exact=True).click()
    assert setting(page, "bias") == "t:-inf"
    reset = page.locator(".legend").get_by_role("button", name=WORDS["bend_reset_all"])
    reset.click()
    assert setting(page, "bias") == ""
    expect(reset).to_be_hidden()
    assert run_id(page) == before  # nothing was written, and nothing was requested


def test_the_top_of_a_bar_can_be_dragged(visit: Visit) -> None:
    page = visit(HERE)
    set_temperature(page, 2)
    before = run_id(page)
    wait_until_painted(page)
    column = bar(page, 1).locator(".column").bounding_box()
    assert column
    x = column["x"] + column["width"] / 2
    page.mouse.move(x, column["y"] + column["height"] * (1 - height_of(bar(page, 1))) + 1)
    page.mouse.down()
    for share in (0.3, 0.5, 0.6):
        page.mouse.move(x, column["y"] + column["height"] * (1 - share))
        wait_until_painted(page)
    page.mouse.up()
    label = list(bars(page))[1]
    assert bars(page)[label].height == pytest.approx(0.6, abs=0.03)
    free = expected_bars(page, {}, 2)[label]
    bias = float(setting(page, "bias").rsplit(":", 1)[1])
    assert bias == pytest.approx(2 * (log(0.6 / 0.4) - log(free / (1 - free))), abs=0.15)
    assert run_id(page) == before  # the click that ends a drag chooses nothing


def test_a_long_touch_opens_the_menu(visit: Visit, new_page: NewPage) -> None:
    phone = visit(HERE, new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    place = bar(phone, 1).bounding_box()
    assert place
    touch = phone.context.new_cdp_session(phone)
    at = [{"x": place["x"] + 10, "y": place["y"] + 40}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    expect(phone.locator("#distribution .sum")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(menu(phone)).to_be_visible()
    menu(phone).get_by_role("button", name=WORDS["bend_ban"], exact=True).tap()
    assert setting(phone, "bias").endswith(":-inf")


def test_in_alphabetical_order_the_most_likely_is_scrolled_into_view(visit: Visit, new_page: NewPage) -> None:
    phone = visit("/?model=shakespeare-ngram&prompt=To+be+or+not+t", new_page(viewport={"width": 390, "height": 844}))
    likeliest = next(iter(bars(phone)))
    phone.get_by_role("button", name=WORDS["order_id"]).click()
    wait_until_painted(phone)
    assert next(iter(bars(phone))) != likeliest
    top = phone.locator("#distribution .bars .bar").filter(has_text=re.compile(f"^{likeliest}$"))
    view, at = phone.locator("#distribution .scroller").bounding_box(), top.bounding_box()
    assert view
    assert at
    assert view["x"] <= at["x"]
    assert at["x"] + at["width"] <= view["x"] + view["width"]


def test_a_notch_is_described_and_sets_the_temperature(visit: Visit) -> None:
    page = visit(HERE)
    wait_until_painted(page)
    flips = page.evaluate("""() => {
      const { store } = window.playground;
      const moment = store.moment();
      return store.flips(moment).map(({ from, id }) => [from, moment.symbols[id]]);
    }""")
    notch = page.locator("#temperature button.flip").nth(1)
    notch.hover()
    symbol = notch.text_content()
    from_there = next(t for t, s in flips[1:] if s == symbol)
    tip = page.locator("#temperature .flip-tip")
    expect(tip).to_contain_text(symbol or "")
    assert notch.get_attribute("aria-label") == tip.text_content()
    notch.click()
    wait_until_painted(page)
    assert setting(page, "temperature") == from_there
    assert [label for label, one in bars(page).items() if one.under] == [symbol]


def test_notches_are_one_tab_stop_with_arrow_keys(visit: Visit) -> None:
    page = visit(HERE)
    wait_until_painted(page)
    flips = page.evaluate("""() => {
      const { store } = window.playground;
      return store.flips(store.moment()).map(({ from }) => from);
    }""")
    assert len(flips) > 3
    notches = page.locator("#temperature button.flip")
    expect(notches).to_have_count(len(flips))
    tip = page.locator("#temperature .flip-tip")
    page.get_by_role("slider", name=WORDS["temperature"], exact=True).focus()
    page.keyboard.press("Tab")
    keys = ["ArrowRight"] * 2 + ["ArrowLeft", "End", "Home", "ArrowRight"]
    for key, at in zip(["", *keys], (0, 1, 2, 1, len(flips) - 1, 0, 1), strict=True):
        if key:
            page.keyboard.press(key)
        expect(notches.nth(at)).to_be_focused()
        expect(tip).to_have_text(notches.nth(at).get_attribute("aria-label") or "")
    assert setting(page, "temperature") == 1, "the arrows are the notches' here"
    page.keyboard.press("Enter")
    wait_until_painted(page)
    assert setting(page, "temperature") == flips[1]
    expect(notches.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#temperature .flip:focus")).to_have_count(0)
    expect(tip).to_be_hidden()
    # If the notches change, the focus keeps its place; if there are none, the slider gets it.
    page.keyboard.press("Shift+Tab")
    expect(notches.nth(1)).to_be_focused()
    page.evaluate("window.playground.store.set({ seed: 6 })")
    expect(page.locator("#temperature .flip:focus")).to_have_count(1)
    page.evaluate("window.playground.store.update({ playing: true })")
    expect(page.get_by_role("slider", name=WORDS["temperature"], exact=True)).to_be_focused()


def test_a_notch_without_room_for_its_letter_is_described_and_clickable(visit: Visit, new_page: NewPage) -> None:
    page = visit(HERE, new_page(viewport={"width": 360, "height": 844}))
    wait_until_painted(page)
    dense = page.locator("#temperature .flip.dense").first
    place = dense.bounding_box()
    assert place
    page.mouse.move(place["x"] + 1.5, place["y"] + 8)
    tip = page.locator("#temperature .flip-tip")
    expect(tip).to_have_text(dense.get_attribute("aria-label") or "")
    page.mouse.down()
    page.mouse.up()
    wait_until_painted(page)
    assert WORDS["notch"].split("{t}")[0] + f"{setting(page, 'temperature'):.2f}" in tip.inner_text()


def test_clicking_the_dart_writes_the_character_it_points_at(visit: Visit) -> None:
    page = visit(HERE)
    dart = page.get_by_role("button", name=re.compile("^u = "))
    expect(dart).to_have_attribute("title", WORDS["step_title"])
    for written in (1, 2):
        before = run_id(page)
        [under] = [label for label, one in bars(page).items() if one.under]
        if written == 1:
            dart.click()
        else:
            dart.press("Enter")
        wait_until_written(page, before, written)
        assert label_of(text_of(page)[-1]) == under
    expect(dart).to_be_focused()


def test_a_segment_of_the_line_is_described_and_a_click_chooses_it(visit: Visit) -> None:
    page = visit(HERE)
    drawn = bars(page)
    first, second = list(drawn)[:2]
    before = run_id(page)
    line = page.locator("#distribution .line").bounding_box()
    assert line
    page.mouse.move(
        line["x"] + line["width"] * (drawn[first].height + drawn[second].height / 2), line["y"] + line["height"] / 2
    )
    tip = page.locator("#distribution .line-tip")
    expect(tip).to_have_text(re.compile(rf"^{second}: {100 * drawn[second].height:.0f}.*{WORDS['sum_write']}$"))
    page.mouse.down()
    page.mouse.up()
    wait_until_written(page, before, 1)
    assert label_of(text_of(page)[-1]) == second
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_a_question_mark_opens_an_explanation_and_escape_closes_it(visit: Visit) -> None:
    page = visit(HERE)
    for name in ("notches", "entropy", "choices", "line", "dart"):
        box = page.locator(f"#hint-{name}")
        button = page.locator(f"[popovertarget=hint-{name}]")
        expect(box).to_be_hidden()
        button.focus()
        page.keyboard.press("Enter")
        expect(box).to_be_visible()
        expect(box).to_have_text(WORDS[f"hint_{name}"])
        inside = box.bounding_box()
        assert inside
        assert 0 <= inside["x"] <= inside["x"] + inside["width"] <= 1440
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()
        button.click()
        expect(box).to_be_visible()
        page.locator("h1").click()
        expect(box).to_be_hidden()
