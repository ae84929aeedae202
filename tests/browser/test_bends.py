"""Bending the bars by hand: the menu, the drag, what follows from them, and how they are said."""

import re
from collections.abc import Callable
from math import inf, log

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.sampling import Sampling, distribution
from tests.browser.hands import WORDS, bars, height_of, moment, painted, run_id, set_temperature, setting

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be&seed=5"


def bar(page: Page, i: int) -> Locator:
    return page.locator("#distribution .bars .bar").nth(i)


def menu(page: Page) -> Locator:
    return page.get_by_role("dialog", name=WORDS["bend"])


def expected(page: Page, bias: dict[str, float], temperature: float = 1) -> dict[str, float]:
    """What Python makes of the bars under a bias, by label."""
    now = moment(page)
    by_id = {now.symbols.index(symbol): number for symbol, number in bias.items()}
    row = distribution(now.logits, Sampling(temperature, bias=by_id))
    labels = {" ": "␣", "\n": "↵", "\t": "⇥"}
    return {labels.get(symbol, symbol): float(p) for symbol, p in zip(now.symbols, row, strict=True)}


def assert_bent(page: Page, bias: dict[str, float], temperature: float = 1) -> None:
    drawn, right = bars(page), expected(page, bias, temperature)
    assert {label: one.height for label, one in drawn.items()} == pytest.approx(right, abs=0.011)


def test_a_link_bends_the_bars_and_leaves_their_order_and_outlines(visit: Visit) -> None:
    page = visit(HERE)
    free = bars(page)
    order = list(free)
    page = visit(HERE + "&bias=+:-inf,q:12,t:1.5&temperature=0.7")
    bent = bars(page)
    assert list(bent) == order
    assert {label: one.outline for label, one in bent.items()} == {label: one.outline for label, one in free.items()}
    assert_bent(page, {" ": -inf, "q": 12, "t": 1.5}, 0.7)
    expect(bar(page, order.index("␣"))).to_have_attribute("aria-label", re.compile(f", {WORDS['banned']}$"))
    expect(bar(page, order.index("t"))).to_have_attribute("aria-label", re.compile(r", bias \+1\.5$"))
    # Greedy is greedy with the bias, and uniform leaves out what is banned.
    set_temperature(page, 0)
    assert [label for label, one in bars(page).items() if one.height > 0.99] == ["q"]
    set_temperature(page, "Infinity")
    assert_bent(page, {" ": -inf, "q": 12, "t": 1.5}, inf)
    expect(page.locator("#figure-kept")).to_have_text("64 of 65")


def test_the_menu_bans_boosts_and_takes_back(visit: Visit) -> None:
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
    assert_bent(page, {" ": -0.5})
    box = menu(page).get_by_role("textbox")
    box.fill("2,5")
    box.press("Enter")
    assert setting(page, "bias") == " :2.5"
    page.keyboard.press("Escape")
    expect(menu(page)).to_be_hidden()
    expect(bar(page, 0)).to_be_focused()
    # The key for menus, or a right click, opens it too.
    bar(page, 2).click(button="right")
    menu(page).get_by_role("button", name=WORDS["bend_ban"], exact=True).click()
    assert setting(page, "bias") == " :2.5,t:-inf"
    assert_bent(page, {" ": 2.5, "t": -inf})
    bar(page, 0).click(button="right")
    menu(page).get_by_role("button", name=WORDS["bend_reset"], exact=True).click()
    assert setting(page, "bias") == "t:-inf"
    reset = page.locator(".legend").get_by_role("button", name=WORDS["bend_reset_all"])
    reset.click()
    assert setting(page, "bias") == ""
    expect(reset).to_be_hidden()
    assert run_id(page) == before  # nothing was written, and nothing asked


def test_the_top_of_a_bar_can_be_dragged(visit: Visit) -> None:
    page = visit(HERE)
    set_temperature(page, 2)
    before = run_id(page)
    painted(page)
    column = bar(page, 1).locator(".column").bounding_box()
    assert column
    x = column["x"] + column["width"] / 2
    page.mouse.move(x, column["y"] + column["height"] * (1 - height_of(bar(page, 1))) + 1)
    page.mouse.down()
    for share in (0.3, 0.5, 0.6):
        page.mouse.move(x, column["y"] + column["height"] * (1 - share))
        painted(page)
    page.mouse.up()
    label = list(bars(page))[1]
    assert bars(page)[label].height == pytest.approx(0.6, abs=0.03)
    free = expected(page, {}, 2)[label]
    bias = float(setting(page, "bias").rsplit(":", 1)[1])
    assert bias == pytest.approx(2 * (log(0.6 / 0.4) - log(free / (1 - free))), abs=0.15)
    assert run_id(page) == before  # the click that ends a drag chooses nothing


def test_a_finger_that_stays_opens_the_menu(visit: Visit, new_page: NewPage) -> None:
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


def test_by_alphabet_the_likeliest_is_in_view(visit: Visit, new_page: NewPage) -> None:
    phone = visit("/?model=shakespeare-ngram&prompt=To+be+or+not+t", new_page(viewport={"width": 390, "height": 844}))
    likeliest = next(iter(bars(phone)))
    phone.get_by_role("button", name=WORDS["order_id"]).click()
    painted(phone)
    assert next(iter(bars(phone))) != likeliest
    top = phone.locator("#distribution .bars .bar").filter(has_text=re.compile(f"^{likeliest}$"))
    view, at = phone.locator("#distribution .scroller").bounding_box(), top.bounding_box()
    assert view
    assert at
    assert view["x"] <= at["x"]
    assert at["x"] + at["width"] <= view["x"] + view["width"]


def test_a_notch_says_what_it_is_and_takes_the_slider_there(visit: Visit) -> None:
    page = visit(HERE)
    painted(page)
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
    painted(page)
    assert setting(page, "temperature") == from_there
    assert [label for label, one in bars(page).items() if one.under] == [symbol]


def test_a_question_mark_explains_and_escape_closes_it(visit: Visit) -> None:
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
