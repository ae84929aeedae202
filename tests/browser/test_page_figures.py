"""What is shown beside the bars: figures, the dart, the sum of a bar, the order and the axis."""

import re
from collections.abc import Callable
from math import exp, log2, log10

import pytest
from playwright.sync_api import Page, expect

from playground.sampling import Sampling, distribution, draw
from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    bars,
    label_of,
    moment,
    set_full_speed,
    set_temperature,
    type_into,
    wait_until_painted,
)

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b"


def test_truncation_hatches_removed_bars_and_shows_their_probability(page_here: Page) -> None:
    page = page_here
    whole = sorted(moment(page).probabilities().values(), reverse=True)
    type_into(page, "top-k", "5")
    page.wait_for_function("() => document.querySelectorAll('#distribution .bar.cut').length === 60")
    assert_bars_show(page, moment(page).probabilities(top_k=5))
    expect(page.locator("#figure-kept")).to_have_text(WORDS["kept_of"].format(n=5, all=65))
    assert percentage(page, "#figure-mass") == pytest.approx(100 * sum(whole[:5]), abs=0.06)
    hatch = page.locator("#distribution .scroller .hatch").evaluate("node => getComputedStyle(node).backgroundImage")
    assert "gradient" in hatch
    type_into(page, "top-k", "0")
    page.wait_for_selector("#distribution .bar.cut", state="detached")
    expect(page.locator("#figure-kept")).to_have_text(WORDS["kept_of"].format(n=65, all=65))


def percentage(page: Page, figure: str) -> float:
    return float(page.locator(figure).inner_text().split()[-2].strip("%"))


def test_the_figures_equal_pythons(page_here: Page) -> None:
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
        assert percentage(page, "#figure-likeliest") == pytest.approx(100 * expected[likeliest], abs=0.06)
        assert percentage(page, "#figure-at-one") == pytest.approx(100 * at_one[likeliest], abs=0.06)


def test_the_dart_is_at_u_under_the_drawn_character(page_here: Page) -> None:
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
            for (let x = 0; x < Math.round(u * width); x++) gaps += row[4 * x + 1] > 250 && !(row[4 * x - 3] > 250);
            return gaps;
          };
          const { store, sampling } = window.playground;
          const { logits, u, symbols } = store.moment();
          const dart = document.querySelector("#distribution .dart");
          return {
            drawn: symbols[sampling.draw(sampling.distribution(logits, store.truncation()), u)],
            u, text: dart.textContent, at: Number(dart.style.getPropertyValue("--at")),
            // The gaps between segments are white, and no segment has so much green.
            segment: gapsUntil(document.querySelector("#distribution .line canvas"), u),
          };
        }""")
        drawn = [label for label, bar in bars(page).items() if bar.under]
        label = label_of(told["drawn"])
        assert drawn == [label]
        assert told["at"] == told["u"]
        assert told["text"] == WORDS["dart"].format(u=f"{told['u']:.4f}", symbol=label)
        if temperature in ("0", "0.4", "1"):  # the segments up to the dart are wide enough to tell them apart
            ranked = sorted(moment(page).probabilities(temperature=float(temperature)).items(), key=lambda one: -one[1])
            assert ranked[told["segment"]][0] == label


def test_the_listed_flips_are_where_the_drawn_character_changes(page_here: Page) -> None:
    page = page_here
    set_temperature(page, 0.05)
    told = moment(page)
    assert told.u is not None

    def drawn_at(temperature: float) -> str:
        row = distribution(told.logits, Sampling(temperature))
        assert told.u is not None
        return label_of(told.symbols[draw(row, told.u)])

    flips = []
    while flip := re.search(r"gives (.) .*?([\d.]+), then (.)\.$", page.locator("#figures .told").inner_text()):
        first, at, then = flip[1], float(flip[2]), flip[3]
        if at > 4:  # beyond, flips are nearer to each other than the two decimals shown
            break
        assert (drawn_at(at - 0.006), drawn_at(at + 0.006)) == (first, then)
        flips.append(at)
        for temperature, expected in ((at - 0.006, first), (at + 0.006, then)):
            set_temperature(page, temperature)
            assert [label for label, bar in bars(page).items() if bar.under] == [expected]
    assert flips, "the dice of this moment must change their mind somewhere"
    assert flips == sorted(flips)


def test_pointing_at_a_bar_shows_the_calculation_of_its_probability(page_here: Page) -> None:
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


def test_the_calculation_follows_the_temperature(page_here: Page) -> None:
    page = page_here
    page.locator("#distribution .bar").first.focus()
    tip = page.get_by_role("tooltip")
    before = tip.inner_text()
    set_temperature(page, 3)
    assert tip.inner_text() != before
    top = max(moment(page).probabilities(temperature=3).values())
    assert f"{100 * top:.1f}\u00a0%" in tip.inner_text()


def expect_sum_of_the_bar(page: Page, place: int) -> None:
    """The box explains the letter of the bar beside it, with that bar's numbers."""
    symbol = list(bars(page))[place]
    tip = page.get_by_role("tooltip")
    expect(tip.locator("strong")).to_have_text({"␣": WORDS["space"]}.get(symbol, symbol))
    told = moment(page)
    logit = told.logits[[label_of(one) for one in told.symbols].index(symbol)]
    assert float(tip.locator("tr").first.locator("td").last.inner_text()) == pytest.approx(logit, abs=1e-3)


