"""While a text plays on a slow machine, what is seen in one frame is of one moment: bars, figures, dart and text."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.hands import painted

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be&length=300&seed=5"
SLOWED = 6

# What stands on the page once a frame was painted, for as long as the text plays.
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


def test_what_is_seen_together_is_of_the_same_moment(visit: Visit) -> None:
    page = visit(HERE)
    page.evaluate("window.playground.store.update({ pace: 40 })")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.evaluate("() => void setTimeout(() => window.playground.play.generate())")
    frames = page.evaluate(FRAMES)
    painted(page)
    assert len({frame["text"] for frame in frames}) > 10, "too few frames to tell"
    assert len({frame["figure"] for frame in frames}) > 3
    for frame in frames:
        assert frame["bar"] == frame["figure"], frame
        assert frame["dart"] == frame["drawn"], frame
        assert frame["text"].endswith(frame["heading"]), frame
