"""The Temperatures tab: why two columns differ, the band of a thousand draws, and the results of twenty seeds."""

import csv
import io
import re
from itertools import pairwise
from math import log, sqrt

import pytest
from playwright.sync_api import Page, expect

from playground.sampling import dice
from playground.server import api
from tests.browser.hands import PIXEL, WORDS, Moment, height_of, moment, setting
from tests.browser.test_temperatures import FRAMES, NGRAM, Open, api_answer, make_opener, percent, set_temperature

SEED = 25  # the columns part after some symbols, and the last one parts from the first and the third elsewhere
# From where to where the band over the first bar goes, as shares of the axis.
BAND = """() => {
  const field = document.querySelector(".thousand .fills");
  const [, low, high] = /^M[^ ]+ ([\\d.]+)h[\\d.]+V([\\d.]+)/.exec(field.querySelector(".band").getAttribute("d"));
  const tall = field.getBoundingClientRect().height;
  return [1 - low / tall, 1 - high / tall];
}"""


@pytest.fixture
def temperatures(server: str, page: Page) -> Open:
    return make_opener(server, page)


def first_difference(one: str, other: str) -> int:
    return next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def check_explanation(page: Page, before: str, at: int) -> None:
    """The bars at both temperatures after the same text with the same dart are side by side."""
    answer = api.distribution(NGRAM, "To be" + before)
    known = Moment(0, None, [log(p) for p in answer["probabilities"]], answer["symbols"])
    for side, temperature in zip(page.locator(".why .side").all(), (0.2, 0.5), strict=True):
        expect(side.locator("h3")).to_have_text(f"T = {temperature:.2f}")
        likeliest = sorted(known.probabilities(temperature=temperature).items(), key=lambda one: -one[1])[:4]
        for label, p in likeliest:
            bar = side.locator(".bars .bar", has=page.locator(".label", has_text=re.compile(f"^{re.escape(label)}$")))
            assert height_of(bar) == pytest.approx(p, abs=PIXEL)
        dart = side.locator(".dart")
        expect(dart).to_contain_text(f"{dice(SEED, at):.4f}")
        assert float(dart.evaluate("dart => dart.style.getPropertyValue('--at')")) == pytest.approx(dice(SEED, at))


def saved_means(page: Page) -> list[dict[str, str]]:
    """The exported numbers of the curves: a row for each temperature."""
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    save = page.locator(".seeds .save").first
    save.locator("summary").click()
    save.get_by_role("button", name=WORDS["copy_csv"]).click()
    page.wait_for_function("() => window.copied")
    page.keyboard.press("Escape")
    return list(csv.DictReader(io.StringIO(page.evaluate("window.copied"))))


def crossing(rows: list[dict[str, str]], name: str, level: float) -> float | None:
    """The temperature at which a measure first falls through a level: a straight line on the slider's scale."""
    points = [(float(row["temperature"]), float(row[name])) for row in rows]
    for (t0, y0), (t1, y1) in pairwise(points):
        if y0 >= level > y1:
            x0, x1 = t0 / (1 + t0), t1 / (1 + t1)
            x = x0 + (x1 - x0) * (y0 - level) / (y0 - y1)
            return x / (1 - x)
    return None


def test_where_two_columns_part_is_marked_and_explained(temperatures: Open) -> None:
    page = temperatures(f"&seed={SEED}")
    texts = [one["written"] for one in api_answer(temperatures=[0.2, 0.5, 1.0, 1.2], seed=SEED)]
    leaves = [first_difference(*pair) for pair in pairwise(texts)]
    assert leaves[2] != first_difference(texts[0], texts[3]), "the first column is another neighbour"
    for n, place in enumerate(leaves, 1):
        marked = page.locator(".column-text").nth(n).locator(".parts")
        expect(marked).to_have_count(1)
        expect(marked).to_have_attribute("data-cell", str(place))
    expect(page.locator(".column-text").nth(0).locator(".parts")).to_have_count(0)
    at, texts = leaves[0], texts[:2]
    assert at, "they have a text in common"
    said = page.locator(".why .said")
    expect(said).to_contain_text("The text before is the same, and so is the roll")
    letters = page.locator(".why .came .label").all_text_contents()
    shown = [{" ": "␣", "\n": "↵"}.get(text[at], text[at]) for text in texts]
    assert letters == shown
    expect(said).to_contain_text(f"{dice(SEED, at):.4f}")
    check_explanation(page, texts[0][:at], at)
    # An earlier position gives the same in both; a later one follows different texts.
    page.locator(".column-text").nth(1).locator(".cell").nth(0).hover()
    expect(said).to_contain_text("gives")
    expect(said).to_contain_text("at T = 0.20 and at T = 0.50")
    check_explanation(page, "", 0)
    page.locator(".column-text").nth(1).locator(".cell").nth(at + 5).hover()
    expect(said).to_contain_text("differ before this place")
    column = page.locator(".column-text").nth(0)
    column.focus()
    page.keyboard.press("Home")
    expect(column).to_have_attribute("aria-activedescendant", "column-0-0")
    page.keyboard.press("ArrowRight")
    expect(column).to_have_attribute("aria-activedescendant", "column-0-1")


