"""Held keys, double clicks and dropped files: each sends one request, or none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    ServerCalls,
    cells,
    input_box,
    run_id,
    set_full_speed,
    setting,
    text_of,
    wait_until_painted,
    wait_until_written,
)
from tests.conftest import running_app

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=60&seed=5"
LONG = "/?model=shakespeare-gru&prompt=To+be&length=1000&seed=5"
STATE = "window.playground.store.state"
RESTS = f"() => !{STATE}.busy && !{STATE}.playing"


@pytest.fixture(scope="module")
def slow_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that takes 10 s to write a thousand characters."""
    folder = tmp_path_factory.mktemp("slow")
    with running_app(folder / "app.log", "-m", "tests.browser.troubled", TROUBLES=str(folder)) as address:
        yield address


def open_page(address: str, page: Page, path: str = LONG) -> Page:
    page.goto(address + path)
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    return page


def hold_key(page: Page, key: str, times: int = 40) -> None:
    """Hold a key: the browser gets one press and then repeats."""
    for _ in range(times):
        page.keyboard.down(key)
    page.keyboard.up(key)


@pytest.mark.parametrize(("key", "place"), [("g", "body"), ("Enter", "#prompt textarea"), ("Enter", "#generate")])
def test_a_held_key_sends_one_request(slow_app: str, page: Page, key: str, place: str) -> None:
    open_page(slow_app, page)
    if place != "body":
        page.locator(place).focus()
    asked = ServerCalls(page)
    hold_key(page, key)
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 2")
    assert asked == ["write"]


def test_a_held_step_key_sends_one_request_at_a_time_and_leaves_none_queued(slow_app: str, page: Page) -> None:
    open_page(slow_app, page)
    set_full_speed(page)
    page.evaluate("document.activeElement.blur()")
    asked = ServerCalls(page)
    page.evaluate("""() => {
      window.most = 0;
      const note = ({ run }) => { window.most = Math.max(window.most, run.steps.length - run.prompted); };
      window.playground.store.subscribe(note);
    }""")
    while page.evaluate("window.most") < 3:
        page.keyboard.down("n")
    asks, steps = len(asked), page.evaluate("window.most")
    page.keyboard.up("n")
    assert steps <= asks <= steps + 1
    page.wait_for_function(RESTS)
    wait_until_painted(page)
    assert asked == ["write"] * asks
    assert page.evaluate(f"{STATE}.run.steps.length - {STATE}.run.prompted") == asks


@pytest.mark.parametrize(("place", "steps"), [("#step", 1), ("#distribution .bar", 1)])
def test_enter_held_on_a_button_presses_it_once(visit: Visit, place: str, steps: int) -> None:
    page = visit(HERE)
    asked = ServerCalls(page)
    page.locator(place).first.focus()
    hold_key(page, "Enter", 20)
    page.wait_for_function(f"{STATE}.run.steps.length > {STATE}.run.prompted && !{STATE}.busy")
    wait_until_painted(page)
    assert asked == ["write"] * steps


