"""Parts of the page that are drawn again keep focus, presses and language, and show the answer to the question that was
asked."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.hands import WORDS, generate

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
SHAPES = "/?tab=shapes&model=shakespeare-ngram&seed=5"


def open_shape(page: Page, server: str, query: str) -> Page:
    page.goto(f"{server}{SHAPES}&{query}")
    page.wait_for_selector(".shapes .shape-card")
    return page


def test_a_prompt_of_two_lines_stays_whole_in_step(server: str, page: Page) -> None:
    open_shape(page, server, "shape=step&prompt=ROMEO:%0AMy")
    box = page.locator("#shape-step-text")
    expect(box).to_have_value("ROMEO:\nMy")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_count(9)
    box.fill("ROMEO:")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_count(6)
    line_end = page.locator("#shape-step .bar").filter(has=page.locator(".label").get_by_text("↵", exact=True))
    line_end.first.click()
    expect(box).to_have_value("ROMEO:\n")
    page.wait_for_url("**step-text=ROMEO%3A%0A*")
    page.reload()
    expect(box).to_have_value("ROMEO:\n")


def test_a_bar_of_step_keeps_the_text_that_has_no_answer_yet(server: str, page: Page) -> None:
    open_shape(page, server, "shape=step&prompt=My")
    box = page.locator("#shape-step-text")
    expect(page.locator("#shape-step .diagram text.of-input")).to_have_count(2)
    bar = page.locator("#shape-step .bar").first
    symbol = bar.locator(".label").inner_text().replace("␣", " ")
    too_long = "O" * 201
    box.fill(too_long)
    expect(page.locator("#shape-step .problem")).not_to_be_empty()
    bar.click()
    expect(box).to_have_value(too_long + symbol)


def test_the_chosen_translator_keeps_the_focus(server: str, page: Page) -> None:
    open_shape(page, server, "shape=translate")
    buttons = page.locator(".shape-translate .others tbody button")
    expect(buttons).to_have_count(4)
    other = page.locator(".shape-translate .others tbody button[aria-pressed=false]").first
    name = other.inner_text()
    other.focus()
    page.keyboard.press("Enter")
    chosen = page.locator(".shape-translate .others tbody button[aria-pressed=true]")
    expect(chosen).to_have_text(name)
    expect(chosen).to_be_focused()
    expect(page.locator(".shape-translate .others tbody .number[data-of=chrF]")).to_have_count(4)


def test_an_example_of_a_review_keeps_the_focus(server: str, page: Page) -> None:
    open_shape(page, server, "shape=review")
    example = page.locator(".shape-review .tries button").nth(1)
    text = example.inner_text()
    example.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".shape-review textarea")).to_have_value(text)
    expect(example).to_be_focused()


def test_a_section_without_its_styles_says_so_and_tries_again(server: str, page: Page, troubles: list[str]) -> None:
    open_shape(page, server, "shape=one")
    page.route("**/css/curves.css*", lambda route: route.abort())
    page.locator(".shape-card[data-shape=costs]").click()
    section = page.locator("#shape-costs")
    expect(section).to_contain_text(WORDS["section_failed"])
    page.unroute("**/css/curves.css*")
    section.get_by_role("button", name=WORDS["try_again"]).click()
    expect(section.locator(".shape-costs")).to_be_visible()
    expect(page.locator(".shape-card[data-shape=costs]")).to_be_focused()
    expect(section).not_to_contain_text(WORDS["section_failed"])
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_section_goes_on_after_another_one_failed(server: str, page: Page, troubles: list[str]) -> None:
    open_shape(page, server, "shape=step&prompt=My")
    diagram = page.locator("#shape-step .diagram text.of-input")
    expect(diagram).to_have_count(2)
    page.route("**/css/curves.css*", lambda route: route.abort())
    page.locator(".shape-card[data-shape=costs]").click()
    expect(page.locator("#shape-costs")).to_contain_text(WORDS["section_failed"])
    page.locator(".shape-card[data-shape=step]").click()
    page.locator("#shape-step-text").fill("My lord")
    expect(diagram).to_have_count(7)
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_after_scoring_the_focus_is_on_nothing_that_changes_the_text(server: str, page: Page) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/stream/score", hold)
    with page.expect_request("**/stream/score"):
        page.goto(f"{server}/?tab=score&model=shakespeare-ngram")
    stop = page.locator(".score .running button")
    stop.focus()
    waiting[0].continue_()
    expect(page.locator(".score .running")).to_be_hidden()
    expect(page.locator(".score .count")).to_be_focused()


def test_pieces_belong_to_the_text_that_was_asked_about(server: str, page: Page) -> None:
    """The answer comes while the next text is being typed."""
    open_shape(page, server, "shape=pairs")
    page.wait_for_selector("#shape-pairs .counts tbody tr")
    page.locator("#shape-pairs details:not(.save) summary").click()
    box = page.locator("#pairs-text")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/stream/pairs", hold)
    with page.expect_request("**/stream/pairs"):
        box.fill("abab abab")
    box.evaluate("(box) => { box.value = 'x'; box.dispatchEvent(new Event('input')); }")
    waiting[0].continue_()
    expect(page.locator("#shape-pairs .pieces").first).to_contain_text("ab")
    page.unroute("**/stream/pairs")


def test_the_list_of_versions_is_named_in_the_chosen_language(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&length=20")
    page.get_by_role("button", name="한국어").click()
    generate(page, 20)
    generate(page, 20)
    expect(page.locator("#text .branch")).to_have_count(1)
    expect(page.locator("#text .listed .muted")).to_have_text("이전 글")
