"""Bad input: each kind has a clear message, loses nothing, and leaves the console empty."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Dialog, Page, expect

from playground.server.settings import RANGES
from playground.server.wire import SHOWN_CELLS
from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    bars,
    cells,
    expect_notice,
    generate,
    input_box,
    label_of,
    moment,
    set_prompt,
    set_temperature,
    text_of,
    type_into,
    wait_until_painted,
    write_again,
)
from tests.conftest import running_app

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=20"
# The page's long timeouts end at once, so that no test waits for them.
IMPATIENT = """() => {
  const wait = window.setTimeout;
  window.setTimeout = (act, time, ...rest) => wait(act, time > 10_000 ? 0 : time, ...rest);
}"""
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><b id=evil>&lt;i&gt;</b>"


def test_an_empty_prompt_has_the_distribution_of_the_start_of_a_text(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&prompt=&length=20")
    assert cells(page).count() == 0
    assert_bars_show(page, moment(page).probabilities())
    expect(page.locator("#temperature h2")).to_contain_text(WORDS["start_of_text"])
    text = generate(page, 20)
    assert len(text) == 20
    set_prompt(page, "To be")
    set_prompt(page, "")
    assert moment(page).number == 0
    expect(page.locator("#notice p")).to_have_count(0)


def test_unknown_characters_are_marked_in_place_and_explained(visit: Visit) -> None:
    page = visit(HERE)
    set_prompt(page, "Küß 나 ☃ me")
    marked = page.locator("#text .cell.unknown")
    assert marked.all_text_contents() == ["ü", "ß", "나", "☃"]
    assert text_of(page) == "Küß 나 ☃ me"
    told = expect_notice(page, "ü")
    assert WORDS["stands_for"].format(replacement="u", character="ü") in told
    assert WORDS["stands_for"].format(replacement="ss", character="ß") in told
    marked.first.hover()
    expect(page.locator("#text .detail")).to_contain_text(WORDS["cell_unknown"].format(character="ü", replacement="u"))
    assert input_box(page, "prompt").input_value() == "Küß 나 ☃ me"
    assert generate(page, 20).startswith("Küß 나 ☃ me")


def test_a_prompt_of_5000_characters_is_read_in_full(visit: Visit) -> None:
    page = visit(HERE)
    prompt = "".join("O Romeo, Romeo! "[i % 16] for i in range(5_000))
    set_prompt(page, prompt)
    expect(cells(page)).to_have_count(SHOWN_CELLS)
    assert text_of(page) == prompt[-SHOWN_CELLS:]
    expect_notice(page, "5,000")
    assert_bars_show(page, moment(page).probabilities())
    assert generate(page, 20)[:SHOWN_CELLS] == prompt[-SHOWN_CELLS:]
    assert input_box(page, "prompt").input_value() == prompt


def test_a_prompt_beyond_the_limit_gets_one_message_and_loses_nothing(visit: Visit) -> None:
    page = visit(HERE)
    before = generate(page, 20)
    prompt = "x" * 20_001
    input_box(page, "prompt").fill(prompt)
    told = expect_notice(page, "20,001")
    assert len(told.strip().splitlines()) == 1
    assert input_box(page, "prompt").input_value() == prompt
    assert text_of(page) == before
    set_prompt(page, "Thy")
    expect(page.locator("#notice p")).to_have_count(0)
    assert text_of(page) == "Thy"


def test_a_windows_line_ending_is_one_line_end(visit: Visit) -> None:
    page = visit("/?" + urlencode({"model": "shakespeare-gru", "prompt": "To be\r\nor", "length": "5"}))
    assert text_of(page).replace("\r", "").replace("␍", "") == "To be\nor"
    assert len(generate(page, 5)) >= len("To be\nor") + 5


def dialogs_of(page: Page) -> list[str]:
    """Records the dialogs that an injected script opens from now on."""
    said: list[str] = []

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", hear)
    return said


@pytest.mark.parametrize("way", ["typed", "link"])
def test_markup_and_scripts_are_shown_as_text(visit: Visit, page: Page, way: str) -> None:
    said = dialogs_of(page)
    if way == "link":
        visit("/?" + urlencode({"model": "shakespeare-gru", "prompt": MARKUP, "length": "20"}))
    else:
        visit(HERE)
        set_prompt(page, MARKUP)
    assert text_of(page) == MARKUP
    expect(page.locator("#temperature h2")).to_contain_text(MARKUP[-10:])
    expect_notice(page, "<")
    cells(page).first.hover()
    expect(page.locator("#text .detail")).to_contain_text("<")
    page.locator("#distribution .bar").first.hover()
    assert generate(page, 20).startswith(MARKUP)
    page.locator("#text .cell").nth(5).click()
    generate(page)
    assert page.evaluate("document.querySelectorAll('#evil, img[src=x], .cell *, #notice p *, h2 code *').length") == 0
    assert said == []


def test_markup_in_a_link_is_reported_as_text(visit: Visit, page: Page) -> None:
    said = dialogs_of(page)
    visit("/?" + urlencode({"temperature": "<img src=x onerror=alert(1)>", "model": "<b id=evil>x</b>"}))
    told = expect_notice(page, "<img src=x onerror=alert(1)>")
    assert "<b id=evil>x</b>" in told
    assert page.evaluate("document.querySelectorAll('#evil, img[src=x], #notice p *').length") == 0
    assert said == []


def test_a_number_out_of_range_is_reported_at_generate(visit: Visit) -> None:
    page = visit(HERE)
    before = generate(page, 20)
    for control, value in (("length", "0"), ("length", "2001"), ("length", "-5"), ("seed", "-1"), ("seed", "1e17")):
        good = input_box(page, control).input_value()
        type_into(page, control, value)
        page.locator("#generate").click()
        name = WORDS[f"name_{control}"]
        told = expect_notice(page, f"{name} must be {RANGES[control].requirement}, but was '{int(float(value))}'")
        assert len(told.strip().splitlines()) == 1
        expect(page.locator("#generate")).to_be_visible()
        assert text_of(page) == before
        assert float(input_box(page, control).input_value()) == float(value)
        type_into(page, control, good)
    assert write_again(page, 20) == before
    expect(page.locator("#notice p")).to_have_count(0)


@pytest.mark.parametrize("control", ["length", "seed"])
def test_an_empty_number_box_is_reported_at_generate_and_not_before(visit: Visit, control: str) -> None:
    page = visit(HERE)
    good = input_box(page, control).input_value()
    type_into(page, control, "")
    expect(page.locator("#notice p")).to_have_count(0)
    page.locator("#generate").click()
    expect_notice(page, f"{WORDS[f'name_{control}']} must be {RANGES[control].requirement}")
    type_into(page, control, good)
    assert len(generate(page, 20)) > len("To be")
    expect(page.locator("#notice p")).to_have_count(0)


def test_the_prompt_may_change_while_writing(visit: Visit) -> None:
    page = visit(HERE.replace("length=20", "length=400"))
    page.get_by_label(WORDS["speed"]).fill("0.2")
    page.locator("#generate").click()
    page.wait_for_function(
        "() => { const { shown, run } = window.playground.store.state; return shown > run.prompted + 2; }"
    )
    set_prompt(page, "Another")
    assert text_of(page) == "Another"
    expect(page.locator("#generate")).to_be_visible()
    assert_bars_show(page, moment(page).probabilities())


def test_a_lost_server_is_reported_and_the_bars_still_move(
    new_page: NewPage, tmp_path: Path, troubles: list[str]
) -> None:
    page = new_page()
    with running_app(tmp_path / "app.log") as address:
        page.goto(address + HERE)
        page.wait_for_selector("#distribution[data-step]")
        text = generate(page, 20)
    set_temperature(page, 2)
    assert_bars_show(page, moment(page).probabilities(temperature=2))
    page.evaluate(IMPATIENT)
    page.locator("#generate").click()
    expect_notice(page, WORDS["lost"])
    wait_until_painted(page)
    assert text_of(page) == text
    expect(page.locator("#generate")).to_be_visible()
    likeliest = max(range(65), key=lambda i: moment(page).logits[i])
    assert next(iter(bars(page))) == label_of(moment(page).symbols[likeliest])
    # The browser itself reports a connection that is refused; nothing else may be said.
    assert all("ERR_" in trouble or "Failed to fetch" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_prompt_of_millions_of_characters_is_refused_without_being_sent(visit: Visit) -> None:
    page = visit(HERE)
    before = generate(page, 20)
    sent: list[int] = []
    page.on("request", lambda request: sent.append(len(request.post_data or "")))
    prompt = "\U0001f600" + "x" * 2_000_000
    page.evaluate("prompt => window.playground.play.retype(prompt)", prompt)
    expect_notice(page, "The prompt has 2,000,001 characters; at most 10,000 are read. Shorten it.")
    assert text_of(page) == before
    set_prompt(page, "Thy")
    expect(page.locator("#notice p")).to_have_count(0)
    assert text_of(page) == "Thy"
    assert max(sent) < 10_000
