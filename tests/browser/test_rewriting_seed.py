"""A rewritten text keeps its own random draws, whatever seed the page has for the next one."""

from collections.abc import Callable

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.hands import cells, generate, text_of, wait_until_painted
from tests.browser.test_rewriting import HERE, PROMPT, RESTS, STATE

Visit = Callable[..., Page]
AGREES = """() => {
  const { store, sampling } = window.playground;
  const { draft, run, hold } = store.state;
  const moment = store.moment();
  const row = sampling.rank(moment.logits);
  const drawn = sampling.chosen(row, sampling.stages(row, store.truncation()), moment.u);
  const text = draft ?? run;
  return [text.steps[hold].u === moment.u, moment.u === null || text.steps[hold].id === drawn, text.settings.seed];
}"""


@pytest.mark.parametrize("chosen", [False, True])
def test_rewriting_keeps_the_texts_seed_and_the_next_text_has_the_new_one(
    chosen: bool, visit: Visit, client: Client
) -> None:
    """chosen: whether the first character was chosen by hand; it stays, and has no random draw."""
    page = visit(HERE)
    if chosen:
        page.locator("#distribution .bar").nth(3).click()
        page.wait_for_function(f"() => !{STATE}.busy && {STATE}.run.steps.length === {STATE}.run.prompted + 1")
        generate(page)  # from there on
        cells(page).nth(len(PROMPT)).click()
    else:
        generate(page, 60)
    first = text_of(page)
    page.locator("#new-seed").click()
    seed = page.evaluate(f"{STATE}.settings.seed")
    assert seed != 5
    assert text_of(page) == first
    page.locator("#temperature input[type=range]").hover()
    page.mouse.down()
    for temperature in (2, 0.5):
        page.evaluate(f"window.playground.setTemperature({temperature})")
        page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === {temperature} && !{STATE}.behind")
        assert page.evaluate(AGREES) == [True, True, 5]
        wait_until_painted(page)
        if chosen:
            assert text_of(page)[: len(PROMPT) + 1] == first[: len(PROMPT) + 1]
            continue
        own = {"model": "shakespeare-gru", "prompt": PROMPT, "temperature": temperature, "seed": 5, "length": 60}
        assert text_of(page).startswith(client.predict(**own, api_name="/generate")["text"])
    page.evaluate("window.playground.setTemperature(1)")
    page.wait_for_function(f"() => !{STATE}.behind && ({STATE}.draft ?? {STATE}.run).settings.temperature === 1")
    wait_until_painted(page)
    if not chosen:  # the old temperature gives the old text
        assert text_of(page) == first
    page.mouse.up()
    page.wait_for_function(RESTS)
    expect(page.locator("#text .told-under")).to_contain_text("seed 5")
    assert page.evaluate(f"{STATE}.settings.seed") == seed
    page.evaluate(f"window.playground.store.update({{ here: false, cursor: {STATE}.run.steps.length }})")
    generate(page)
    expect(page.locator("#text .told-under")).to_contain_text(f"seed {seed}")
