"""Keys that are held, double clicks, and files dropped on the page: each asks the server once, or not at all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    Asked,
    at_full_speed,
    box,
    cells,
    painted,
    run_id,
    setting,
    text_of,
    wait_until_written,
)
from tests.conftest import running_app

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=60&seed=5"
LONG = "/?model=shakespeare-gru&prompt=To+be&length=1000&seed=5"
STATE = "window.playground.store.state"
RESTS = f"() => !{STATE}.busy && !{STATE}.playing"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that takes 10 s to write a thousand characters."""
    folder = tmp_path_factory.mktemp("slow")
    with running_app(folder / "app.log", "-m", "tests.browser.troubled", TROUBLES=str(folder)) as address:
        yield address


def opened(address: str, page: Page, path: str = LONG) -> Page:
    page.goto(address + path)
    page.wait_for_selector("#distribution[data-step]")
    painted(page)
    return page


def hold(page: Page, key: str, times: int = 40) -> None:
    """Press a key and keep it down: the browser hears one press and then repeats."""
    for _ in range(times):
        page.keyboard.down(key)
    page.keyboard.up(key)


@pytest.mark.parametrize(("key", "place"), [("g", "body"), ("Enter", "#prompt textarea"), ("Enter", "#generate")])
def test_a_key_that_is_held_sends_one_request(slow: str, page: Page, key: str, place: str) -> None:
    opened(slow, page)
    if place != "body":
        page.locator(place).focus()
    asked = Asked(page)
    hold(page, key)
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 2")
    assert asked == ["write"]


def test_a_step_that_is_held_asks_for_one_after_another_and_leaves_nothing_to_be_done(slow: str, page: Page) -> None:
    opened(slow, page)
    at_full_speed(page)
    page.evaluate("document.activeElement.blur()")
    asked = Asked(page)
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
    painted(page)
    assert asked == ["write"] * asks
    assert page.evaluate(f"{STATE}.run.steps.length - {STATE}.run.prompted") == asks


@pytest.mark.parametrize(("place", "steps"), [("#step", 1), ("#distribution .bar", 1)])
def test_enter_held_on_a_button_presses_it_once(visit: Visit, place: str, steps: int) -> None:
    page = visit(HERE)
    asked = Asked(page)
    page.locator(place).first.focus()
    hold(page, "Enter", 20)
    page.wait_for_function(f"{STATE}.run.steps.length > {STATE}.run.prompted && !{STATE}.busy")
    painted(page)
    assert asked == ["write"] * steps