def test_each_press_makes_one_new_seed(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate("""() => {
      window.seeds = new Set();
      window.playground.store.subscribe(({ settings }) => window.seeds.add(settings.seed));
    }""")
    page.locator("#new-seed").focus()
    hold_key(page, "Enter", 20)
    page.wait_for_function("window.seeds.size > 0")
    assert page.evaluate("window.seeds.size") == 1


def test_the_players_buttons_repeat_while_held(visit: Visit) -> None:
    page = visit(HERE)
    set_full_speed(page)
    before = run_id(page)
    page.locator("#generate").click()
    wait_until_written(page, before, 60)
    asked = ServerCalls(page)
    page.get_by_role("button", name=WORDS["back"], exact=True).focus()
    hold_key(page, "Enter", 10)
    assert page.evaluate(f"{STATE}.run.steps.length - {STATE}.cursor") == 10
    assert asked == []


def test_held_space_pauses_once(slow_app: str, page: Page) -> None:
    open_page(slow_app, page)
    page.locator("#generate").click()
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 2")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("""() => {
      window.changes = 0;
      window.playground.store.subscribe((_, patch) => { if ("playing" in patch) window.changes++; });
    }""")
    hold_key(page, " ", 21)
    assert page.evaluate("window.changes") == 1
    assert page.evaluate(f"{STATE}.playing") is False


def test_other_held_keys_cause_no_error(visit: Visit) -> None:
    page = visit(HERE)
    asked = ServerCalls(page)
    hold_key(page, "?", 10)
    expect(page.locator("#keys")).to_be_visible()
    hold_key(page, "Escape", 10)
    expect(page.locator("#keys")).to_be_hidden()
    hold_key(page, "5", 10)
    assert setting(page, "temperature") == 1.2
    hold_key(page, "7", 10)
    assert setting(page, "temperature") == float("inf")
    hold_key(page, "ArrowLeft", 10)  # the slider moves for as long as the key is held
    assert setting(page, "temperature") == pytest.approx(0.9 / 0.1)
    assert asked == []


def test_tab_closes_the_list_of_models(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram")
    options = page.locator("#model").get_by_role("option")
    page.locator("#model input").focus()
    expect(options).not_to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("#prompt textarea")).to_be_focused()
    expect(options).to_have_count(0)


def test_a_letter_held_in_the_prompt_sends_few_requests(visit: Visit) -> None:
    page = visit(HERE)
    asked = ServerCalls(page)
    input_box(page, "prompt").focus()
    page.keyboard.press("End")
    hold_key(page, "e", 60)
    page.wait_for_function(f"{STATE}.run.text === 'To be{'e' * 60}'")
    assert len(asked) <= 20
    assert set(asked) == {"look"}


# ── Mouse and touch ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("clicks", [2, 3])
@pytest.mark.parametrize("pause", [0, 120])
def test_a_double_click_on_generate_writes(slow_app: str, page: Page, clicks: int, pause: int) -> None:
    """Stop takes the place of Generate, so the second click would end what the first began."""
    open_page(slow_app, page)
    asked = ServerCalls(page)
    page.locator("#generate").click(click_count=clicks, delay=pause)
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 5")
    assert asked == ["write"]
    # A later single click on Stop is meant.
    page.locator("#stop").click()
    page.wait_for_function(RESTS)
    assert asked == ["write", "stop"]


def test_clicks_on_step_are_counted_and_clicks_on_bars_run_one_at_a_time(slow_app: str, page: Page) -> None:
    open_page(slow_app, page)
    asked = ServerCalls(page)
    page.locator("#step").click(click_count=3)
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 3 && !{STATE}.busy")
    assert asked == ["write"] * 3
    page.evaluate("() => { for (let i = 0; i < 5; i++) document.querySelector('#distribution .bar').click(); }")
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 4 && !{STATE}.busy")
    wait_until_painted(page)
    assert asked == ["write"] * 4


def test_a_suggested_prompt_clicked_three_times_is_read_once(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&prompt=x")
    asked = ServerCalls(page)
    page.locator("#about .tries button").last.click(click_count=3)
    page.wait_for_function(f"{STATE}.run.text !== 'x'")
    wait_until_painted(page)
    assert asked == ["look"]


def test_a_dropped_file_does_not_replace_the_page(visit: Visit) -> None:
    page = visit(HERE)
    prevented = page.evaluate("""() => ["dragover", "drop"].map((type) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "x.txt"));
      const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
      document.querySelector("#text .cells").dispatchEvent(event);
      return event.defaultPrevented;
    })""")
    assert prevented == [True, True]
    words = page.evaluate("""() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("text/plain", "O");
      const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer });
      document.querySelector("#prompt textarea").dispatchEvent(event);
      return event.defaultPrevented;
    }""")
    assert words is False, "words may be dragged into the prompt"


def test_a_paste_that_is_too_long_is_refused_and_can_be_undone(visit: Visit, tmp_path: Path) -> None:
    page = visit(HERE)
    asked = ServerCalls(page)
    input_box(page, "prompt").focus()
    page.keyboard.insert_text("O " * 10_000)
    expect(page.locator("#notice p")).to_have_count(1)
    expect(page.locator("#notice")).to_contain_text("at most 10,000 are read")
    assert text_of(page) == "To be"
    page.keyboard.press("Control+z")
    page.wait_for_function(f"{STATE}.run.text === 'To be' && {STATE}.problem === ''")
    expect(page.locator("#notice p")).to_have_count(0)
    assert set(asked) == set(), "the page itself knows how much is read"


def test_a_rotated_phone_shows_all_bars_and_letters(new_page: Callable[..., Page], visit: Visit) -> None:
    phone = visit("/?model=shakespeare-gru&length=30", new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    narrow = phone.locator("#temperature .flip:not(.dense)").count()
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.wait_for_function(
        "before => document.querySelectorAll('#temperature .flip:not(.dense)').length > before", arg=narrow
    )
    assert phone.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert cells(phone).count() > 0
