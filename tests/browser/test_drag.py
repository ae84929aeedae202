"""What a move of the slider costs the browser, in counts: on a busy machine it takes longer, and counts the same."""

import json
from collections.abc import Callable
from statistics import median
from typing import Any

from playwright.sync_api import Page

from tests.bench.drag import ASKED, RESTS
from tests.browser.hands import WORDS, painted

POSITIONS = [0.35 + 0.03 * i for i in range(15)]
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline"]


def dragged(page: Page) -> list[dict[str, Any]]:
    """Drag the slider over the positions, and give what the browser noted of its work for this page meanwhile."""
    rail = page.get_by_role("slider", name=WORDS["temperature"], exact=True).bounding_box()
    browser = page.context.browser
    assert rail is not None
    assert browser is not None

    def go(position: float) -> None:
        page.mouse.move(rail["x"] + rail["width"] * position, rail["y"] + rail["height"] / 2)
        painted(page)

    frame = page.context.new_cdp_session(page).send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    go(0.3)
    page.mouse.down()
    go(0.32)
    browser.start_tracing(page=page, categories=TRACED)
    for position in POSITIONS:
        go(position)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.mouse.up()
    painted(page)
    return [event for event in events if event.get("args", {}).get("beginData", {}).get("frame") == frame]


def test_a_move_of_the_slider_styles_and_lays_out_little(page_here: Page) -> None:
    """One change of styles and one layout a move; a dozen elements, and a few more where the figures are drawn too.

    When each bar was an element of its own and Generate faded to its new colour, it was six changes, and one of them of
    86 elements.
    """
    events = dragged(page_here)
    styled = [event["args"]["elementCount"] for event in events if event["name"] == "UpdateLayoutTree"]
    laid = [event["args"]["beginData"]["dirtyObjects"] for event in events if event["name"] == "Layout"]
    changes = [count for count in styled if count > 0]
    assert len(POSITIONS) <= len(changes) <= 2 * len(POSITIONS), styled
    assert median(changes) <= 30, styled
    assert sum(changes) <= 40 * len(POSITIONS), styled
    assert len(laid) <= 3 * len(POSITIONS), laid
    assert median(laid) <= 40, laid  # it was 55 when a figure laid out the list that it stands in


def test_a_page_at_rest_asks_for_no_frames(visit: Callable[..., Page], new_page: Callable[..., Page]) -> None:
    """Gradio's sign of loading goes on counting its seconds, frame by frame, when it is gone."""
    page = new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(ASKED)
    visit("/?model=shakespeare-ngram", page)
    page.wait_for_function(RESTS, polling=100)
    page.evaluate("window.playground.setTemperature(2)")
    painted(page)  # what is asked for by name still comes


HELD = """(large) => {
  const { store } = window.playground;
  store.setTemperature(1.1);
  return new Promise((done) => requestAnimationFrame(() => {
    // What is still to be drawn comes after a rest, and the model is another one by then.
    const frame = window.requestAnimationFrame;
    const waiting = [];
    window.requestAnimationFrame = (act) => waiting.push(act);
    store.update({ run: large, cursor: large.prompted, shown: large.steps.length });
    setTimeout(() => {
      window.requestAnimationFrame = frame;
      waiting.forEach((act) => frame(act));
      done(waiting.length);
    }, 400);
  }));
}"""


def test_what_a_slow_machine_draws_later_is_of_one_model(visit: Callable[..., Page], troubles: list[str]) -> None:
    """The rest of a drawing was of the old model's symbols and the new model's ids: half of the figures were lost."""
    page = visit("/?model=lua-lstm&prompt=loca")
    page.evaluate("window.large = window.playground.store.state.run")
    page.locator("#model input").fill("names-gru")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.playground.store.state.run.model === 'names-gru'")
    painted(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 30})
    for temperature in (0.5, 0.6, 0.7):
        page.evaluate("(t) => window.playground.setTemperature(t)", temperature)
        painted(page)
    assert page.evaluate(f"({HELD})(window.large)") > 0
    assert not troubles
    painted(page)
    assert page.locator("#figure-likeliest").inner_text()
