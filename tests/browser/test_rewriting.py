"""The slider bends the text: at rest all after the place is written anew under the hand, and one that plays follows."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.hands import WORDS, cells, expect_notice, generate, moment, painted, set_temperature, text_of

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5"
# The text is of the settings of now, with its rows.
RESTS = f"""() => {{
  const {{ run, draft, behind, settings }} = {STATE};
  return !draft && !behind && run.settings.temperature === settings.temperature;
}}"""


@pytest.fixture
def text_at(client: Client) -> Callable[[float], str]:
    """What the API writes at a temperature."""

    def write(temperature: float) -> str:
        answer = client.predict(
            model="shakespeare-gru", prompt=PROMPT, temperature=temperature, seed=5, length=60, api_name="/generate"
        )
        return str(answer["text"])

    return write


def bend(page: Page, temperature: float) -> str:
    """Move the slider, wait until the text follows, and give the text."""
    page.evaluate(f"window.playground.setTemperature({temperature})")
    page.wait_for_function(RESTS)
    painted(page)
    return text_of(page)


def written(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(request.post_data or "{}")
    return asked


def test_the_text_follows_the_slider_and_comes_back_letter_for_letter(visit: Visit, text_at: Any) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    assert bend(page, 2) == text_at(2)
    assert bend(page, 0) == text_at(0)
    assert bend(page, 1) == first == text_at(1)
    # All of it was one change of the text, which led back to where it began.
    expect(page.locator("#text .branch")).to_have_count(0)
    expect(page.locator("#text .told-under")).to_have_text("T = 1.00, seed 5")


def test_only_the_text_travels_while_the_hand_moves(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    asked: list[dict[str, Any]] = []
    page.on("request", lambda sent: asked.append(written(sent)) if sent.url.endswith("/write") else None)
    # The page counts: Chromium at times calls a request broken off whose answer was read to its end, and tells no size.
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
    bend(page, 2)
    assert [request["light"] for request in asked] == [True, False]
    page.wait_for_function("window.sizes.length === 2")
    light, whole = page.evaluate("window.sizes")
    assert light < 3_500  # a head, one row of 65 numbers, and 12 bytes a step
    assert whole > 60 * 65 * 4


def test_a_temperature_that_was_there_has_its_text_at_once(visit: Visit, text_at: Any) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    page.locator("#temperature input[type=range]").hover()
    page.mouse.down()  # while a hand is there, all moves are one change
    texts: list[Any] = []  # that are asked for while the hand moves; once it rests, rows are too

    def note(sent: Request) -> None:
        if sent.url.endswith("/write") and written(sent)["light"]:
            texts.append(written(sent)["settings"])

    page.on("request", note)
    for temperature in (2, 3):
        page.evaluate(f"window.playground.setTemperature({temperature})")
        page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === {temperature} && !{STATE}.behind")
    before = len(texts)
    page.evaluate("window.playground.setTemperature(2)")
    page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === 2 && !{STATE}.behind")
    painted(page)
    assert text_of(page) == text_at(2)
    # So has the one that the text was of when the hand came.
    page.evaluate("window.playground.setTemperature(1)")
    page.wait_for_function(f"() => !{STATE}.draft && !{STATE}.behind")
    painted(page)
    assert text_of(page) == first
    assert len(texts) == before
    # With other dice it is another text.
    page.evaluate("window.playground.store.set({ seed: 6, temperature: 3 })")
    page.wait_for_function(f"() => {STATE}.draft?.settings.temperature === 3 && !{STATE}.behind")
    assert len(texts) > before
    page.mouse.up()


def test_the_bars_stay_at_the_place_and_say_what_comes_there(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 60)
    for temperature in (2, 4, 0.3):
        text = bend(page, temperature)
        here = moment(page)
        assert here.number == 0
        dart = page.locator("#distribution .dart").inner_text().replace("▲", "").strip()
        assert dart.split("→ ")[1].strip() == text[len(PROMPT)]
        row = here.probabilities(temperature=temperature)
        assert float(str(page.locator("#distribution").get_attribute("data-temperature"))) == temperature
        assert row[text[len(PROMPT)]] > 0


def test_from_a_place_in_the_text_only_what_follows_it_changes(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    cells(page).nth(len(PROMPT) + 30).click()
    bent = bend(page, 3)
    assert bent[: len(PROMPT) + 30] == first[: len(PROMPT) + 30]
    assert bent != first
    assert len(bent) == len(first)
    expect(page.locator("#text .told-under")).to_contain_text("31–60: T = 3.00")


def test_what_stood_there_is_an_earlier_version_with_its_temperature(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 60)
    bend(page, 2)
    branch = page.locator("#text .branch")
    expect(branch).to_have_count(1)
    branch.click()
    page.wait_for_function(f"() => {STATE}.settings.temperature === 1")
    painted(page)
    assert text_of(page) == first


def test_the_switch_leaves_the_text_alone_and_is_remembered(visit: Visit) -> None:
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


# At each character that appears while the text plays: whether it is the one that the dart is at in the bars then.
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


def test_a_text_that_plays_follows_the_slider_from_the_next_character_on(visit: Visit) -> None:
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
    # A band under each character tells its temperature.
    bands = page.evaluate("() => [...document.querySelectorAll('#text .cell')].map((cell) => cell.style.borderBottom)")
    assert len(set(filter(None, bands))) == 4


def test_bars_dart_and_text_agree_at_every_frame_of_a_drag(visit: Visit) -> None:
    """Or the page says that the text is behind."""
    page = visit(HERE)
    generate(page, 60)
    page.evaluate("""() => {
      window.frames = [];
      const look = () => {
        const dart = document.querySelector("#distribution .dart").textContent.split("→ ")[1]?.replace("▲", "").trim();
        const cell = [...document.querySelectorAll("#text .cell")].find((cell) => !cell.classList.contains("prompt"));
        const behind = document.querySelector("#text .cells").classList.contains("behind");
        const held = document.querySelector("#distribution").dataset.step === "0"; // before, they are at the end
        if (held) window.frames.push([dart, cell.textContent.replace(" ", "␣").trim(), behind]);
        requestAnimationFrame(() => setTimeout(look));
      };
      look();
    }""")
    box = page.locator("#temperature input[type=range]").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    for part in [*range(50, 90, 2), *range(90, 10, -2), *range(10, 60, 2)]:
        page.mouse.move(box["x"] + box["width"] * part / 100, middle)
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_function(RESTS)
    frames = page.evaluate("window.frames")
    assert len(frames) > 20
    assert [frame for frame in frames if frame[0] != frame[1] and not frame[2]] == []
    assert sum(dart == cell for dart, cell, _ in frames) > len(frames) / 4


def test_a_server_that_is_too_busy_is_told_and_the_text_follows_when_the_hand_lets_go(
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
    painted(page)
    assert refusals == [1]
    assert text_of(page) == text_at(2)
    troubles[:] = [trouble for trouble in troubles if "503" not in trouble]


def test_a_text_that_was_paused_goes_on_under_the_slider_as_it_is_then(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate(AGREE)
    page.evaluate("window.playground.store.update({ pace: 30 })")
    page.locator("#generate").click()
    page.wait_for_function(f"() => {STATE}.run && {STATE}.cursor - {STATE}.run.prompted >= 10")
    page.get_by_role("button", name=WORDS["pause"], exact=True).click()
    seen = text_of(page)
    set_temperature(page, 4)
    assert text_of(page) == seen  # what is seen stays
    page.get_by_role("button", name=WORDS["play"], exact=True).click()
    page.wait_for_function(f"() => !{STATE}.playing && !{STATE}.busy && {STATE}.cursor === {STATE}.run.steps.length")
    assert text_of(page).startswith(seen)
    assert all(drawn for drawn, _ in page.evaluate("window.agree"))
    steps = f"{STATE}.run.steps.slice({STATE}.run.prompted)"
    temperatures = page.evaluate(f"{steps}.map((step) => step.settings.temperature)")
    assert set(temperatures) == {1, 4}
    assert len(temperatures) == 60