def test_the_calculation_is_for_the_bars_current_letter(visit: Visit) -> None:
    """Under a resting mouse, another position or model gives the bar another letter."""
    page = visit(HERE)
    set_full_speed(page)
    page.locator("input.speed").blur()
    page.locator("#distribution .bar").nth(4).hover()
    expect_sum_of_the_bar(page, 4)
    for key in ("n", "n", "g"):
        letters, number = list(bars(page)), moment(page).number
        page.keyboard.press(key)
        page.wait_for_function(
            "([{ store }, then]) => !store.state.busy && store.moment()?.number !== then",
            arg=[page.evaluate_handle("window.playground"), number],
        )
        assert list(bars(page)) != letters
        expect_sum_of_the_bar(page, 4)
    page.locator("#model input").fill("names-gru")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.playground.store.state.run.model === 'names-gru'")
    expect_sum_of_the_bar(page, 4)


def test_the_order_and_the_axis_can_be_changed(visit: Visit) -> None:
    page = visit(HERE)
    likely_first = list(bars(page))
    page.get_by_role("button", name=WORDS["order_id"], exact=True).click()
    told = moment(page)
    by_id = [label_of(symbol) for symbol in told.symbols]
    assert list(bars(page)) == by_id != likely_first
    assert_bars_show(page, told.probabilities())
    page.get_by_role("button", name=WORDS["axis_log"], exact=True).click()
    wait_until_painted(page)
    heights = {label: bar.height for label, bar in bars(page).items()}
    for label, p in told.probabilities().items():
        assert heights[label] == pytest.approx(max(0.0, 1 + log10(p) / 6), abs=0.01), label


CLIPPED = """() => [...document.querySelectorAll("#figures .reserved > span")].filter((text) => {
  const [inner, outer] = [text.getBoundingClientRect(), text.parentElement.getBoundingClientRect()];
  return inner.width > outer.width + 0.5 || inner.height > outer.height + 0.5;
}).map((text) => text.textContent)"""


def test_every_figure_and_explanation_fits(page_here: Page) -> None:
    """Their boxes have fixed sizes of their own, which grow with their content."""
    page = page_here
    for language in ("한국어", "English"):
        for temperature in ("0.02", "1", "7", "Infinity"):
            set_temperature(page, temperature)
            assert page.evaluate(CLIPPED) == []
        page.get_by_role("button", name=language, exact=True).click()
        wait_until_painted(page)
        assert page.evaluate(CLIPPED) == []
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_painted(page)
    assert page.evaluate(CLIPPED) == []
    page.set_viewport_size({"width": 1440, "height": 900})
