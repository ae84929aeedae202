"""The temperature: dragged, clicked, typed, by keys; and how the bars respond."""

from collections.abc import Callable
from math import inf
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Error, Locator, Page, expect

from playground.server.settings import RANGES
from tests.browser.hands import (
    WORDS,
    Requests,
    assert_bars_show,
    bars,
    expect_notice,
    generate,
    label_of,
    moment,
    set_temperature,
    setting,
    shown_temperature,
    type_into,
    wait_until_painted,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b"
PROMPT = "To be or not to b"


def api_distribution(client: Client, **settings: Any) -> dict[str, float]:
    """The answer of /distribution, by label."""
    told = client.predict(model="shakespeare-gru", prompt=PROMPT, api_name="/distribution", **settings)
    return dict(zip(map(label_of, told["symbols"]), told["probabilities"], strict=True))


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name=WORDS["temperature"], exact=True)


def place(handle: Locator, position: float) -> tuple[float, float]:
    """A point on a slider: 0 is its left end and 1 its right end."""
    around = handle.bounding_box()
    assert around is not None
    return around["x"] + around["width"] * position, around["y"] + around["height"] / 2


# ── Dragging ─────────────────────────────────────────────────────────────────────────────────────
def test_dragging_moves_the_bars_without_a_request(page_here: Page) -> None:
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
    wait_until_painted(page)
    assert list(before) == list(bars(page)), "the order of the bars must not depend on the temperature"
    assert sent == []


def test_dragging_a_truncation_sends_no_request(page_here: Page) -> None:
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


def test_the_bars_equal_the_apis_answer_over_the_whole_vocabulary(page_here: Page, client: Client) -> None:
    page = page_here
    for settings in SETTINGS:
        page.evaluate("patch => window.playground.store.set({ top_k: 0, top_p: 1, ...patch })", settings)
        wait_until_painted(page)
        expected = api_distribution(client, **settings)
        assert len(expected) == 65
        assert_bars_show(page, expected)
        symbols, own = page.evaluate("""() => {
          const { store, sampling } = window.playground;
          const { logits, symbols } = store.moment();
          return [symbols, Array.from(sampling.distribution(logits, store.truncation()))];
        }""")
        assert own == pytest.approx([expected[label_of(symbol)] for symbol in symbols], abs=1e-7)


def test_set_temperature_sets_the_exact_value(page_here: Page) -> None:
    for temperature in ("0", "1e-300", "0.123456789012345", "1", "3.3333333333", "1e6", "Infinity"):
        set_temperature(page_here, temperature)
        assert shown_temperature(page_here) == float(temperature)
        assert_bars_show(page_here, moment(page_here).probabilities(temperature=float(temperature)))


def test_set_temperature_refuses_invalid_values(page_here: Page) -> None:
    for bad in ("-1", "NaN", "'hot'", "undefined"):
        with pytest.raises(Error, match="temperature must be a number from 0 to Infinity"):
            page_here.evaluate(f"window.playground.setTemperature({bad})")
    assert setting(page_here, "temperature") == 1


def test_temperature_0_is_greedy_and_infinity_is_uniform(page_here: Page) -> None:
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


def test_a_typed_value_is_exact_and_an_invalid_one_is_marked_and_dropped(page_here: Page) -> None:
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
    expect_notice(page, f"Temperature must be {RANGES['temperature'].requirement}, but was '<b>'")
    typed.fill("2")
    expect(page.locator("#notice p")).to_have_count(0)


def test_the_marks_can_be_clicked(page_here: Page) -> None:
    page = page_here
    for mark in ("0", "0.2", "0.5", "1.2", "2", "∞", "1"):
        page.locator("#temperature").get_by_role("button", name=mark, exact=True).click()
        assert shown_temperature(page) == float(mark.replace("∞", "inf"))


def test_arrow_keys_move_the_slider_and_shift_moves_it_further(page_here: Page) -> None:
    page = page_here
    slider(page).focus()

    def press(key: str) -> float:
        page.keyboard.press(key)
        wait_until_painted(page)
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


# ── What is read off the page ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_slider_sets_exactly_the_temperature_shown(visit: Visit, new_page: NewPage, width: int) -> None:
    """Dragged to the same place at two widths it gave 0.23001230012300125 and 0.22699386503067487, so two texts."""
    page = visit(HERE, new_page(viewport={"width": width, "height": 800}))
    shown, kept = page.get_by_label(WORDS["temperature_value"]), []
    page.mouse.move(*place(slider(page), 0.5))
    page.mouse.down()
    for position in (0.0473, 0.1003, 0.1867, 0.2211, 0.4561, 0.5454, 0.7003, 0.8903, 0.9407):
        page.mouse.move(*place(slider(page), position))
        wait_until_painted(page)
        kept.append(setting(page, "temperature"))
        assert kept[-1] == float(shown.input_value())
    page.mouse.up()
    assert kept == sorted(set(kept))
    slider(page).focus()
    for key in ("ArrowLeft", "Shift+ArrowLeft", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        wait_until_painted(page)
        assert setting(page, "temperature") == float(shown.input_value())


def test_arrow_keys_move_there_and_back(page_here: Page) -> None:
    page = page_here
    slider(page).focus()
    for there, back in (("ArrowLeft", "ArrowRight"), ("Shift+ArrowRight", "Shift+ArrowLeft")):
        for key in (there, back):
            for _ in range(9):
                page.keyboard.press(key)
        wait_until_painted(page)
        assert setting(page, "temperature") == 1


def test_a_typed_temperature_is_shown_with_all_digits_beside_the_text(visit: Visit) -> None:
    page = visit(HERE + "&seed=42&temperature=0.2301&length=20")
    assert setting(page, "temperature") == 0.2301
    generate(page, 20)
    told = page.locator("#text .told-under")
    expect(told).to_have_text("T = 0.2301, seed 42")
    page.get_by_label(WORDS["temperature_value"]).fill("0.5")
    expect(told).to_have_text("T = 0.50, seed 42")
