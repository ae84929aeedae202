"""The keyboard focus stays where a person works, also when the pressed button disappears."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.hands import TWO_FRAMES, WORDS, cells, generate, input_box, run_id, wait_until_written

Visit = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be&length=300&seed=3"
STATE = "window.playground.store.state"
WRITES = f"() => {STATE}.playing && document.body.classList.contains('writing')"
RESTS = f"() => !{STATE}.playing && !{STATE}.busy && !document.body.classList.contains('writing')"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"  # as over http


@pytest.fixture
def page_here(visit: Visit) -> Page:
    return visit(LINK)


def button(page: Page, name: str) -> Locator:
    return page.locator("#text").get_by_role("button", name=WORDS[name], exact=True)


def press_generate(page: Page) -> None:
    """Press Generate by keyboard, and wait until the text plays."""
    page.locator("#generate").press("Enter")
    page.wait_for_function(WRITES)


def test_stop_takes_the_focus_from_generate_and_returns_it(page_here: Page) -> None:
    press_generate(page_here)
    expect(page_here.locator("#stop")).to_be_focused()
    page_here.keyboard.press("Enter")
    page_here.wait_for_function(RESTS)
    expect(page_here.locator("#generate")).to_be_focused()


def test_generate_has_the_focus_again_after_the_text(page_here: Page) -> None:
    before = run_id(page_here)
    press_generate(page_here)
    page_here.evaluate("window.playground.store.update({ pace: Infinity })")  # set_full_speed would take the focus
    wait_until_written(page_here, before)
    expect(page_here.locator("#generate")).to_be_focused()


def test_focus_moved_elsewhere_stays_there(page_here: Page) -> None:
    press_generate(page_here)
    page_here.locator("#text .scrub").focus()
    page_here.locator("#stop").evaluate("button => button.click()")
    page_here.wait_for_function(RESTS)
    expect(page_here.locator("#text .scrub")).to_be_focused()
    input_box(page_here, "prompt").press("Enter")
    page_here.wait_for_function(WRITES)
    expect(input_box(page_here, "prompt")).to_be_focused()


def test_a_held_key_does_not_stop_what_it_started(page_here: Page) -> None:
    page_here.locator("#generate").focus()
    page_here.keyboard.down("Enter")
    page_here.wait_for_function(WRITES)
    page_here.keyboard.down("Enter")  # a second press without a release: a repeat
    page_here.keyboard.down("Enter")
    page_here.keyboard.up("Enter")
    assert page_here.evaluate(f"{STATE}.playing")
    expect(page_here.locator("#stop")).to_be_focused()


def test_stop_has_the_focus_while_the_page_is_opening(server: str, page: Page) -> None:
    """early.js records what is pressed before the modules are loaded."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/pack/page.js", hold)
    page.goto(server + LINK)
    page.locator("#generate").press("Enter")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#generate")).to_be_focused()
    for route in held:
        route.continue_()
    page.unroute("**/pack/page.js")
    page.wait_for_selector("#distribution[data-step]")
    expect(page.locator("#generate")).to_be_focused()


def test_choosing_an_earlier_version_keeps_the_focus_in_the_list(page_here: Page) -> None:
    for _ in range(3):
        generate(page_here)
    versions = page_here.locator("#text .branch")
    expect(versions).to_have_count(2)
    was = run_id(page_here)
    versions.first.press("Enter")
    page_here.wait_for_function(f"was => {STATE}.run.id !== was", arg=was)
    expect(versions).to_have_count(2)
    expect(versions.first).to_be_focused()


def test_clear_moves_the_focus_to_the_next_button(page_here: Page) -> None:
    generate(page_here)
    generate(page_here)
    page_here.locator("#text .forget").press("Enter")
    expect(page_here.locator("#text .branches button")).to_have_count(0)
    expect(button(page_here, "copy")).to_be_focused()


def test_restart_from_the_prompt_moves_the_focus_to_the_next_button(page_here: Page) -> None:
    generate(page_here)
    page_here.evaluate(f"window.playground.play.go({STATE}.run.prompted + 5)")
    button(page_here, "from_prompt").press("Enter")
    expect(button(page_here, "from_prompt")).to_have_count(0)
    expect(page_here.locator("#text .forget")).to_be_focused()


def test_new_versions_do_not_take_the_focus(page_here: Page) -> None:
    generate(page_here)
    page_here.locator("#text .scrub").focus()
    page_here.evaluate("window.playground.play.generate()")
    page_here.wait_for_function(RESTS)
    expect(page_here.locator("#text .branch")).to_have_count(1)
    expect(page_here.locator("#text .scrub")).to_be_focused()


def test_the_scrubber_keeps_the_focus_while_there_is_nothing_to_scrub(page_here: Page) -> None:
    generate(page_here)
    scrubber = page_here.locator("#text .scrub")
    scrubber.focus()
    page_here.evaluate("window.playground.play.read('shakespeare-ngram', 'An')")
    expect(scrubber).to_have_attribute("max", "0")
    page_here.evaluate(TWO_FRAMES)
    expect(scrubber).to_be_focused()


def test_same_seed_keeps_the_focus_and_is_pressed_once(page_here: Page) -> None:
    generate(page_here)
    page_here.evaluate("window.playground.store.update({ pace: 100 })")
    same = page_here.locator("#same-seed")
    before = run_id(page_here)
    same.press("Enter")
    page_here.wait_for_function(WRITES)
    running = run_id(page_here)
    expect(same).to_be_focused()
    expect(same).to_be_disabled()
    expect(same).to_be_visible()
    page_here.keyboard.press("Enter")
    page_here.wait_for_function(RESTS)
    assert before != running == run_id(page_here)
    expect(same).to_be_enabled()
    expect(same).to_be_focused()


def test_copy_and_share_keep_the_focus_where_there_is_no_clipboard(page_here: Page) -> None:
    generate(page_here)
    page_here.evaluate(NO_CLIPBOARD)
    button(page_here, "copy").press("Enter")
    expect(button(page_here, "copied")).to_be_focused()
    share = page_here.locator("#share")
    share.press("Enter")
    expect(page_here.locator("#shared")).to_have_text(WORDS["shared"])
    expect(share).to_be_focused()


def test_the_dart_has_the_focus_again_after_a_look_at_a_chosen_symbol(page_here: Page) -> None:
    before = run_id(page_here)
    page_here.locator("#distribution .bars .bar").nth(1).click()  # chosen by hand: nothing was drawn at this step
    wait_until_written(page_here, before, 1)
    dart = page_here.locator("#distribution .dart")
    dart.focus()
    cells(page_here).last.hover()
    expect(dart).to_be_hidden()
    page_here.mouse.move(5, 5)
    expect(dart).to_be_visible()
    expect(dart).to_be_focused()