def test_a_new_seed_is_made_once_for_each_press(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate("""() => {
      window.seeds = new Set();
      window.playground.store.subscribe(({ settings }) => window.seeds.add(settings.seed));
    }""")
    page.locator("#new-seed").focus()
    hold(page, "Enter", 20)
    page.wait_for_function("window.seeds.size > 0")
    assert page.evaluate("window.seeds.size") == 1


def test_the_players_own_buttons_may_repeat(visit: Visit) -> None:
    page = visit(HERE)
    at_full_speed(page)
    before = run_id(page)
    page.locator("#generate").click()
    wait_until_written(page, before, 60)
    asked = Asked(page)
    page.get_by_role("button", name=WORDS["back"], exact=True).focus()
    hold(page, "Enter", 10)
    assert page.evaluate(f"{STATE}.run.steps.length - {STATE}.cursor") == 10
    assert asked == []


def test_space_that_is_held_pauses_once(slow: str, page: Page) -> None:
    opened(slow, page)
    page.locator("#generate").click()
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 2")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("""() => {
      window.changes = 0;
      window.playground.store.subscribe((_, patch) => { if ("playing" in patch) window.changes++; });
    }""")
    hold(page, " ", 21)
    assert page.evaluate("window.changes") == 1
    assert page.evaluate(f"{STATE}.playing") is False


def test_other_keys_that_are_held_make_no_trouble(visit: Visit) -> None:
    page = visit(HERE)
    asked = Asked(page)
    hold(page, "?", 10)
    expect(page.locator("#keys")).to_be_visible()
    hold(page, "Escape", 10)
    expect(page.locator("#keys")).to_be_hidden()
    hold(page, "5", 10)
    assert setting(page, "temperature") == 1.2
    hold(page, "7", 10)
    assert setting(page, "temperature") == float("inf")
    hold(page, "ArrowLeft", 10)  # the slider goes on for as long as the key is held
    assert setting(page, "temperature") == pytest.approx(0.9 / 0.1)
    assert asked == []


def test_a_letter_that_is_held_in_the_prompt_is_read_few_times(visit: Visit) -> None:
    page = visit(HERE)
    asked = Asked(page)
    box(page, "prompt").focus()
    page.keyboard.press("End")
    hold(page, "e", 60)
    page.wait_for_function(f"{STATE}.run.text === 'To be{'e' * 60}'")
    assert len(asked) <= 20
    assert set(asked) == {"look"}


# ── The mouse and the finger ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("clicks", [2, 3])
@pytest.mark.parametrize("pause", [0, 120])
def test_a_double_click_on_generate_writes(slow: str, page: Page, clicks: int, pause: int) -> None:
    """Stop comes to where Generate was, so the second click would end what the first began."""
    opened(slow, page)
    asked = Asked(page)
    page.locator("#generate").click(click_count=clicks, delay=pause)
    page.wait_for_function(f"{STATE}.shown > {STATE}.run.prompted + 5")
    assert asked == ["write"]
    # A single click on Stop is meant.
    page.locator("#stop").click()
    page.wait_for_function(RESTS)
    assert asked == ["write", "stop"]


def test_clicks_on_one_more_are_counted_and_those_on_bars_are_one_at_a_time(slow: str, page: Page) -> None:
    opened(slow, page)
    asked = Asked(page)
    page.locator("#step").click(click_count=3)
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 3 && !{STATE}.busy")
    assert asked == ["write"] * 3
    page.evaluate("() => { for (let i = 0; i < 5; i++) document.querySelector('#distribution .bar').click(); }")
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 4 && !{STATE}.busy")
    painted(page)
    assert asked == ["write"] * 4


def test_a_prompt_to_try_that_is_clicked_three_times_is_read_once(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&prompt=x")
    asked = Asked(page)
    page.locator("#about .tries button").last.click(click_count=3)
    page.wait_for_function(f"{STATE}.run.text !== 'x'")
    painted(page)
    assert asked == ["look"]


def test_a_file_that_is_dropped_does_not_take_the_page_away(visit: Visit) -> None:
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


def test_a_long_paste_is_refused_in_one_sentence_and_can_be_taken_back(visit: Visit, tmp_path: Path) -> None:
    page = visit(HERE)
    asked = Asked(page)
    box(page, "prompt").focus()
    page.keyboard.insert_text("O " * 10_000)
    expect(page.locator("#notice p")).to_have_count(1)
    expect(page.locator("#notice")).to_contain_text("at most 10,000 are read")
    assert text_of(page) == "To be"
    page.keyboard.press("Control+z")
    page.wait_for_function(f"{STATE}.run.text === 'To be' && {STATE}.problem === ''")
    expect(page.locator("#notice p")).to_have_count(0)
    assert set(asked) == set(), "the page itself knows how much is read"


def test_a_phone_that_is_turned_has_all_its_bars_and_its_letters(new_page: Callable[..., Page], visit: Visit) -> None:
    phone = visit("/?model=shakespeare-gru&length=30", new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    narrow = phone.locator("#temperature .flip:not(.dense)").count()
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.wait_for_function(
        "before => document.querySelectorAll('#temperature .flip:not(.dense)').length > before", arg=narrow
    )
    assert phone.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert cells(phone).count() > 0
