"""A browser that translates the page leaves symbols, prompts, names and numbers alone, and the page keeps working."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.server.settings import DEFAULTS
from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    bars,
    cells,
    choose_model,
    generate,
    moment,
    run_id,
    set_prompt,
    set_temperature,
    symbol_of,
    text_of,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=40&seed=5&temperature=0.8"
STATE = "window.playground.store.state"
# As Chrome does it: each translatable text node is replaced by nested <font> elements, also those added later.
TRANSLATE = """() => {
  const word = (text) => text.replace(/[A-Za-z]+/g, (letters) => "ŧ" + letters.toUpperCase());
  const kept = (node) => {
    const marked = node.parentElement?.closest("[translate], .notranslate");
    return node.parentElement?.closest("script, style, textarea, noscript, svg, font")
      || (marked && (marked.classList.contains("notranslate") || marked.getAttribute("translate") === "no"));
  };
  const translate = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    if (root.nodeType === Node.TEXT_NODE) texts.push(root);
    for (const text of texts) {
      if (!text.parentNode || kept(text) || !/\\S/.test(text.data)) continue;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      outer.style.verticalAlign = inner.style.verticalAlign = "inherit";
      inner.textContent = word(text.data);
      outer.append(inner);
      text.replaceWith(outer);
    }
  };
  translate(document.body);
  document.documentElement.lang = "x-test";
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      if (type === "characterData") translate(target);
      for (const node of addedNodes) if (node.isConnected) translate(node);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def page_there(visit: Visit) -> Page:
    page = visit(HERE)
    page.evaluate(TRANSLATE)
    return page


def fake_translation(words: str) -> str:
    """The output of the test's translator."""
    return "ŧ" + words.upper()


def test_labels_are_translated_and_symbols_and_numbers_are_not(page_there: Page) -> None:
    page = page_there
    expect(page.locator("#generate")).to_contain_text(fake_translation("Generate"))
    expect(page.locator("#figures dt").first).to_contain_text(fake_translation("entropy"))
    expect(page.locator("label[for=top-k-box]")).to_contain_text("ŧTOP")
    expect(page.locator("#temperature .ends")).to_contain_text(fake_translation("cold"))
    assert_bars_show(page, moment(page).probabilities(temperature=0.8))
    for place in (".bars", ".cumulative", ".grid", "dd", ".cells", ".marks", ".flips", "h2 code", ".tries button"):
        assert page.locator(place).count() > 0, place
        assert page.locator(f"{place} font").count() == 0, place
    expect(page.locator("#distribution .dart")).to_contain_text("u = ")
    expect(page.locator("#figure-entropy")).to_contain_text("bits")


def test_dragging_works_on_a_translated_page(page_there: Page) -> None:
    page = page_there
    for temperature in (0.1, 2, 1):
        set_temperature(page, temperature)
        assert_bars_show(page, moment(page).probabilities(temperature=temperature))
        expect(page.locator("#temperature-value")).to_have_value(f"{temperature:.2f}")
    told = page.locator("#figures .told")
    expect(told).to_contain_text("ŧ")
    assert told.locator("b font").count() == 0
    page.locator("#distribution .bar").first.hover()
    first = symbol_of(next(iter(bars(page))))
    expect(page.locator("#distribution .sum strong")).to_have_text(WORDS["space"] if first == " " else first)
    expect(page.locator("#distribution .sum")).to_contain_text(fake_translation("logit"))


def test_writing_and_playback_work_on_a_translated_page(page_there: Page) -> None:
    page = page_there
    text = generate(page, 40)
    assert text == page.evaluate("window.playground.runs.textOf(window.playground.store.state.run)")
    assert len(text) == len("To be") + 40
    for key in ("to_start", "forward", "back", "play", "to_end"):
        page.get_by_role("button", name=WORDS[key], exact=True).click()
    page.wait_for_function(f"() => !{STATE}.playing && {STATE}.cursor === {STATE}.run.steps.length")
    cells(page).nth(10).hover()
    wait_until_painted(page)
    expect(page.locator("#text .detail")).to_contain_text(fake_translation("rank"))
    assert page.locator("#text .detail span").text_content() in (text[10], "space")
    cells(page).nth(10).click()
    expect(page.locator("#text .from")).to_contain_text(fake_translation("stays"))
    before = run_id(page)
    page.locator("#distribution .bar").nth(1).click()
    wait_until_written(page, before)
    page.mouse.move(5, 5)
    branch = page.locator("#text .branch")
    expect(branch).to_have_count(1)
    assert branch.locator("font").count() == 0
    branch.click()
    wait_until_painted(page)
    assert text_of(page) == text


def test_models_prompts_and_notices_work_on_a_translated_page(page_there: Page) -> None:
    page = page_there
    choose_model(page, "Korean stories · LSTM")
    page.wait_for_function(f"() => {STATE}.run.model === 'korean-lstm'")
    choose_model(page, "Shakespeare · n-gram")
    page.wait_for_function(f"() => {STATE}.run.model === 'shakespeare-ngram'")
    set_prompt(page, "Küß")
    expect(page.locator("#notice p")).to_have_count(1)
    set_prompt(page, "Kiss")
    expect(page.locator("#notice p")).to_have_count(0)
    page.locator("#about .tries button").first.click()
    page.wait_for_function(f"() => {STATE}.run.text !== 'Kiss'")
    page.get_by_role("button", name=WORDS["share"]).or_(page.locator("#share")).first.click()
    expect(page.locator("#shared")).not_to_be_empty()
    page.locator("details.chart-box > summary").first.click()
    generate(page, 40)
    assert page.locator("#model li font, #model .options font").count() == 0


def test_a_page_translated_at_once_opens(server: str, page: Page) -> None:
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => ({TRANSLATE})())")
    page.goto(server + "/?prompt=To+be&length=20")
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert page.evaluate(f"{STATE}.run.model") == DEFAULTS["model"]
    assert_bars_show(page, moment(page).probabilities())
    assert len(generate(page, 20)) == 25
