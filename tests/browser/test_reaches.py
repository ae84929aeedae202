"""How far back the models look, in the Models tab: the averages over a passage, and which passage it is."""

import re

from playwright.sync_api import Page, expect

from playground.server import passage
from playground.words import catalogue
from tests.browser.hands import WORDS
from tests.browser.test_models import HERE
from tests.pages import WAIT_MILLISECONDS

# No two names of lengths lie over each other; where one is in a lower line their boxes, which are taller than their
# letters, may meet.
APART = """() => {
  const names = [...document.querySelectorAll(".models .sides section:nth-child(2) .axes text[text-anchor=middle]")];
  const boxes = names.map((name) => name.getBoundingClientRect());
  return boxes.length > 5 && boxes.every((a, i) => boxes.slice(i + 1).every((b) =>
    a.right <= b.left || b.right <= a.left || Math.abs(a.top - b.top) > 10));
}"""


def open_models(server: str, page: Page, query: str) -> None:
    page.goto(server + HERE + query)
    expect(page.locator(".models .passage")).to_be_visible(timeout=WAIT_MILLISECONDS)


def test_averages_are_shown_at_once_and_say_how_far_back_each_kind_looks(server: str, page: Page) -> None:
    open_models(server, page, "")
    second = page.locator(".models .sides section").nth(1)
    expect(second.locator(".curve")).to_have_count(5)
    expect(second.get_by_role("button", name=WORDS["models_average_begin"])).to_be_hidden(timeout=WAIT_MILLISECONDS)
    said = page.locator(".models .reached li").all_text_contents()
    found = [int(number[1]) for text in said if (number := re.search(r"about (\d+) symbols suffice$", text))]
    count, rnn, gru, lstm, transformer = found
    assert count == 8
    assert rnn < transformer < gru < lstm
    expect(second.locator(".axes")).to_contain_text("≤ 0.0001")
    second.get_by_role("button", name=WORDS["models_metric_divergence"]).click()
    expect(second.locator(".axes")).not_to_contain_text("0.0001")
    second.get_by_role("button", name=WORDS["models_metric_surprise"]).click()
    expect(second.locator(".axes .rule")).to_have_count(3)
    expect(second.locator(".axes")).to_contain_text(f"{WORDS['models_given_uniform']} 4.17")


def test_the_passage_of_the_averages_is_named(server: str, page: Page) -> None:
    """Models of one text share a passage; with several texts each passage names its models, and nats have no
    yardsticks."""
    open_models(server, page, "")
    said = page.locator(".models .passage")
    shrew = WORDS["models_passage_shakespeare"]
    expect(said).to_have_text(f"The passage: {shrew}.", timeout=WAIT_MILLISECONDS)
    open_models(server, page, "&compare=korean-lstm,shakespeare-rnn,names-gru&lang=ko")
    korean = catalogue("ko")
    said = page.locator(".models .passage")
    for name in ("korean", "shakespeare", "names"):
        expect(said).to_contain_text(f": {korean[f'models_passage_{name}']}.", timeout=WAIT_MILLISECONDS)
    expect(said).to_contain_text(korean["models_passages_differ"])
    second = page.locator(".models .sides section").nth(1)
    expect(second.locator(".curve")).to_have_count(3)
    expect(second.get_by_role("button", name=korean["models_average_begin"])).to_be_hidden()
    second.get_by_role("button", name=korean["models_metric_surprise"]).click()
    expect(second.locator(".axes .rule")).to_have_count(0)
    expect(second.locator(".curve")).to_have_count(3)


def test_the_metric_of_the_average_is_in_the_address(server: str, page: Page) -> None:
    open_models(server, page, "")
    expect(page.locator(".models .sides .choice")).to_be_visible()
    assert "metric=" not in page.url
    names = [WORDS[f"models_metric_{name}"] for name in ("log", "divergence", "surprise")]
    buttons = page.locator(".models .sides .choice button")
    expect(buttons).to_have_text(names)
    for name, value in (("surprise", "surprise"), ("divergence", "divergence")):
        page.get_by_role("button", name=WORDS[f"models_metric_{name}"]).click()
        page.wait_for_url(re.compile(f"metric={value}"))
    page.goto(page.url)
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".models .sides section").nth(1).locator(".axes")).not_to_contain_text("0.0001")
    buttons.nth(0).click()
    page.wait_for_url(lambda url: "metric=" not in url)


def test_each_model_has_a_point_without_a_line_to_the_best_n_gram(server: str, page: Page) -> None:
    """For the precomputed averages, which lack the best n-gram."""
    open_models(server, page, "&compare=shakespeare-rnn,shakespeare-ngram")
    chart = page.locator(".models .sides section").nth(1).locator("svg[role=slider]")
    expect(chart.locator(".curve").nth(1)).to_have_attribute("d", re.compile("L"), timeout=WAIT_MILLISECONDS)
    chart.focus()
    page.keyboard.press("End")
    [gap] = [gap for given, gap, _ in passage.averages()["shakespeare-rnn"]["losses"] if given == "count"]
    said = f"{WORDS['models_best_count']}: Shakespeare · RNN {gap:.2f} · Shakespeare · n-gram –"
    expect(chart).to_have_attribute("aria-valuetext", said)
    points = {name: len(passage.averages()[f"shakespeare-{name}"]["losses"]) for name in ("rnn", "ngram")}
    expect(chart.locator("circle.line-1")).to_have_count(points["rnn"])
    expect(chart.locator("circle.line-2")).to_have_count(points["ngram"])
    line = re.compile(rf"^M[^L]*(L[^L]*){{{points['rnn'] - 2}}}$")  # all points except that one
    expect(chart.locator(".curve.line-1")).to_have_attribute("d", line)


def test_on_a_phone_the_numbers_under_the_curves_do_not_overlap(server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_models(server, page, "&compare=shakespeare-rnn,korean-lstm")
    second = page.locator(".models .sides section").nth(1)
    expect(second.locator(".curve").nth(1)).to_have_attribute("d", re.compile("L"), timeout=WAIT_MILLISECONDS)
    page.wait_for_function(APART)
    expect(second.locator(".axes")).to_contain_text("256")  # the longest context is named
    lines = second.locator(".axes text[text-anchor=middle]").evaluate_all(
        "(names) => names.filter((name) => /^\\d+$/.test(name.textContent)).map((name) => name.getAttribute('y'))"
    )
    assert len({*lines}) == 1, "all numbers stand in one line"
