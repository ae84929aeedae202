"""While another model or prompt is read, no ids go to a model they do not belong to, and typed text stays."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.hands import (
    WORDS,
    cells,
    choose_model,
    generate,
    input_box,
    setting,
    text_of,
    type_into,
    wait_until_painted,
)

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
LSTM, NAMES = "Shakespeare · LSTM", "Names · GRU"
HERE = "/?model=shakespeare-gru&prompt=To be&length=20&seed=3"
RESTS = f"() => !{STATE}.busy && !{STATE}.playing"
READ = """([model, written]) => {
  const { run, busy, playing } = window.playground.store.state;
  return !busy && !playing && run.model === model && run.steps.length - run.prompted === written;
}"""


class Line:
    """The connection to the server: it can hold requests to read a prompt, and records requests to write."""

    def __init__(self, page: Page) -> None:
        self.writes: list[dict[str, Any]] = []
        self.looks = 0
        self.held: list[Route] = []
        self.holds = False
        page.on("request", self._note)
        page.route("**/stream/look", self._pass)

    def _note(self, request: Request) -> None:
        if request.url.endswith("/stream/write"):
            self.writes.append(json.loads(request.post_data or "{}"))

    def _pass(self, route: Route) -> None:
        self.looks += 1
        if self.holds:
            self.held.append(route)
        else:
            route.continue_()

    def let_in(self) -> None:
        self.holds = False
        for route in self.held:
            route.continue_()
        self.held.clear()


@pytest.fixture
def line(page: Page) -> Iterator[Line]:
    line = Line(page)
    yield line
    line.let_in()
    page.unroute("**/stream/look")


def wait_for_look(page: Page, line: Line, looks: int) -> None:
    """Wait until so many prompts were requested."""
    for _ in range(200):
        if line.looks >= looks:
            return
        page.wait_for_timeout(25)
    pytest.fail("nobody asked for the prompt")


def open_with_text(visit: Visit, line: Line, here: str = HERE) -> Page:
    """A page with a text of 20 characters, which requests no prompt until the line allows it."""
    page = visit(here)
    generate(page, 20)
    line.writes.clear()
    line.holds = True
    return page


def blur(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


def press_n(page: Page) -> None:
    blur(page)
    page.keyboard.press("n")


def click_a_bar(page: Page) -> None:
    page.locator("#distribution .bar").nth(1).click()


def click_step(page: Page) -> None:
    page.locator("#step").click()


def click_generate(page: Page) -> None:
    page.locator("#generate").click()


@pytest.mark.parametrize(
    ("soon", "title", "model"), [(True, LSTM, "shakespeare-lstm"), (False, NAMES, "names-gru")], ids=["soon", "later"]
)
@pytest.mark.parametrize(("act", "written"), [(press_n, 1), (click_step, 1), (click_a_bar, 0), (click_generate, 20)])
def test_writing_requested_while_another_model_is_read_uses_that_model(
    act: Callable[[Page], None], written: int, soon: bool, title: str, model: str, visit: Visit, line: Line
) -> None:
    """Also from a position in the old text that was chosen by hand, whose ids mean other letters to the new model."""
    page = open_with_text(visit, line)
    cells(page).nth(12).click()
    looks = line.looks
    choose_model(page, title)
    if not soon:
        wait_for_look(page, line, looks + 1)
    act(page)
    page.wait_for_timeout(150)  # what waits for the answer is not sent meanwhile
    line.let_in()
    page.wait_for_function(READ, arg=[model, written])
    wait_until_painted(page)
    assert text_of(page).startswith("To be")
    assert [(ask["settings"]["model"], ask["written"], ask["pick"]) for ask in line.writes] == (
        [(model, [], None)] if written else []
    )
    assert setting(page, "model") == model
    vocabulary = page.evaluate(f"{STATE}.run.symbols.length")
    rows = page.evaluate(f"{STATE}.run.steps.map(({{ logits }}) => logits.length)")
    assert set(rows) == {vocabulary}


def test_a_held_step_key_does_not_delay_reading_the_prompt(visit: Visit, line: Line) -> None:
    page = open_with_text(visit, line)
    line.let_in()
    choose_model(page, LSTM)
    blur(page)
    for _ in range(30):
        page.keyboard.down("n")  # each but the first is a repeat
    page.wait_for_function(f"() => {STATE}.run.model === 'shakespeare-lstm'")
    page.keyboard.up("n")
    page.wait_for_function(RESTS)
    assert text_of(page).startswith("To be")


@pytest.mark.parametrize("act", [press_n, click_step, click_a_bar])
def test_a_typed_prompt_survives_clicks_before_its_bars_appear(
    act: Callable[[Page], None], visit: Visit, line: Line
) -> None:
    page = open_with_text(visit, line)
    input_box(page, "prompt").fill("HAMLET:")
    act(page)
    page.wait_for_timeout(150)
    expect(input_box(page, "prompt")).to_have_value("HAMLET:")
    line.let_in()
    page.wait_for_function(READ, arg=["shakespeare-gru", 0 if act is click_a_bar else 1])
    wait_until_painted(page)
    assert text_of(page).startswith("HAMLET:")
    expect(input_box(page, "prompt")).to_have_value("HAMLET:")
    assert setting(page, "prompt") == "HAMLET:"
    expect(page.locator("#text .branch").first).to_be_visible()  # the text before is an earlier version


def test_generate_within_the_text_uses_a_prompt_typed_since(visit: Visit, line: Line) -> None:
    page = open_with_text(visit, line)
    cells(page).nth(12).click()
    input_box(page, "prompt").fill("HAMLET:")
    click_generate(page)
    page.wait_for_function(READ, arg=["shakespeare-gru", 20])
    expect(input_box(page, "prompt")).to_have_value("HAMLET:")
    assert text_of(page).startswith("HAMLET:")


@pytest.mark.parametrize("button", ["step", "generate"])
def test_a_click_right_after_typing_uses_what_was_typed(button: str, visit: Visit, line: Line) -> None:
    page = open_with_text(visit, line)
    line.let_in()
    cells(page).nth(12).click()
    page.evaluate(
        """(button) => {
          const box = document.querySelector("#prompt textarea");
          box.value = "HAMLET:";
          box.dispatchEvent(new Event("input", { bubbles: true }));
          document.getElementById(button).click();
        }""",
        button,
    )
    page.wait_for_function(READ, arg=["shakespeare-gru", 1 if button == "step" else 20])
    expect(input_box(page, "prompt")).to_have_value("HAMLET:")
    assert text_of(page).startswith("HAMLET:")


def test_a_prompt_typed_and_undone_is_not_read_again(visit: Visit, line: Line) -> None:
    page = visit(HERE)
    line.holds = True
    input_box(page, "prompt").fill("To bee")
    click_step(page)
    input_box(page, "prompt").fill("To be")
    page.wait_for_function(READ, arg=["shakespeare-gru", 1])
    assert text_of(page).startswith("To be")


def test_dragging_the_slider_sends_no_ids_to_another_model(visit: Visit, line: Line) -> None:
    """Nor does it cancel reading that model, when the rows of the old text are requested."""
    page = open_with_text(visit, line)
    line.let_in()
    page.evaluate("window.playground.setTemperature(2)")
    page.wait_for_function(f"() => {STATE}.draft && !{STATE}.behind")  # the rows are requested after 250 ms
    line.holds = True
    looks = line.looks
    page.evaluate(f"window.playground.play.read('shakespeare-lstm', {STATE}.settings.prompt)")
    wait_for_look(page, line, looks + 1)
    page.evaluate("window.playground.setTemperature(3)")
    page.wait_for_timeout(600)
    line.let_in()
    page.wait_for_function(READ, arg=["shakespeare-lstm", 0])
    assert {ask["settings"]["model"] for ask in line.writes} == {"shakespeare-gru"}
    assert line.looks == looks + 1


def test_playback_pauses_at_the_end_while_another_model_is_read(visit: Visit, line: Line) -> None:
    page = open_with_text(visit, line)
    page.evaluate("window.playground.store.update({ pace: 20 })")
    choose_model(page, LSTM)
    page.get_by_role("button", name=WORDS["play"], exact=True).click()
    page.evaluate("window.playground.setTemperature(6)")
    page.wait_for_function(f"() => !{STATE}.playing")
    assert line.writes == []
    line.let_in()
    page.wait_for_function(READ, arg=["shakespeare-lstm", 0])


def test_stop_right_after_generate_keeps_the_newly_chosen_model(visit: Visit, line: Line) -> None:
    page = open_with_text(visit, line)
    line.let_in()
    page.route("**/stream/write", lambda route: None)  # its answer never comes
    choose_model(page, LSTM)
    click_generate(page)
    page.locator("#stop").click()
    page.wait_for_function(READ, arg=["shakespeare-lstm", 0])
    page.unroute("**/stream/write")
    assert text_of(page) == "To be"


def test_an_earlier_text_is_not_overwritten_by_a_late_prompt(visit: Visit, line: Line) -> None:
    page = visit(HERE)
    first = generate(page, 20)
    type_into(page, "seed", "4")
    generate(page, 20)
    line.holds = True
    looks = line.looks
    choose_model(page, LSTM)
    wait_for_look(page, line, looks + 1)
    page.locator("#text .branch").first.click()
    line.let_in()
    page.wait_for_timeout(400)
    wait_until_painted(page)
    assert text_of(page) == first
    assert setting(page, "model") == "shakespeare-gru"


def test_a_failed_step_inside_the_prompt_leaves_the_prompt_unchanged(
    visit: Visit, line: Line, troubles: list[str]
) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To be or not&length=20")
    cells(page).nth(3).click()
    page.route("**/stream/write", lambda route: route.fulfill(status=503, json={"code": "busy"}), times=1)
    click_step(page)
    again = page.locator("#notice").get_by_role("button", name=WORDS["try_again"])
    again.wait_for()
    expect(input_box(page, "prompt")).to_have_value("To be or not")
    again.click()
    page.wait_for_function(f"() => {STATE}.run.text === 'To '")
    expect(input_box(page, "prompt")).to_have_value("To ")
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()


def test_retrying_a_bar_of_another_model_writes_nothing(visit: Visit, line: Line, troubles: list[str]) -> None:
    page = open_with_text(visit, line)
    page.route("**/stream/write", lambda route: route.fulfill(status=503, json={"code": "busy"}), times=1)
    click_a_bar(page)
    again = page.locator("#notice").get_by_role("button", name=WORDS["try_again"])
    again.wait_for()
    line.writes.clear()
    choose_model(page, LSTM)
    again.click()
    line.let_in()
    page.wait_for_function(READ, arg=["shakespeare-lstm", 0])
    assert line.writes == []
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()
