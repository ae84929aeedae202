"""Writing: Generate, the player, and the details of each step."""

from collections.abc import Callable

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    Requests,
    bars,
    cells,
    generate,
    label_of,
    moment,
    run_id,
    set_temperature,
    text_of,
    type_into,
    wait_until_painted,
    wait_until_written,
    write_again,
)
from tests.browser.written import (
    HERE,
    PROMPT,
    STATE,
    assert_bars_are_after,
    generate_by_api,
    place,
    press_player_button,
)

Visit = Callable[..., Page]


# ── Generate ─────────────────────────────────────────────────────────────────────────────────────
def test_generate_writes_the_apis_text_and_repeats_it(visit: Visit, client: Client) -> None:
    page = visit(HERE + "&temperature=0.8&top-p=0.95")
    assert text_of(page) == PROMPT
    text = generate(page, 60)
    assert text == generate_by_api(client, temperature=0.8, top_p=0.95)["text"]
    restart_from_prompt(page)
    assert write_again(page, 60) == text
    expect(page.locator("#text .branch")).to_have_count(0)


def restart_from_prompt(page: Page) -> None:
    """Let the next Generate begin at the prompt, as right after the page is opened."""
    button = page.get_by_role("button", name=WORDS["from_prompt"])
    if button.is_visible():
        button.click()


def test_the_shortest_text_is_one_character_and_another_seed_writes_another_text(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    type_into(page, "length", "1")
    assert generate(page, 1) == generate_by_api(client, length=1)["text"]
    type_into(page, "length", "40")
    type_into(page, "seed", "6")
    restart_from_prompt(page)
    with_seed_6 = generate_by_api(client, length=40, seed=6)["text"]
    assert generate(page, 40) == with_seed_6 != generate_by_api(client, length=40)["text"]


def test_the_longest_text_arrives_in_parts(visit: Visit, client: Client) -> None:
    page = visit(HERE.replace("length=60", "length=2000"))
    page.evaluate("""() => {
      window.lengths = new Set();
      window.playground.store.subscribe(({ run }) => window.lengths.add(run.steps.length - run.prompted));
    }""")
    text = generate(page, 2_000)
    assert text == generate_by_api(client, length=2_000)["text"]
    lengths = page.evaluate("[...window.lengths]")
    assert len([n for n in lengths if 0 < n < 2_000]) >= 1, f"the run came in one piece: {lengths}"


def test_stop_keeps_what_was_written(visit: Visit, client: Client) -> None:
    page = visit(HERE.replace("length=60", "length=500"))
    page.locator("#generate").click()
    page.wait_for_function(f"{STATE}.shown - {STATE}.run.prompted >= 5")
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    wait_until_painted(page)
    text = text_of(page)
    assert len(PROMPT) + 5 <= len(text) < len(PROMPT) + 500
    assert generate_by_api(client, length=500)["text"].startswith(text)
    assert page.evaluate(f"{STATE}.busy") is False
    # The page still works: the next character is the one that would have come.
    before = run_id(page)
    page.locator("#step").click()
    wait_until_written(page, before)
    assert generate_by_api(client, length=500)["text"].startswith(text_of(page))
    assert len(text_of(page)) == len(text) + 1


# ── The player ───────────────────────────────────────────────────────────────────────────────────
def test_the_player_pauses_steps_and_scrubs_without_a_request(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    sent = Requests(page)
    press_player_button(page, "to_start")
    assert place(page) == 0
    press_player_button(page, "forward")
    press_player_button(page, "forward")
    assert place(page) == 2
    press_player_button(page, "back")
    assert place(page) == 1
    wait_until_painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "1"
    expect(page.locator("#text .cell.future")).to_have_count(59)
    page.get_by_label(WORDS["scrub"]).fill("33")
    assert place(page) == 33
    page.get_by_label(WORDS["speed"]).fill("0")
    press_player_button(page, "play")
    page.wait_for_function(f"{STATE}.cursor - {STATE}.run.prompted > 33")
    press_player_button(page, "pause")
    stopped = place(page)
    assert 33 < stopped < 60
    wait_until_painted(page)
    assert place(page) == stopped
    press_player_button(page, "to_end")
    assert place(page) == 60
    assert sent == []


def test_slower_playback_takes_longer(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    speed = page.get_by_label(WORDS["speed"])
    speed.fill("0")
    slow = page.locator("#text output").inner_text()
    speed.fill("0.9")
    fast = page.locator("#text output").inner_text()
    assert int(slow.split()[0]) < int(fast.split()[0])
    press_player_button(page, "play")
    page.wait_for_function(f"{STATE}.cursor === {STATE}.run.prompted + 60")
    expect(page.get_by_role("button", name=WORDS["play"], exact=True)).to_be_visible()


def test_the_text_is_coloured_by_surprise_probability_rank_or_nothing(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    found = {}
    for name in ("surprise", "probability", "rank", "none"):
        page.locator("#colour").select_option(name)
        wait_until_painted(page)
        found[name] = page.evaluate(
            "[...document.querySelectorAll('#text .cell')].map((cell) => getComputedStyle(cell).backgroundColor)"
        )
        expect(page.locator("#text .scale span")).to_have_count(0 if name == "none" else 2)
    assert len(set(map(tuple, found.values()))) == 4
    assert len(set(found["none"])) == 1
    assert all(len(set(found[name])) > 5 for name in ("surprise", "probability"))
    # The level of a written cell follows from its logits under the run's own settings.
    page.locator("#colour").select_option("probability")
    wait_until_painted(page)
    first = cells(page).nth(len(PROMPT))
    level = float(first.evaluate("cell => cell.style.getPropertyValue('--level')"))
    label = label_of(first.inner_text())
    first.hover()
    wait_until_painted(page)
    assert level == pytest.approx(1 - moment(page).probabilities()[label], abs=0.001)


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────
def test_pointing_at_a_character_shows_its_step(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    sent = Requests(page)
    for index in (len(PROMPT) + 30, len(PROMPT), 4, 0):
        cells(page).nth(index).hover()
        wait_until_painted(page)
        assert page.locator("#distribution").get_attribute("data-step") == str(index - len(PROMPT))
        assert_bars_are_after(page, client, text[:index])
    set_temperature(page, 2.5)
    assert_bars_are_after(page, client, "", 2.5)
    assert [label for label, bar in bars(page).items() if bar.under] == []
    assert sent == []
    page.mouse.move(5, 5)
    wait_until_painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "60"


def test_moving_to_a_character_by_arrow_keys_shows_its_step(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    step = "document.querySelector('#distribution').dataset.step"
    cells(page).nth(2).focus()
    wait_until_painted(page)
    assert_bars_are_after(page, client, text[:2])
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{step} === '{3 - len(PROMPT)}'")
    assert_bars_are_after(page, client, text[:3])
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{step} === '{4 - len(PROMPT)}'")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"{step} === '{2 - len(PROMPT)}'")


def test_pointing_shows_how_likely_the_character_was(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    scored = client.predict(text=text, model="shakespeare-gru", api_name="/score")
    detail = page.locator("#text .detail")
    for index in (3, len(PROMPT) + 7):
        cells(page).nth(index).hover()
        bits = -scored["log_probabilities"][index] / 0.6931471805599453
        expect(detail).to_contain_text(f"{bits:.2f}")
