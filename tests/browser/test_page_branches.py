"""One character at a time, choosing by hand, and branching."""

from collections.abc import Callable

from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    bars,
    cells,
    generate,
    label_of,
    run_id,
    set_full_speed,
    text_of,
    wait_until_painted,
    wait_until_written,
    write_again,
)
from tests.browser.written import HERE, PROMPT, STATE, assert_bars_are_after, generate_by_api, place

Visit = Callable[..., Page]


# ── One character ────────────────────────────────────────────────────────────────────────────────
def test_a_step_writes_the_character_that_generate_would(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    set_full_speed(page)
    whole = generate_by_api(client)["text"]
    for written in (1, 2, 3):
        (under,) = [label for label, bar in bars(page).items() if bar.under]
        assert under == label_of(whole[len(PROMPT) + written - 1])
        before = run_id(page)
        page.locator("#step").click()
        wait_until_written(page, before, written)
        assert text_of(page) == whole[: len(PROMPT) + written]
        assert page.locator("#distribution").get_attribute("data-step") == str(written)


def test_clicks_in_quick_succession_each_write_one(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    page.evaluate("() => { for (let i = 0; i < 6; i++) document.querySelector('#step').click(); }")
    page.wait_for_function(f"{STATE}.run.steps.length === {STATE}.run.prompted + 6 && !{STATE}.busy")
    wait_until_painted(page)
    assert text_of(page) == generate_by_api(client)["text"][: len(PROMPT) + 6]


def test_clicking_a_bar_writes_its_character(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    third = list(bars(page))[2]
    before = run_id(page)
    page.locator("#distribution .bar").nth(2).click()
    wait_until_written(page, before, 1)
    assert label_of(text_of(page)[-1]) == third
    page.mouse.move(5, 5)
    assert_bars_are_after(page, client, text_of(page))
    cells(page).last.hover()
    expect(page.locator("#text .detail")).to_contain_text(WORDS["cell_by_hand"])
    expect(page.locator("#figures .told")).to_have_text(WORDS["by_hand"].format(symbol=third))


# ── Branches ─────────────────────────────────────────────────────────────────────────────────────
def test_writing_from_the_middle_branches_and_keeps_the_earlier_text(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    middle = len(PROMPT) + 20
    cells(page).nth(middle).click()
    page.mouse.move(5, 5)
    wait_until_painted(page)
    assert place(page) == 20
    other = next(i for i, label in enumerate(bars(page)) if label != label_of(first[middle]))
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
    wait_until_painted(page)
    assert text_of(page) == first
    assert_bars_are_after(page, client, first)
    page.locator("#text .branch").first.click()
    wait_until_painted(page)
    assert text_of(page) == longer


def test_each_of_several_quick_presses_of_a_version_shows_the_other_text(visit: Visit) -> None:
    page = visit(HERE)
    texts = [generate(page, 60), generate(page, 60)]
    assert texts[0] != texts[1]
    page.locator("#text .branch").hover()
    for pressed in range(4):
        page.mouse.down()
        page.mouse.up()
        wait_until_painted(page)
        assert text_of(page) == texts[pressed % 2]


def test_continuing_from_the_same_place_with_the_same_seed_gives_the_same_text(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    cells(page).nth(len(PROMPT) + 30).click()
    again = write_again(page)
    assert again.startswith(first)
    assert len(again) == len(PROMPT) + 30 + 60


def test_going_back_into_the_prompt_continues_from_there(visit: Visit, client: Client) -> None:
    page = visit(HERE)
    cells(page).nth(5).click()
    page.mouse.move(5, 5)
    text = generate(page, 60)
    assert text == generate_by_api(client, prompt=PROMPT[:5])["text"]
    expect(page.locator("#prompt textarea, #prompt input").first).to_have_value(PROMPT[:5])
