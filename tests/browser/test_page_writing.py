"""Writing: Generate, the player, one character at a time, choosing by hand, and branches."""

from collections.abc import Callable
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    Requests,
    assert_bars_show,
    at_full_speed,
    bars,
    cells,
    generate,
    moment,
    painted,
    run_id,
    seen,
    set_temperature,
    text_of,
    type_into,
    wait_until_written,
)

Visit = Callable[..., Page]
PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5"
STATE = "window.playground.store.state"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def by_the_api(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate, with the settings of HERE."""
    defaults = {"model": "shakespeare-gru", "prompt": PROMPT, "length": 60, "seed": 5}
    job = client.submit(api_name="/generate", **(defaults | settings))
    job.result(timeout=60)
    last: dict[str, Any] = job.outputs()[-1]
    return last


def assert_this_moment_is_after(page: Page, client: Client, prefix: str, temperature: float = 1) -> None:
    """The bars are what the API says comes after `prefix`."""
    told = client.predict(model="shakespeare-gru", prompt=prefix, temperature=temperature, api_name="/distribution")
    assert_bars_show(page, dict(zip(map(seen, told["symbols"]), told["probabilities"], strict=True)))
    assert moment(page).logits == pytest.approx(told["logits"], abs=1e-3)


def press(page: Page, key: str) -> None:
    """Press one of the player's buttons, by its name."""
    page.get_by_role("button", name=WORDS[key], exact=True).click()


def place(page: Page) -> int:
    """How many characters stand after the prompt, before the place in the text."""
    return int(page.evaluate(f"{STATE}.cursor - {STATE}.run.prompted"))


# ── Generate ─────────────────────────────────────────────────────────────────────────────────────
def test_generate_writes_the_text_that_the_api_writes_and_writes_it_again(visit: Visit, client: Client) -> None:
    page = visit(HERE + "&temperature=0.8&top-p=0.95")
    assert text_of(page) == PROMPT
    text = generate(page, 60)
    assert text == by_the_api(client, temperature=0.8, top_p=0.95)["text"]
    press_from_the_prompt(page)
    assert generate(page, 60) == text
    expect(page.locator("#text .branch")).to_have_count(0)


def press_from_the_prompt(page: Page) -> None:
    """Let the next Generate begin at the prompt, as it does right after the page is opened."""
    button = page.get_by_role("button", name=WORDS["from_prompt"])
    if button.is_visible():
        button.click()


def test_the_shortest_text_is_one_character_and_another_seed_writes_another_text(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    type_into(page, "length", "1")
    assert generate(page, 1) == by_the_api(client, length=1)["text"]
    type_into(page, "length", "40")
    type_into(page, "seed", "6")
    press_from_the_prompt(page)
    assert generate(page, 40) == by_the_api(client, length=40, seed=6)["text"] != by_the_api(client, length=40)["text"]


def test_the_longest_text_is_written_and_comes_in_parts(visit: Visit, client: Client) -> None:
    page = visit(HERE.replace("length=60", "length=2000"))
    page.evaluate("""() => {
      window.lengths = new Set();
      window.playground.store.subscribe(({ run }) => window.lengths.add(run.steps.length - run.prompted));
    }""")
    text = generate(page, 2_000)
    assert text == by_the_api(client, length=2_000)["text"]
    lengths = page.evaluate("[...window.lengths]")
    assert len([n for n in lengths if 0 < n < 2_000]) >= 1, f"the run came in one piece: {lengths}"


def test_stop_leaves_what_was_written(visit: Visit, client: Client) -> None:
    page = visit(HERE.replace("length=60", "length=500"))
    page.locator("#generate").click()
    page.wait_for_function(f"{STATE}.shown - {STATE}.run.prompted >= 5")
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    painted(page)
    text = text_of(page)
    assert len(PROMPT) + 5 <= len(text) < len(PROMPT) + 500
    assert by_the_api(client, length=500)["text"].startswith(text)
    assert page.evaluate(f"{STATE}.busy") is False
    # The page still works: the next character is the one that would have come.
    before = run_id(page)
    page.locator("#step").click()
    wait_until_written(page, before)
    assert by_the_api(client, length=500)["text"].startswith(text_of(page))
    assert len(text_of(page)) == len(text) + 1


# ── The player ───────────────────────────────────────────────────────────────────────────────────
def test_the_player_pauses_steps_and_scrubs_without_asking_the_server(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    sent = Requests(page)
    press(page, "to_start")
    assert place(page) == 0
    press(page, "forward")
    press(page, "forward")
    assert place(page) == 2
    press(page, "back")
    assert place(page) == 1
    painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "1"
    expect(page.locator("#text .cell.future")).to_have_count(59)
    page.get_by_label(WORDS["scrub"]).fill("33")
    assert place(page) == 33
    page.get_by_label(WORDS["speed"]).fill("0")
    press(page, "play")
    page.wait_for_function(f"{STATE}.cursor - {STATE}.run.prompted > 33")
    press(page, "pause")
    stopped = place(page)
    assert 33 < stopped < 60
    painted(page)
    assert place(page) == stopped
    press(page, "to_end")
    assert place(page) == 60
    assert sent == []


def test_playing_takes_longer_the_slower_it_is(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    speed = page.get_by_label(WORDS["speed"])
    speed.fill("0")
    slow = page.locator("#text output").inner_text()
    speed.fill("0.9")
    fast = page.locator("#text output").inner_text()
    assert int(slow.split("/")[0]) < int(fast.split("/")[0])
    press(page, "play")
    page.wait_for_function(f"{STATE}.cursor === {STATE}.run.prompted + 60")
    expect(page.get_by_role("button", name=WORDS["play"], exact=True)).to_be_visible()


def test_the_text_is_coloured_by_surprise_probability_rank_or_not_at_all(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    found = {}
    for name in ("surprise", "probability", "rank", "none"):
        page.locator("#colour").select_option(name)
        painted(page)
        found[name] = page.evaluate(
            "[...document.querySelectorAll('#text .cell')].map((cell) => getComputedStyle(cell).backgroundColor)"
        )
        expect(page.locator("#text .scale span")).to_have_count(0 if name == "none" else 2)
    assert len(set(map(tuple, found.values()))) == 4
    assert len(set(found["none"])) == 1
    assert all(len(set(found[name])) > 5 for name in ("surprise", "probability"))
    # The level of a written cell is what Python makes of its logits under the run's own settings.
    page.locator("#colour").select_option("probability")
    painted(page)
    first = cells(page).nth(len(PROMPT))
    level = float(first.evaluate("cell => cell.style.getPropertyValue('--level')"))
    label = seen(first.inner_text())
    first.hover()
    painted(page)
    assert level == pytest.approx(1 - moment(page).probabilities()[label], abs=0.001)


# ── Moments ──────────────────────────────────────────────────────────────────────────────────────
def test_pointing_at_any_character_shows_its_moment(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    sent = Requests(page)
    for index in (len(PROMPT) + 30, len(PROMPT), 4, 0):
        cells(page).nth(index).hover()
        painted(page)
        assert page.locator("#distribution").get_attribute("data-step") == str(index - len(PROMPT))
        assert_this_moment_is_after(page, client, text[:index])
    set_temperature(page, 2.5)
    assert_this_moment_is_after(page, client, "", 2.5)
    assert [label for label, bar in bars(page).items() if bar.under] == []
    assert sent == []
    page.mouse.move(5, 5)
    painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "60"


def test_coming_to_a_character_with_tab_or_the_arrows_shows_its_moment(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    step = "document.querySelector('#distribution').dataset.step"
    cells(page).nth(2).focus()
    painted(page)
    assert_this_moment_is_after(page, client, text[:2])
    page.keyboard.press("Tab")
    page.wait_for_function(f"{step} === '{3 - len(PROMPT)}'")
    assert_this_moment_is_after(page, client, text[:3])
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{step} === '{4 - len(PROMPT)}'")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"{step} === '{2 - len(PROMPT)}'")


def test_pointing_tells_how_likely_the_character_was(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    text = generate(page, 60)
    scored = client.predict(text=text, model="shakespeare-gru", api_name="/score")
    detail = page.locator("#text .detail")
    for index in (3, len(PROMPT) + 7):
        cells(page).nth(index).hover()
        bits = -scored["log_probabilities"][index] / 0.6931471805599453
        expect(detail).to_contain_text(f"{bits:.2f}")


# ── One character ────────────────────────────────────────────────────────────────────────────────
def test_one_more_character_is_the_one_that_generate_would_write(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    at_full_speed(page)
    whole = by_the_api(client)["text"]
    for written in (1, 2, 3):
        (under,) = [label for label, bar in bars(page).items() if bar.under]
        assert under == seen(whole[len(PROMPT) + written - 1])
        before = run_id(page)
        page.locator("#step").click()
        wait_until_written(page, before, written)
        assert text_of(page) == whole[: len(PROMPT) + written]
        assert page.locator("#distribution").get_attribute("data-step") == str(written)


def test_clicks_in_quick_succession_each_write_one(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    page.evaluate("() => { for (let i = 0; i < 6; i++) document.querySelector('#step').click(); }")
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 6 && !{STATE}.busy")
    painted(page)
    assert text_of(page) == by_the_api(client)["text"][: len(PROMPT) + 6]


def test_clicking_a_bar_writes_its_character(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    third = list(bars(page))[2]
    before = run_id(page)
    page.locator("#distribution .bar").nth(2).click()
    wait_until_written(page, before, 1)
    assert seen(text_of(page)[-1]) == third
    page.mouse.move(5, 5)
    assert_this_moment_is_after(page, client, text_of(page))
    cells(page).last.hover()
    expect(page.locator("#text .detail")).to_contain_text(WORDS["cell_by_hand"])
    expect(page.locator("#figures .told")).to_have_text(WORDS["by_hand"].format(symbol=third))


# ── Branches ─────────────────────────────────────────────────────────────────────────────────────
def test_writing_from_the_middle_branches_and_the_earlier_text_can_be_had_back(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    middle = len(PROMPT) + 20
    cells(page).nth(middle).click()
    page.mouse.move(5, 5)
    painted(page)
    assert place(page) == 20
    other = next(i for i, label in enumerate(bars(page)) if label != seen(first[middle]))
    before = run_id(page)
    page.locator("#distribution .bar").nth(other).click()
    wait_until_written(page, before, 21)
    page.mouse.move(5, 5)
    branched = text_of(page)
    assert branched[:middle] == first[:middle]
    assert branched != first[: middle + 1]

    longer = generate(page)
    assert longer.startswith(branched)
    assert len(longer) == len(branched) + 60

    page.locator("#text .branch").first.click()
    painted(page)
    assert text_of(page) == first
    assert_this_moment_is_after(page, client, first)
    page.locator("#text .branch").first.click()
    painted(page)
    assert text_of(page) == longer


def test_writing_on_from_the_same_place_with_the_same_dice_gives_the_same_text(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    cells(page).nth(len(PROMPT) + 30).click()
    again = generate(page)
    assert again.startswith(first)
    assert len(again) == len(PROMPT) + 30 + 60


def test_going_back_into_the_prompt_writes_on_from_there(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    cells(page).nth(5).click()
    page.mouse.move(5, 5)
    text = generate(page, 60)
    assert text == by_the_api(client, prompt=PROMPT[:5])["text"]
    expect(page.locator("#prompt textarea, #prompt input").first).to_have_value(PROMPT[:5])
