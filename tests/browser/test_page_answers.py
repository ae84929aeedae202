"""Answers that come late, or that nobody waits for any more, change nothing that they should not."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import (
    at_full_speed,
    box,
    cells,
    choose_model,
    generate,
    moment,
    painted,
    run_id,
    set_temperature,
    setting,
    text_of,
    type_into,
    wait_until_written,
)

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To be&length=60&seed=3"
WRITING = """() => {
  const { run, busy, shown } = window.playground.store.state;
  return busy && shown > run.prompted + 2;
}"""
# A page that is still opening may have no modules yet.
ALL_WRITTEN = """written => {
  const { run, busy } = window.playground?.store.state ?? {};
  return run && !busy && run.steps.length - run.prompted === written;
}"""
PROMPT_ALONE = """prompt => {
  const { run, busy } = window.playground?.store.state ?? {};
  return run && !busy && run.text === prompt && run.steps.length === run.prompted;
}"""
# In one go: the text may be here before a second look.
STOPPED_WHILE_WRITING = f"() => ({WRITING})() && (document.querySelector('#stop').click(), true)"
CENTRES = """() => {
  const centre = (node) => { const box = node.getBoundingClientRect(); return box.left + box.width / 2; };
  const range = document.querySelector("#temperature input[type=range]");
  const { left, width } = range.getBoundingClientRect();
  const thumb = parseFloat(getComputedStyle(document.querySelector("#temperature")).getPropertyValue("--thumb"));
  return [...document.querySelectorAll("#temperature .mark")].map((mark) => {
    const position = window.playground.sampling.positionOf(Number(mark.dataset.temperature));
    return [centre(mark), left + thumb / 2 + position * (width - thumb)];
  });
}"""


def test_generate_right_after_another_model_was_chosen_writes_with_that_model(visit: Visit) -> None:
    page = visit(HERE)
    at_full_speed(page)
    before = run_id(page)
    choose_model(page, "Shakespeare · GRU")
    page.locator("#generate").click()
    wait_until_written(page, before, 60)
    assert page.evaluate("window.playground.store.state.run.model") == "shakespeare-gru"
    expect(page.locator("#about .facts")).to_contain_text("nats per character")


def test_the_facts_of_a_korean_model_say_that_they_count_jamo(visit: Visit) -> None:
    page = visit("/?model=korean-lstm&prompt=")
    expect(page.locator("#about .facts")).to_contain_text("1.58 nats per jamo · ")


def open_slowly(page: Page, server: str) -> Callable[[], None]:
    """Open the page, and hold what it asks the server until the function that is returned is called."""
    questions = re.compile(r"/stream/")
    held: list[Route] = []
    is_open = False

    def hold(route: Route) -> None:
        if is_open:
            route.continue_()
        else:
            held.append(route)

    def let_in() -> None:
        nonlocal is_open
        is_open = True
        for route in held:
            route.continue_()

    page.route(questions, hold)
    with page.expect_request(questions):
        page.goto(server + HERE)
    return let_in


@pytest.mark.parametrize(("button", "written"), [("generate", 60), ("step", 1)])
def test_a_click_on_a_page_that_is_still_opening_is_kept(button: str, written: int, server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    page.locator(f"#{button}").click()
    expect(page.locator("#stop")).to_be_visible()
    let_in()
    page.wait_for_function(ALL_WRITTEN, arg=written)
    page.wait_for_selector("#text .cell")
    assert text_of(page).startswith("To be")


@pytest.mark.parametrize("click", [False, True])
def test_what_is_typed_into_a_page_that_is_still_opening_is_kept(click: bool, server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    box(page, "prompt").click()
    page.keyboard.type("HAM")
    if click:
        page.locator("#generate").click()
    let_in()
    page.wait_for_function(ALL_WRITTEN if click else PROMPT_ALONE, arg=60 if click else "HAM")
    expect(box(page, "prompt")).to_have_value("HAM")
    assert page.evaluate("window.playground.store.state.run.text") == "HAM"
    assert setting(page, "prompt") == "HAM"


def test_a_click_on_a_page_that_is_still_opening_can_be_taken_back(server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    page.locator("#generate").click()
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    let_in()
    page.wait_for_selector("#distribution[data-step]")
    painted(page)
    assert page.evaluate("!window.playground.store.state.busy")
    assert text_of(page) == "To be"


def test_another_model_chosen_while_one_writes_takes_over(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=2000&seed=3")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    choose_model(page, "Shakespeare · n-gram")
    page.wait_for_function("() => window.playground.store.state.run.model === 'shakespeare-ngram'")
    assert setting(page, "model") == "shakespeare-ngram"
    assert text_of(page) == "To be"
    expect(page.locator("#generate")).to_be_visible()


def test_an_earlier_text_is_itself_when_it_is_returned_to_while_another_is_written(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=40&seed=3")
    first = generate(page, 40)
    type_into(page, "seed", "4")
    type_into(page, "length", "2000")
    page.get_by_label("Speed").fill("0.3")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    page.locator("#text .branch").first.click()
    painted(page)
    expect(page.locator("#generate")).to_be_visible()
    assert text_of(page) == first
    page.locator("#step").click()
    page.wait_for_function("() => !window.playground.store.state.busy")
    page.wait_for_function("before => document.querySelectorAll('#text .cell').length === before + 1", arg=len(first))
    assert text_of(page).startswith(first)


def test_a_button_of_an_earlier_text_stays_the_same_while_another_is_played(visit: Visit) -> None:
    """A click is a press and a release on one element: one that is made anew in between hears nothing."""
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=40&seed=3")
    generate(page, 40)
    type_into(page, "seed", "4")
    type_into(page, "length", "2000")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    branch = page.locator("#text .branch").element_handle()
    shown = page.evaluate("window.playground.store.state.shown")
    page.wait_for_function("shown => window.playground.store.state.shown > shown + 10", arg=shown)
    assert branch.evaluate("button => button.isConnected")


def test_stop_at_full_speed_leaves_a_run_that_can_be_written_on(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=2000&seed=3")
    at_full_speed(page)
    page.locator("#generate").click()
    page.wait_for_function(STOPPED_WHILE_WRITING)
    painted(page)
    written = cells(page).count()
    set_temperature(page, 0.5)
    page.locator("#step").click()
    page.wait_for_function("before => document.querySelectorAll('#text .cell').length === before + 1", arg=written)


def test_writing_on_from_inside_the_prompt_keeps_the_longer_prompt_within_reach(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To be or not&length=20")
    cells(page).nth(3).click()
    page.locator("#step").click()
    page.wait_for_function("() => window.playground.store.state.run.text === 'To '")
    expect(box(page, "prompt")).to_have_value("To ")
    page.locator("#text .branch").first.click()
    painted(page)
    assert text_of(page) == "To be or not"
    expect(box(page, "prompt")).to_have_value("To be or not")


def test_at_an_infinite_temperature_the_sentence_and_the_dart_name_the_same_character(visit: Visit) -> None:
    page = visit(HERE + "&temperature=inf")
    under = page.locator("#distribution .bar.under .label").text_content()
    expect(page.locator("#figures .told b")).to_have_text(str(under))
    expect(page.locator("#distribution .dart")).to_contain_text(f"→ {under}")


def test_a_value_out_of_range_leaves_the_old_one_in_force_and_the_bars_moving(visit: Visit) -> None:
    page = visit(HERE)
    for control, value in (("top-k", "2.5"), ("top-p", "5"), ("min-p", "-1"), ("seed", "1.5")):
        type_into(page, control, value)
    set_temperature(page, 2)
    assert [setting(page, name) for name in ("top_k", "top_p", "min_p", "seed")] == [0, 1, 0, 3]
    assert len(moment(page).logits) == 65


def test_the_thumb_stands_on_the_marks(visit: Visit) -> None:
    page = visit(HERE)
    for mark, thumb in page.evaluate(CENTRES):
        assert abs(mark - thumb) < 1
