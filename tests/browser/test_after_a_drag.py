"""After a drag the bars, the dart and Step act at the place that they show, on the text that is shown, and the keys
work although the slider has the focus."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import WORDS, cells, generate, moment, text_of, type_into, wait_until_painted
from tests.browser.test_rewriting import HERE, PROMPT, RESTS, STATE, rewrite_at

Visit = Callable[..., Page]
SLOW = """() => {
  const own = window.fetch;
  window.fetch = async (...given) => {
    const light = String(given[0]).endsWith("/write") && JSON.parse(given[1].body).light;
    if (String(given[0]).endsWith("/write") && !light) await new Promise((go) => { window.letThrough = go; });
    return own(...given);
  };
}"""


def dart_of(page: Page) -> str:
    """The symbol under the dart."""
    return page.locator("#distribution .dart").inner_text().replace("▲", "").split("→ ")[1].strip()


def bar_of(page: Page, label: str) -> Locator:
    return page.locator("#distribution .bar").filter(has=page.locator(".label").get_by_text(label, exact=True))


def test_a_bar_and_step_act_where_the_bars_stand(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    text = rewrite_at(page, 2)
    assert moment(page).number == 0
    assert dart_of(page) == text[len(PROMPT)]
    page.keyboard.press("n")
    wait_until_painted(page)
    assert (moment(page).number, text_of(page)) == (1, text)
    rewrite_at(page, 3)
    assert moment(page).number == 1  # a step placed the cursor, so the text was rewritten from there
    letter = next(letter for letter in "xqzj" if letter != text_of(page)[len(PROMPT) + 1])
    bar_of(page, letter).evaluate("bar => bar.click()")
    expect(cells(page)).to_have_count(len(PROMPT) + 2)
    assert text_of(page) == text[: len(PROMPT) + 1] + letter


def test_the_dart_adds_its_character_at_the_place_that_it_shows(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    text = rewrite_at(page, 2)
    page.locator("#distribution .dart").click()
    wait_until_painted(page)
    assert moment(page).number == 1
    assert text_of(page) == text


def test_a_rewritten_text_steps_with_its_own_dice(visit: Visit) -> None:
    """A new seed is for the next text."""
    page = visit(HERE)
    generate(page, 60)
    type_into(page, "seed", "77")
    text = rewrite_at(page, 2)
    assert dart_of(page) == text[len(PROMPT)]
    page.keyboard.press("n")
    wait_until_painted(page)
    assert (moment(page).number, text_of(page)) == (1, text)


def test_step_goes_past_a_character_chosen_by_hand(visit: Visit) -> None:
    page = visit(HERE)
    bar_of(page, "q").evaluate("bar => bar.click()")
    expect(cells(page)).to_have_count(len(PROMPT) + 1)
    generate(page)
    text = rewrite_at(page, 2)
    assert text[len(PROMPT)] == "q"
    assert moment(page).u is None
    page.keyboard.press("n")
    wait_until_painted(page)
    assert (moment(page).number, text_of(page)) == (1, text)


def test_an_action_waits_for_the_rewritten_text_s_rows(visit: Visit) -> None:
    """Otherwise the text from before the drag would return, under the temperature of the new one."""
    page = visit(HERE)
    first = generate(page, 60)
    page.evaluate(SLOW)
    page.evaluate("window.playground.setTemperature(2)")
    page.wait_for_function(f"() => {STATE}.draft && !{STATE}.behind && window.letThrough")
    text = text_of(page)
    assert text != first
    cells(page).nth(len(PROMPT) + 20).click()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert text_of(page) == text
    page.evaluate("window.letThrough()")
    page.wait_for_function(f"() => {STATE}.cursor === {STATE}.run.prompted + 21")
    wait_until_painted(page)
    assert text_of(page) == text
    page.wait_for_function(RESTS)
    assert page.evaluate(f"{STATE}.run.settings.temperature") == 2


def test_keys_work_while_the_slider_has_the_focus(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    slider = page.locator("#temperature input[type=range]")
    slider.click(position={"x": 200, "y": 10})
    expect(slider).to_be_focused()
    page.wait_for_function(RESTS)
    page.evaluate(f"{STATE}.pace = 5")
    page.keyboard.press("Space")
    expect(page.locator("#text .transport .main")).to_have_attribute("aria-label", WORDS["pause"])
    page.keyboard.press("Space")
    page.wait_for_function(f"() => !{STATE}.playing")
    page.keyboard.press("5")
    page.wait_for_function(f"() => {STATE}.settings.temperature === 1.2")
    page.wait_for_function(RESTS)
    at = page.evaluate(f"{STATE}.cursor")
    page.keyboard.press("n")
    page.wait_for_function(f"(at) => {STATE}.cursor === at + 1", arg=at)
    before = page.evaluate(f"{STATE}.settings.temperature")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert 0 < page.evaluate(f"{STATE}.settings.temperature") - before < 0.1  # once, not by the page's key as well


def test_space_opens_a_menu_and_plays_nothing(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    menu = page.locator("details.save:visible").first
    menu.locator("summary").focus()
    page.keyboard.press("Space")
    expect(menu).to_have_attribute("open", "")
    assert not page.evaluate(f"{STATE}.playing")
