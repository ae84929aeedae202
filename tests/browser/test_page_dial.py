"""The temperature: dragged, clicked, typed, pressed, and what the bars do under it."""

import re
from collections.abc import Callable, Iterator
from math import exp, inf, log2, log10
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Browser, Error, Locator, Page, expect

from playground.sampling import Sampling, distribution, draw
from playground.server.settings import RANGES
from tests.browser.hands import (
    WORDS,
    Requests,
    assert_bars_show,
    bars,
    expect_notice,
    moment,
    painted,
    seen,
    set_temperature,
    setting,
    shown_temperature,
    type_into,
)

Visit = Callable[..., Page]
PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def opened(browser: Browser, server: str) -> Iterator[Page]:
    """One page for all of these tests: opening it takes longer than most of them."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(server + HERE)
    page.wait_for_selector("#distribution[data-step]")
    yield page
    page.close()
    assert noise == []


@pytest.fixture
def page_here(opened: Page) -> Page:
    """The page with its settings as they were when it opened, and no hand on it."""
    opened.evaluate("""() => {
      document.activeElement.blur();
      window.playground.store.set({ temperature: 1, top_k: 0, top_p: 1, min_p: 0 });
    }""")
    opened.mouse.move(5, 5)
    painted(opened)
    return opened


def by_the_api(client: Client, **settings: Any) -> dict[str, float]:
    """What /distribution says, by label."""
    told = client.predict(model="shakespeare-gru", prompt=PROMPT, api_name="/distribution", **settings)
    return dict(zip(map(seen, told["symbols"]), told["probabilities"], strict=True))


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name=WORDS["temperature"], exact=True)


def place(handle: Locator, position: float) -> tuple[float, float]:
    """A point on a slider, 0 at its left end and 1 at its right one."""
    around = handle.bounding_box()
    assert around is not None
    return around["x"] + around["width"] * position, around["y"] + around["height"] / 2


# ── The hand ─────────────────────────────────────────────────────────────────────────────────────
def test_dragging_moves_the_bars_under_the_hand_and_asks_the_server_nothing(page_here: Page) -> None:
    page = page_here
    before = bars(page)
    sent = Requests(page)
    found: list[tuple[float, float]] = []
    page.mouse.move(*place(slider(page), 0.5))
    page.mouse.down()
    for position in (0.55, 0.62, 0.7, 0.8, 0.9):
        page.mouse.move(*place(slider(page), position))
        found.append((shown_temperature(page), max(bar.height for bar in bars(page).values())))
    # The button is still down: all of this came with the moves, not with the release.
    temperatures, tops = zip(*found, strict=True)
    assert list(temperatures) == sorted(set(temperatures))
    assert list(tops) == sorted(set(tops), reverse=True)
    assert temperatures[0] > 1
    assert temperatures[-1] > 5
    assert_bars_show(page, moment(page).probabilities(temperature=temperatures[-1]))
    page.mouse.up()
    painted(page)
    assert list(before) == list(bars(page)), "the order of the bars must not depend on the temperature"
    assert sent == []


def test_dragging_a_truncation_asks_the_server_nothing(page_here: Page) -> None:
    page = page_here
    sent = Requests(page)
    for control, off, end in (("top-k", 0.01, 0.2), ("top-p", 0.99, 0.7), ("min-p", 0.01, 0.3)):
        handle = page.locator(f"#{control} input[type=range]")
        handle.scroll_into_view_if_needed()
        page.mouse.move(*place(handle, off))
        page.mouse.down()
        page.mouse.move(*place(handle, (off + end) / 2))
        page.mouse.move(*place(handle, end))
        page.wait_for_selector("#distribution .bar.cut")
        name = control.replace("-", "_")
        assert_bars_show(page, moment(page).probabilities(**{name: setting(page, name)}))
        page.mouse.up()
        type_into(page, control, "1" if control == "top-p" else "0")
        page.wait_for_selector("#distribution .bar.cut", state="detached")
    assert sent == []


# ── The ways to set it ───────────────────────────────────────────────────────────────────────────
SETTINGS: list[dict[str, Any]] = [
    {"temperature": 0.5},
    {"temperature": 1.7, "top_k": 9},
    {"temperature": "inf", "top_p": 0.5},
]


def test_the_bars_say_what_the_api_says_over_the_whole_vocabulary(page_here: Page, client: Client) -> None:
    page = page_here
    for settings in SETTINGS:
        page.evaluate("patch => window.playground.store.set({ top_k: 0, top_p: 1, ...patch })", settings)
        painted(page)
        expected = by_the_api(client, **settings)
        assert len(expected) == 65
        assert_bars_show(page, expected)
        symbols, own = page.evaluate("""() => {
          const { store, sampling } = window.playground;
          const { logits, symbols } = store.moment();
          return [symbols, Array.from(sampling.distribution(logits, store.truncation()))];
        }""")
        assert own == pytest.approx([expected[seen(symbol)] for symbol in symbols], abs=1e-7)


def test_set_temperature_sets_exactly_that(page_here: Page) -> None:
    for temperature in ("0", "1e-300", "0.123456789012345", "1", "3.3333333333", "1e6", "Infinity"):
        set_temperature(page_here, temperature)
        assert shown_temperature(page_here) == float(temperature)
        assert_bars_show(page_here, moment(page_here).probabilities(temperature=float(temperature)))


def test_set_temperature_refuses_what_is_no_temperature(page_here: Page) -> None:
    for bad in ("-1", "NaN", "'hot'", "undefined"):
        with pytest.raises(Error, match="temperature must be a number from 0 to Infinity"):
            page_here.evaluate(f"window.playground.setTemperature({bad})")
    assert setting(page_here, "temperature") == 1


def test_temperature_0_gives_all_to_one_and_infinity_gives_all_the_same(page_here: Page) -> None:
    set_temperature(page_here, 0)
    heights = sorted(bar.height for bar in bars(page_here).values())
    assert heights[-1] == pytest.approx(1, abs=0.001)
    assert heights[-2] == 0
    set_temperature(page_here, "Infinity")
    heights = sorted(bar.height for bar in bars(page_here).values())
    assert heights[0] == pytest.approx(1 / 65, abs=0.001)
    assert heights[-1] == pytest.approx(1 / 65, abs=0.001)


def test_the_axis_is_locked_and_the_outlines_stay_at_temperature_1(page_here: Page) -> None:
    page = page_here
    at_one = moment(page).probabilities()
    tops, columns = [], set()
    for temperature in (0.5, 1, 2, 8):
        set_temperature(page, temperature)
        drawn = bars(page)
        tops.append(max(bar.height for bar in drawn.values()))
        columns.add(page.locator("#distribution .column").first.evaluate("c => c.getBoundingClientRect().height"))
        for label, bar in drawn.items():
            assert bar.outline == pytest.approx(at_one[label], abs=0.015), label
    assert tops == sorted(tops, reverse=True)
    assert tops[1] - tops[3] > 0.1
    assert len(columns) == 1


def test_a_typed_value_is_exact_and_rubbish_is_marked_and_forgotten(page_here: Page) -> None:
    page = page_here
    typed = page.get_by_label(WORDS["temperature_value"])
    for text, value in (("0.123456789", 0.123456789), ("0,5", 0.5), ("∞", inf), ("inf", inf), ("0", 0), ("1e3", 1000)):
        typed.fill(text)
        assert shown_temperature(page) == value
    for rubbish in ("-1", "hot", "nan", "<b>"):
        typed.fill(rubbish)
        expect(typed).to_have_attribute("aria-invalid", "true")
        assert shown_temperature(page) == 1000
    typed.blur()
    expect(typed).to_have_value("1000")
    expect(typed).to_have_attribute("aria-invalid", "false")
    expect_notice(page, f"temperature must be {RANGES['temperature']}, but was '<b>'")
    typed.fill("2")
    expect(page.locator("#notice p")).to_have_count(0)


def test_the_marks_can_be_clicked(page_here: Page) -> None:
    page = page_here
    for mark in ("0", "0.2", "0.5", "1.2", "2", "∞", "1"):
        page.locator("#temperature").get_by_role("button", name=mark, exact=True).click()
        assert shown_temperature(page) == float(mark.replace("∞", "inf"))


def test_the_arrow_keys_move_it_a_little_and_with_shift_more(page_here: Page) -> None:
    page = page_here
    slider(page).focus()

    def press(key: str) -> float:
        page.keyboard.press(key)
        painted(page)
        temperature = float(setting(page, "temperature"))
        return temperature / (1 + temperature)

    little = press("ArrowRight") - 0.5
    assert little > 0
    assert press("ArrowLeft") == pytest.approx(0.5)
    assert press("Shift+ArrowRight") - 0.5 > 3 * little
    assert press("Shift+ArrowLeft") == pytest.approx(0.5)
    assert press("ArrowUp") > 0.5
    assert press("ArrowDown") == pytest.approx(0.5)
    for _ in range(12):
        press("Shift+ArrowLeft")
    assert setting(page, "temperature") == 0


# ── What is told beside the bars ─────────────────────────────────────────────────────────────────
def test_truncation_hatches_what_it_cut_and_tells_its_mass(page_here: Page) -> None:
    page = page_here
    whole = sorted(moment(page).probabilities().values(), reverse=True)
    type_into(page, "top-k", "5")
    page.wait_for_function("() => document.querySelectorAll('#distribution .bar.cut').length === 60")
    assert_bars_show(page, moment(page).probabilities(top_k=5))
    expect(page.locator("#figure-kept")).to_have_text(WORDS["kept_of"].format(n=5, all=65))
    assert percent(page, "#figure-mass") == pytest.approx(100 * sum(whole[:5]), abs=0.06)
    hatch = page.locator("#distribution .cut .fill").first.evaluate("bar => getComputedStyle(bar).backgroundImage")
    assert "gradient" in hatch
    type_into(page, "top-k", "0")
    page.wait_for_selector("#distribution .bar.cut", state="detached")
    expect(page.locator("#figure-kept")).to_have_text(WORDS["kept_of"].format(n=65, all=65))


def percent(page: Page, figure: str) -> float:
    return float(page.locator(figure).inner_text().split()[-2].strip("%"))


def test_the_figures_are_right(page_here: Page) -> None:
    page = page_here
    at_one = moment(page).probabilities()
    likeliest = max(at_one, key=lambda label: at_one[label])
    for temperature in ("0", "0.5", "1", "3", "Infinity"):
        set_temperature(page, temperature)
        expected = moment(page).probabilities(temperature=float(temperature))
        bits = -sum(p * log2(p) for p in expected.values() if p > 0)
        assert float(page.locator("#figure-entropy").inner_text().split()[0]) == pytest.approx(bits, abs=0.006)
        assert float(page.locator("#figure-choices").inner_text()) == pytest.approx(2**bits, abs=0.06)
        assert page.locator("#figure-likeliest").inner_text().split()[0] == likeliest
        assert percent(page, "#figure-likeliest") == pytest.approx(100 * expected[likeliest], abs=0.06)
        assert percent(page, "#figure-at-one") == pytest.approx(100 * at_one[likeliest], abs=0.06)


def test_the_dart_stands_at_u_under_the_character_that_is_drawn(page_here: Page) -> None:
    page = page_here
    for temperature in ("0", "0.4", "1", "2.5", "Infinity"):
        set_temperature(page, temperature)
        told = page.evaluate("""() => {
          const gapsUntil = (canvas, u) => {
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, 1).getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 3 - height); // a row of dots under the letters
            const row = copy.getImageData(0, 0, width, 1).data;
            let gaps = 0;
            for (let x = 0; x < Math.round(u * width); x++) gaps += row[4 * x + 3] > 250 && !(row[4 * x - 1] > 250);
            return gaps;
          };
          const { store, sampling } = window.playground;
          const { logits, u, symbols } = store.moment();
          const dart = document.querySelector("#distribution .dart");
          return {
            drawn: symbols[sampling.draw(sampling.distribution(logits, store.truncation()), u)],
            u, text: dart.textContent, at: Number(dart.style.getPropertyValue("--at")),
            // The gaps between segments are painted in full, the segments are not.
            segment: gapsUntil(document.querySelector("#distribution .line canvas"), u),
          };
        }""")
        drawn = [label for label, bar in bars(page).items() if bar.under]
        label = seen(told["drawn"])
        assert drawn == [label]
        assert told["at"] == told["u"]
        assert told["text"] == WORDS["dart"].format(u=f"{told['u']:.4f}", symbol=label)
        if temperature in ("0", "0.4", "1"):  # the segments up to the dart are wide enough to be told apart
            ranked = sorted(moment(page).probabilities(temperature=float(temperature)).items(), key=lambda one: -one[1])
            assert ranked[told["segment"]][0] == label


def test_the_told_flips_are_where_the_drawn_character_changes(page_here: Page) -> None:
    page = page_here
    set_temperature(page, 0.05)
    told = moment(page)
    assert told.u is not None

    def drawn_at(temperature: float) -> str:
        row = distribution(told.logits, Sampling(temperature))
        assert told.u is not None
        return seen(told.symbols[draw(row, told.u)])

    flips = []
    while flip := re.search(r"gives (.) .*?([\d.]+), then (.)\.$", page.locator("#figures .told").inner_text()):
        first, at, then = flip[1], float(flip[2]), flip[3]
        if at > 4:  # beyond, flips lie nearer to each other than the two decimals that are told
            break
        assert (drawn_at(at - 0.006), drawn_at(at + 0.006)) == (first, then)
        flips.append(at)
        for temperature, expected in ((at - 0.006, first), (at + 0.006, then)):
            set_temperature(page, temperature)
            assert [label for label, bar in bars(page).items() if bar.under] == [expected]
    assert flips, "the dice of this moment must change their mind somewhere"
    assert flips == sorted(flips)


def test_pointing_at_a_bar_shows_a_sum_that_comes_out_at_its_probability(page_here: Page) -> None:
    page = page_here
    set_temperature(page, 0.7)
    told = moment(page)
    expected = told.probabilities(temperature=0.7)
    ranked = sorted(told.logits, reverse=True)
    second = list(bars(page))[1]
    page.locator("#distribution .bar").nth(1).hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    rows = [row.locator("td").all_inner_texts() for row in tip.locator("tr").all()]
    values: dict[str, str] = dict(rows)
    assert float(values[WORDS["sum_logit"]]) == pytest.approx(ranked[1], abs=1e-3)
    gap = float(values[WORDS["sum_minus"]])
    assert gap == pytest.approx(ranked[1] - ranked[0], abs=1e-3)
    assert float(values[WORDS["sum_divide"]]) == pytest.approx(gap / 0.7, abs=2e-3)
    weight = float(values[WORDS["sum_exp"]])
    assert weight == pytest.approx(exp(gap / 0.7), rel=3e-3)
    total = float(values[WORDS["sum_total"]])
    probability = float(values[WORDS["sum_equals"]].split()[0].strip("%")) / 100
    assert weight / total == pytest.approx(probability, abs=1e-3)
    assert probability == pytest.approx(expected[second], abs=1e-3)
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_sum_follows_the_temperature_while_it_is_shown(page_here: Page) -> None:
    page = page_here
    page.locator("#distribution .bar").first.focus()
    tip = page.get_by_role("tooltip")
    before = tip.inner_text()
    set_temperature(page, 3)
    assert tip.inner_text() != before
    top = max(moment(page).probabilities(temperature=3).values())
    assert f"{100 * top:.1f} %" in tip.inner_text()


def test_the_order_and_the_axis_can_be_changed(visit: Visit) -> None:
    page = visit(HERE)
    likely_first = list(bars(page))
    page.get_by_role("button", name=WORDS["order_id"], exact=True).click()
    told = moment(page)
    by_id = [seen(symbol) for symbol in told.symbols]
    assert list(bars(page)) == by_id != likely_first
    assert_bars_show(page, told.probabilities())
    page.get_by_role("button", name=WORDS["axis_log"], exact=True).click()
    painted(page)
    heights = {label: bar.height for label, bar in bars(page).items()}
    for label, p in told.probabilities().items():
        assert heights[label] == pytest.approx(max(0.0, 1 + log10(p) / 6), abs=0.01), label
