"""The slider rewrites the text: all after the position while paused, and from the next character on during playback."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from tests.browser.hands import (
    WORDS,
    cells,
    expect_notice,
    generate,
    moment,
    set_temperature,
    text_of,
    wait_until_painted,
)

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5"
# The text has the current settings, and its rows.
RESTS = f"""() => {{
  const {{ run, draft, behind, settings }} = {STATE};
  return !draft && !behind && run.settings.temperature === settings.temperature;
}}"""


def rewrite_at(page: Page, temperature: float) -> str:
    """Move the slider, wait until the text follows, and return the text."""
    page.evaluate(f"window.playground.setTemperature({temperature})")
    page.wait_for_function(RESTS)
    wait_until_painted(page)
    return text_of(page)


def requested_text(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(request.post_data or "{}")
    return asked


def test_the_text_follows_the_slider_and_returns_exactly(visit: Visit, text_at: Any) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    assert rewrite_at(page, 2) == text_at(2)
    assert rewrite_at(page, 0) == text_at(0)
    assert rewrite_at(page, 1) == first == text_at(1)
    # All of it was one change of the text, which returned to its beginning.
    expect(page.locator("#text .branch")).to_have_count(0)
    expect(page.locator("#text .told-under")).to_have_text("T = 1.00, seed 5")


def test_only_the_text_is_sent_during_a_drag(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    asked: list[dict[str, Any]] = []
    page.on("request", lambda sent: asked.append(requested_text(sent)) if sent.url.endswith("/write") else None)
    # Counted on the page: Chromium at times reports a request as cancelled whose answer was read to its end.
    page.evaluate("""() => {
      window.sizes = [];
      const own = window.fetch;
      window.fetch = async (...given) => {
        const answer = await own(...given);
        if (String(given[0]).endsWith("/write")) {
          answer.clone().arrayBuffer().then((all) => window.sizes.push(all.byteLength));
        }
        return answer;
      };
    }""")
    rewrite_at(page, 2)
    assert [request["light"] for request in asked] == [True, False]
    page.wait_for_function("window.sizes.length === 2")
    light, whole = page.evaluate("window.sizes")
    assert light < 3_500  # a head, one row of 65 numbers, and 12 bytes a step
    assert whole > 60 * 65 * 4


def test_an_earlier_temperature_shows_its_text_at_once(visit: Visit, text_at: Any) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    page.locator("#temperature input[type=range]").hover()
    page.mouse.down()  # one drag counts as one change
    texts: list[Any] = []  # requests during the drag; once the slider rests, rows are requested too

    def note(sent: Request) -> None:
        if sent.url.endswith("/write") and requested_text(sent)["light"]:
            texts.append(requested_text(sent)["settings"])

    page.on("request", note)
    for temperature in (2, 3):
        page.evaluate(f"window.playground.setTemperature({temperature})")
        page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === {temperature} && !{STATE}.behind")
    before = len(texts)
    page.evaluate("window.playground.setTemperature(2)")
    page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === 2 && !{STATE}.behind")
    wait_until_painted(page)
    assert text_of(page) == text_at(2)
    # The text from before the drag is kept as well.
    page.evaluate("window.playground.setTemperature(1)")
    page.wait_for_function(f"() => !{STATE}.draft && !{STATE}.behind")
    wait_until_painted(page)
    assert text_of(page) == first
    assert len(texts) == before
    # Other truncation makes another text.
    page.evaluate("window.playground.store.set({ top_k: 2, temperature: 3 })")
    page.wait_for_function(f"() => {STATE}.draft?.settings.top_k === 2 && !{STATE}.behind")
    assert len(texts) > before
    page.mouse.up()


def test_the_bars_stay_at_the_position_and_agree_with_the_text(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    for temperature in (2, 4, 0.3):
        text = rewrite_at(page, temperature)
        here = moment(page)
        assert here.number == 0
        dart = page.locator("#distribution .dart").inner_text().replace("▲", "").strip()
        assert dart.split("→ ")[1].strip() == text[len(PROMPT)]
        row = here.probabilities(temperature=temperature)
        assert float(str(page.locator("#distribution").get_attribute("data-temperature"))) == temperature
        assert row[text[len(PROMPT)]] > 0


def test_only_the_text_after_the_position_changes(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    cells(page).nth(len(PROMPT) + 30).click()
    bent = rewrite_at(page, 3)
    assert bent[: len(PROMPT) + 30] == first[: len(PROMPT) + 30]
    assert bent != first
    assert len(bent) == len(first)
    expect(page.locator("#text .told-under")).to_contain_text("31–60: T = 3.00")


def test_the_replaced_text_is_an_earlier_version_with_its_temperature(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    rewrite_at(page, 2)
    branch = page.locator("#text .branch")
    expect(branch).to_have_count(1)
    branch.click()
    page.wait_for_function(f"() => {STATE}.settings.temperature === 1")
    wait_until_painted(page)
    assert text_of(page) == first


def test_with_rewriting_off_the_text_stays_and_the_switch_is_remembered(visit: Visit) -> None:
    page = visit(HERE)
    page.get_by_label(WORDS["rewriting"]).uncheck()
    first = generate(page, 60)
    set_temperature(page, 3)
    assert text_of(page) == first
    assert page.evaluate(f"{STATE}.draft") is None
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    expect(page.get_by_label(WORDS["rewriting"])).not_to_be_checked()
    page.get_by_label(WORDS["rewriting"]).check()


# For each character that appears during playback: whether the dart was at it in the bars then.
AGREE = """() => {
  const { store, sampling } = window.playground;
  window.agree = [];
  let before = store.state.cursor;
  store.subscribe((state) => {
    const { run, cursor, playing } = state;
    if (!playing || !run) { before = cursor; return; }
    for (let at = Math.max(before, run.prompted); at < cursor; at++) {
      const step = run.steps[at];
      const { temperature, top_k: topK, top_p: topP, min_p: minP } = state.settings;
      const row = sampling.rank(step.logits);
      const drawn = sampling.chosen(row, sampling.stages(row, { temperature, topK, topP, minP, bias: [] }), step.u);
      window.agree.push([drawn === step.id, step.settings.temperature === temperature]);
    }
    before = cursor;
  });
}"""


def test_during_playback_the_text_follows_from_the_next_character(visit: Visit) -> None:
    page = visit(HERE.replace("length=60", "length=150"))
    page.evaluate(AGREE)
    page.evaluate("window.playground.store.update({ pace: 60 })")
    page.locator("#generate").click()
    for temperature, at in ((3, 20), (0.2, 50), (5, 80), (1, 110)):
        page.wait_for_function(f"() => {STATE}.run && {STATE}.cursor - {STATE}.run.prompted >= {at}")
        page.evaluate(f"window.playground.setTemperature({temperature})")
    page.wait_for_function(f"() => !{STATE}.playing && !{STATE}.busy && {STATE}.cursor === {STATE}.run.steps.length")
    agree = page.evaluate("window.agree")
    assert len(agree) == 150
    assert all(drawn for drawn, _ in agree)
    assert page.evaluate(f"{STATE}.run.steps.length - {STATE}.run.prompted") == 150
    steps = f"{STATE}.run.steps.slice({STATE}.run.prompted)"
    temperatures = page.evaluate(f"{steps}.map((step) => step.settings.temperature)")
    assert list(dict.fromkeys(temperatures)) == [1, 3, 0.2, 5]
    expect(page.locator("#text .told-under")).to_contain_text("T = 5.00")
    # A band under each character shows its temperature.
    bands = page.evaluate("() => [...document.querySelectorAll('#text .cell')].map((cell) => cell.style.borderBottom)")
    assert len(set(filter(None, bands))) == 4


def test_a_busy_server_is_reported_and_the_text_follows_on_release(
    visit: Visit, troubles: list[str], text_at: Any
) -> None:
    page = visit(HERE)
    generate(page, 60)
    refusals: list[int] = []

    def refuse(route: Route) -> None:
        refusals.append(1)
        route.fulfill(status=503, json={"code": "busy"})

    page.route("**/stream/write", refuse, times=1)
    page.evaluate("window.playground.setTemperature(2)")
    expect_notice(page, WORDS["rewriting_late"][:40])
    page.wait_for_function(RESTS)
    wait_until_painted(page)
    assert refusals == [1]
    assert text_of(page) == text_at(2)
    troubles[:] = [trouble for trouble in troubles if "503" not in trouble]


def test_a_paused_text_continues_at_the_current_temperature(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate(AGREE)
    page.evaluate("window.playground.store.update({ pace: 30 })")
    page.locator("#generate").click()
    page.wait_for_function(f"() => {STATE}.run && {STATE}.cursor - {STATE}.run.prompted >= 10")
    page.get_by_role("button", name=WORDS["pause"], exact=True).click()
    seen = text_of(page)
    set_temperature(page, 4)
    assert text_of(page) == seen  # what is shown stays
    page.get_by_role("button", name=WORDS["play"], exact=True).click()
    page.wait_for_function(f"() => !{STATE}.playing && !{STATE}.busy && {STATE}.cursor === {STATE}.run.steps.length")
    assert text_of(page).startswith(seen)
    assert all(drawn for drawn, _ in page.evaluate("window.agree"))
    steps = f"{STATE}.run.steps.slice({STATE}.run.prompted)"
    temperatures = page.evaluate(f"{steps}.map((step) => step.settings.temperature)")
    assert set(temperatures) == {1, 4}
    assert len(temperatures) == 60
