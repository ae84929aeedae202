"""What is visible in one frame belongs together: bars, figures, dart and text, during playback, drags, and both."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

from playground.sampling import Sampling, distribution
from tests.browser.hands import (
    TWO_FRAMES,
    generate,
    label_of,
    run_id,
    set_full_speed,
    text_of,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be&length=300&seed=5"
SLOWED = 6
STATE = "window.playground.store.state"

# What the page shows after each frame, while the text plays.
FRAMES = """async () => {
  const { store } = window.playground;
  const channel = new MessageChannel();
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    channel.port1.onmessage = done; // after the frame
    channel.port2.postMessage(0);
  }));
  const text = (selector) => document.querySelector(selector).textContent;
  const seen = [];
  while (!store.state.playing || !store.state.run.expected) await frame();
  while (store.state.playing) {
    await frame();
    const cells = [...document.querySelectorAll("#text .cell:not(.future)")].map((cell) => cell.textContent).join("");
    seen.push({
      bar: text("#distribution .bars .bar .label"),
      figure: text("#figure-likeliest").split("  ")[0],
      dart: text("#distribution .dart").split("→ ")[1],
      drawn: text("#distribution .bars .bar.under .label"),
      heading: text("#temperature h2 code").replace(/[“…▮”]/g, ""),
      text: cells.replaceAll("↵\\n", "↵"),
    });
  }
  return seen;
}"""


def test_dart_bars_figures_and_text_belong_to_the_same_step(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate("window.playground.store.update({ pace: 40 })")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.evaluate("() => void setTimeout(() => window.playground.play.generate())")
    frames = page.evaluate(FRAMES)
    wait_until_painted(page)
    assert len({frame["text"] for frame in frames}) > 10, "too few frames to tell"
    assert len({frame["figure"] for frame in frames}) > 3
    for frame in frames:
        assert frame["bar"] == frame["figure"], frame
        assert frame["dart"] == frame["drawn"], frame
        assert frame["text"].endswith(frame["heading"]), frame


def test_at_a_huge_temperature_the_text_takes_the_character_under_the_dart(visit: Visit) -> None:
    page = visit(f"{HERE}&temperature=1e18")
    wait_until_painted(page)
    set_full_speed(page)
    for written in (1, 2, 3):
        under = page.locator("#distribution .dart").inner_text().replace("▲", "").split("→ ")[1].strip()
        assert page.locator("#distribution .bars .bar.under .label").inner_text() == under
        assert f"gives {under}" in page.locator("#figures .told").inner_text()
        at = page.evaluate("""() => {
          const { store, sampling } = window.playground;
          const moment = store.moment();
          const row = sampling.rank(moment.logits);
          const drawn = sampling.stages(row, store.truncation());
          const places = sampling.drawOrder(row, drawn);
          let sum = 0;
          const place = places.find((place) => (sum += drawn.probabilities[place]) > moment.u);
          return moment.symbols[row.ids[place]];
        }""")
        assert label_of(at) == under
        before = run_id(page)
        page.locator("#step").click()
        wait_until_written(page, before, written)
        assert label_of(text_of(page)[-1]) == under


# What stands on the page after each frame. `row`: the logits of the place that is painted. `drawn`: what the dice give
# for a character that is painted for the first time, under the temperature that it keeps; the slider `had` it just now.
WATCH = """() => {
  const { store, sampling } = window.playground;
  const channel = new MessageChannel();
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  let [earlier, since] = [[], [store.state.settings.temperature]];
  let length = 0;
  store.subscribe((state, patch) => { if (patch.settings) since.push(state.settings.temperature); });
  function drawn({ logits, u, settings: { temperature } }) {
    const { topK, topP, minP, bias } = store.truncation();
    const row = sampling.rank(logits, bias);
    const id = sampling.chosen(row, sampling.stages(row, { temperature, topK, topP, minP, bias }), u);
    return { symbol: store.state.run.symbols[id], under: temperature };
  }
  function look() {
    const { run, playing, hold, settings } = store.state;
    const cells = [...document.querySelectorAll("#text .cell:not(.future)")].map((cell) => cell.textContent);
    const place = hold ?? cells.length;
    const fresh = cells.length > length ? run.steps[length] : null;
    window.frames.push({
      playing,
      held: hold !== null,
      bar: text("#distribution .bars .bar .label"),
      likeliest: text("#figure-likeliest").split("  "),
      row: [...(run.steps[place]?.logits ?? run.tip)],
      dart: text("#distribution .dart").split("→ ")[1].trim(),
      under: text("#distribution .bars .bar.under .label"),
      told: text("#figures .told b"),
      heading: text("#temperature h2 code").replace(/[“…▮”]/g, ""),
      slider: document.querySelector("#temperature-value").value,
      written: text("#text .told-under").split(",")[0],
      behind: document.querySelector("#text .cells").classList.contains("behind"),
      cells: cells.map((cell) => cell.replaceAll("↵\\n", "↵")),
      had: [...earlier, ...since],
      drawn: fresh?.settings ? drawn(fresh) : null,
    });
    [earlier, since] = [since, [settings.temperature]];
    length = cells.length;
  }
  window.frames = [];
  channel.port1.onmessage = look; // after the frame
  const frame = () => { channel.port2.postMessage(0); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


def drag(page: Page, parts: Iterable[int], then: Callable[[int], None]) -> None:
    """Move the slider to these hundredths of its length, and wait at each."""
    box = page.locator("#temperature input[type=range]").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    for part in parts:
        page.mouse.move(box["x"] + box["width"] * part / 100, middle)
        then(part)
    page.mouse.up()


def assert_frame_agrees(frame: dict[str, Any]) -> None:
    """Dart, bars and figures agree."""
    assert frame["dart"] == frame["under"], frame
    symbol, share = frame["likeliest"]
    assert symbol == frame["bar"], frame
    row = distribution(frame["row"], Sampling(temperature=float(frame["slider"])))
    assert abs(float(share.removesuffix("%")) / 100 - float(max(row))) < 0.001, frame
    assert frame["told"] in ("", frame["dart"]), frame


def test_every_frame_agrees_while_a_text_plays_during_a_drag(visit: Visit) -> None:
    """A new character is the one that the dart was at, or is at since the slider moved."""
    page = visit(HERE.replace("length=300", "length=1000"))  # more than is played during the drag
    page.evaluate("window.playground.store.update({ pace: 8 })")
    page.evaluate(WATCH)
    page.locator("#generate").click()
    page.wait_for_function(f"() => {STATE}.playing && {STATE}.cursor > {STATE}.run.prompted")

    def appeared(_: int) -> None:  # a character or two at each place, so that the hand rests for some of them
        length = page.evaluate("window.frames.at(-1).cells.length")
        page.wait_for_function("(length) => window.frames.at(-1).cells.length > length", arg=length)

    drag(page, [*range(50, 90, 4), *range(90, 10, -4), *range(10, 60, 4)], appeared)
    frames = [frame for frame in page.evaluate("window.frames") if frame["playing"]]
    grown, rested, dragged = 0, 0, set()
    for before, frame in pairwise(frames):
        assert_frame_agrees(frame)
        assert "".join(frame["cells"]).endswith(frame["heading"]), frame
        if len(frame["cells"]) <= len(before["cells"]):
            continue
        grown += 1
        dragged.add(frame["slider"])
        new = label_of(frame["cells"][len(before["cells"])])
        assert new == label_of(frame["drawn"]["symbol"]), (before, frame)
        assert frame["drawn"]["under"] in frame["had"], (before, frame)
        if len(set(frame["had"])) == 1:
            assert new == before["dart"], (before, frame)
            rested += 1
    assert grown > 40
    assert rested > 10
    assert len(dragged) > 20


def test_every_frame_agrees_during_a_drag_over_a_finished_text(visit: Visit) -> None:
    """Otherwise the text is marked as out of date. Where the slider rests, the text catches up."""
    page = visit("/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5")
    generate(page, 60)
    prompted = page.evaluate(f"{STATE}.run.prompted")
    page.evaluate(WATCH)
    rests = []

    def stay(part: int) -> None:
        if part % 10 == 0:
            page.wait_for_function(f"() => !{STATE}.behind && {STATE}.hold !== null")
            page.evaluate(TWO_FRAMES)
            rests.append(part)
        else:
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")

    drag(page, [*range(52, 90, 2), *range(90, 10, -2), *range(10, 60, 2)], stay)
    frames = [frame for frame in page.evaluate("window.frames") if frame["held"]]
    agree = set()
    for frame in frames:
        assert_frame_agrees(frame)
        if not frame["behind"]:
            assert label_of(frame["cells"][prompted]) == frame["dart"], frame
            assert frame["written"] == f"T = {frame['slider']}", frame
            agree.add(frame["slider"])
    assert len(agree) >= len(set(rests)) >= 8
