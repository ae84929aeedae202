"""Answers that are late, or no longer wanted, change nothing that they should not."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import (
    cells,
    choose_model,
    generate,
    input_box,
    moment,
    run_id,
    set_full_speed,
    set_temperature,
    setting,
    text_of,
    type_into,
    wait_until_painted,
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
# In one evaluation: a second call might already find the text.
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


def test_generate_right_after_choosing_a_model_writes_with_that_model(visit: Visit) -> None:
    page = visit(HERE)
    set_full_speed(page)
    before = run_id(page)
    choose_model(page, "Shakespeare · GRU")
    page.locator("#generate").click()
    wait_until_written(page, before, 60)
    assert page.evaluate("window.playground.store.state.run.model") == "shakespeare-gru"
    expect(page.locator("#about .facts")).to_contain_text("nats per character")


def test_the_facts_of_a_korean_model_say_they_count_jamo(visit: Visit) -> None:
    page = visit("/?model=korean-lstm&prompt=")
    expect(page.locator("#about .facts")).to_contain_text("1.58 nats per jamo · ")


def open_slowly(page: Page, server: str) -> Callable[[], None]:
    """Open the page, and hold its requests until the returned function is called."""
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
def test_a_click_while_the_page_opens_is_kept(button: str, written: int, server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    page.locator(f"#{button}").click()
    expect(page.locator("#stop")).to_be_visible()
    let_in()
    page.wait_for_function(ALL_WRITTEN, arg=written)
    page.wait_for_selector("#text .cell")
    assert text_of(page).startswith("To be")


@pytest.mark.parametrize("click", [False, True])
def test_text_typed_while_the_page_opens_is_kept(click: bool, server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    input_box(page, "prompt").click()
    page.keyboard.type("HAM")
    if click:
        page.locator("#generate").click()
    let_in()
    page.wait_for_function(ALL_WRITTEN if click else PROMPT_ALONE, arg=60 if click else "HAM")
    expect(input_box(page, "prompt")).to_have_value("HAM")
    assert page.evaluate("window.playground.store.state.run.text") == "HAM"
    assert setting(page, "prompt") == "HAM"


def test_a_click_while_the_page_opens_can_be_undone(server: str, page: Page) -> None:
    let_in = open_slowly(page, server)
    page.locator("#generate").click()
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    let_in()
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert page.evaluate("!window.playground.store.state.busy")
    assert text_of(page) == "To be"


def test_another_model_chosen_while_writing_takes_over(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=2000&seed=3")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    choose_model(page, "Shakespeare · n-gram")
    page.wait_for_function("() => window.playground.store.state.run.model === 'shakespeare-ngram'")
    assert setting(page, "model") == "shakespeare-ngram"
    assert text_of(page) == "To be"
    expect(page.locator("#generate")).to_be_visible()


def test_returning_to_an_earlier_text_while_writing_shows_that_text(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=40&seed=3")
    first = generate(page, 40)
    type_into(page, "seed", "4")
    type_into(page, "length", "2000")
    page.get_by_label("Speed").fill("0.3")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    page.locator("#text .branch").first.click()
    wait_until_painted(page)
    expect(page.locator("#generate")).to_be_visible()
    assert text_of(page) == first
    page.locator("#step").click()
    page.wait_for_function("() => !window.playground.store.state.busy")
    page.wait_for_function("before => document.querySelectorAll('#text .cell').length === before + 1", arg=len(first))
    assert text_of(page).startswith(first)


def test_the_button_of_an_earlier_text_is_not_rebuilt_during_playback(visit: Visit) -> None:
    """A click needs press and release on one element: a button rebuilt in between would miss it."""
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=40&seed=3")
    generate(page, 40)
    type_into(page, "seed", "4")
    type_into(page, "length", "2000")
    page.wait_for_function("() => window.playground.store.state.settings.length === 2000")
    page.locator("#generate").click()
    page.wait_for_function(WRITING)
    branch = page.locator("#text .branch").element_handle()
    shown = page.evaluate("window.playground.store.state.shown")
    page.wait_for_function("shown => window.playground.store.state.shown > shown + 10", arg=shown)
    assert branch.evaluate("button => button.isConnected")


def test_a_run_stopped_at_full_speed_can_be_continued(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&prompt=To be&length=2000&seed=3")
    set_full_speed(page)
    page.locator("#generate").click()
    page.wait_for_function(STOPPED_WHILE_WRITING)
    wait_until_painted(page)
    written = cells(page).count()
    set_temperature(page, 0.5)
    page.evaluate("window.playground.play.go(Infinity)")  # the slider went to where the text would be rewritten from
    page.locator("#step").click()
    page.wait_for_function("before => document.querySelectorAll('#text .cell').length === before + 1", arg=written)


def test_continuing_inside_the_prompt_keeps_the_longer_prompt_as_a_version(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To be or not&length=20")
    cells(page).nth(3).click()
    page.locator("#step").click()
    page.wait_for_function("() => window.playground.store.state.run.text === 'To '")
    expect(input_box(page, "prompt")).to_have_value("To ")
    page.locator("#text .branch").first.click()
    wait_until_painted(page)
    assert text_of(page) == "To be or not"
    expect(input_box(page, "prompt")).to_have_value("To be or not")


def test_at_an_infinite_temperature_the_sentence_and_the_dart_name_the_same_character(visit: Visit) -> None:
    page = visit(HERE + "&temperature=inf")
    under = page.locator("#distribution .bar.under .label").text_content()
    expect(page.locator("#figures .told b")).to_have_text(str(under))
    expect(page.locator("#distribution .dart")).to_contain_text(f"→ {under}")


def test_a_value_out_of_range_keeps_the_old_one_and_working_bars(visit: Visit) -> None:
    page = visit(HERE)
    for control, value in (("top-k", "2.5"), ("top-p", "5"), ("min-p", "-1"), ("seed", "1.5")):
        type_into(page, control, value)
    set_temperature(page, 2)
    assert [setting(page, name) for name in ("top_k", "top_p", "min_p", "seed")] == [0, 1, 0, 3]
    assert len(moment(page).logits) == 65


def test_the_slider_thumb_lines_up_with_the_marks(visit: Visit) -> None:
    page = visit(HERE)
    for mark, thumb in page.evaluate(CENTRES):
        assert abs(mark - thumb) < 1