def test_a_thousand_draws_approach_the_bars(temperatures: Open) -> None:
    page = temperatures()
    said = page.locator(".thousand .said")
    expect(said).to_have_text(WORDS["temperatures_none_drawn"])
    page.evaluate("""() => {
      window.counts = [];
      const said = document.querySelector(".thousand .said");
      const note = () => window.counts.push(parseInt(said.textContent.replace(",", "")));
      new MutationObserver(note).observe(said, { childList: true, characterData: true, subtree: true });
    }""")
    page.get_by_role("button", name=WORDS["temperatures_draw"]).click()
    expect(said).to_contain_text("1,000 draws")
    counts = page.evaluate("window.counts")
    assert [n for n in counts if 0 < n < 1_000], "they come batch by batch"
    page.evaluate(FRAMES)
    label, p = max(moment(page).probabilities().items(), key=lambda one: one[1])
    assert page.locator(".thousand .bars .label").first.inner_text() == label
    off = 2 * sqrt(p * (1 - p) / 1_000)
    assert page.evaluate(BAND) == pytest.approx([p - off, p + off], abs=0.002), "a third of a pixel"
    page.wait_for_url(re.compile("draws=1000"))
    off = float(re.search(r"; ([\d.]+)\s%", said.inner_text())[1])  # type: ignore[index]
    assert off < 6
    for _ in range(4):
        page.get_by_role("button", name=WORDS["temperatures_draw"]).click()
        page.wait_for_timeout(50)
    page.wait_for_function("() => /^5,000/.test(document.querySelector('.thousand .said').textContent)")
    # The same draws at another temperature: the first of them all at 0.
    set_temperature(page, 0)
    expect(said).to_contain_text("1 of 1 are within")
    assert page.locator(".thousand .counted").first.get_attribute("d")
    page.get_by_role("button", name=WORDS["temperatures_draw_again"]).click()
    expect(said).to_have_text(WORDS["temperatures_none_drawn"])


def test_twenty_seeds_show_where_loops_end_and_words_break(temperatures: Open) -> None:
    page = temperatures("&length=40")
    said = page.locator(".seeds .said")
    expect(said).to_have_text(WORDS["temperatures_seeds_about"])
    page.get_by_role("button", name=WORDS["temperatures_seeds"]).click()
    expect(said).to_contain_text("Means of 220 texts of 40 symbols", timeout=60_000)
    means = saved_means(page)
    loops, words = (crossing(means, name, level) for name, level in (("loop_rate", 0.05), ("known_words", 0.95)))
    ends = "does not fall through 5\u00a0%" if loops is None else f"Loops end near T = {loops:.2f}: "
    breaks = "does not fall through 95\u00a0%" if words is None else f"Words break near T = {words:.2f}: "
    expect(said).to_contain_text(ends)
    expect(said).to_contain_text(breaks)
    assert all(path.get_attribute("d") for path in page.locator(".seeds path.spread").all())
    shares, surprise = page.locator(".seeds .curves").all()
    assert shares.locator("path.curve").count() == 3
    assert surprise.locator("path.curve").count() == 1
    # At T = 0 all seeds give the same text, the endpoint's.
    [greedy] = api_answer(temperatures=[0], length=40)
    plot = shares.locator(".plot")
    plot.focus()
    page.keyboard.press("Home")
    expect(shares.locator(".told")).to_contain_text(f"T = 0 · distinct words {percent(greedy['distinct_words'])} ± 0 %")
    plot.click(position={"x": 2, "y": 20})
    assert setting(page, "temperature") == 0
    # With another seed they differ.
    page.get_by_role("button", name=WORDS["temperatures_reseed"]).click()
    expect(said).to_have_text(WORDS["temperatures_seeds_about"])
