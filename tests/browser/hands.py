"""Actions of a person on the page, and what they see of it: helpers for all tests of the page."""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from playground.sampling import Sampling, distribution

WORDS: dict[str, str] = json.loads(
    (Path(__file__).parents[2] / "playground" / "ui" / "i18n" / "en.json").read_text("utf-8")
)
SEEN = {" ": "␣", "\n": "↵", "\t": "⇥"}

# The page shows the current settings and position, and one more frame has been painted.
PAINTED = """() => {
  const { store } = window.playground;
  const { dataset } = document.querySelector("#distribution");
  const moment = store.moment();
  return moment && dataset.whole === "true" && dataset.step === String(moment.number)
    && dataset.temperature === String(store.state.settings.temperature);
}"""
TWO_FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
# How high the shapes over the bars reach in the middle of a column, as a share of it: the browser is asked what of
# a shape is where. A bar has a fill, or where truncation removed it an edge, and an outline of T = 1.
REACH = """const reach = (bar, paths) => {
  const column = bar.querySelector(".column").getBoundingClientRect();
  const shapes = bar.querySelector(".fills") ?? bar.closest(".field").querySelector(".fills");
  const fills = shapes.getBoundingClientRect();
  const inside = (path, y) => path.isPointInFill(new DOMPoint((column.left + column.right) / 2 - fills.left, y));
  const found = [...shapes.querySelectorAll(paths)].find((path) => inside(path, fills.height - 1e-3));
  if (!found) return 0;
  let [out, within] = [0, fills.height - 1e-3];
  if (inside(found, 1e-3)) return 1;
  while (within - out > 1e-3) {
    const middle = (out + within) / 2;
    if (inside(found, middle)) within = middle;
    else out = middle;
  }
  return 1 - within / fills.height;
};"""
BARS = (
    "() => {"
    + REACH
    + """
  return [...document.querySelectorAll("#distribution .bars .bar")].map((bar) => ({
    label: bar.querySelector(".label").textContent,
    height: reach(bar, ".fill, .cut"),
    outline: reach(bar, ".ghost"),
    cut: bar.classList.contains("cut"),
    under: bar.classList.contains("under"),
  }));
}"""
)
MOMENT = """() => {
  const { store } = window.playground;
  const { number, u, logits, symbols } = store.moment();
  return { number, u, logits: Array.from(logits), symbols };
}"""
# Playback has reached the end of a finished run.
WRITTEN = """([before, length]) => {
  const { run, busy, cursor, shown } = window.playground.store.state;
  return run.id !== before && !busy && run.tip !== null && cursor === run.steps.length && shown === cursor
    && (length === null || run.steps.length - run.prompted === length)
    && document.querySelectorAll("#text .cell").length > 0;
}"""
# What can be seen of the notices, once it has these words; read in one step, as the page may draw them anew.
NOTICES = r"""words => {
  const told = document.querySelector("#notice")?.innerText ?? "";
  return told.replace(/\s+/g, " ").includes(words) && told;
}"""
PIXEL = 1 / 100  # the bars are 150 to 200 pixels high; heights are read to less than a hundredth


@dataclass(frozen=True)
class Bar:
    """One bar as drawn: its heights are shares of the whole column."""

    label: str
    height: float
    outline: float
    cut: bool
    under: bool


@dataclass(frozen=True)
class Moment:
    """The step that the bars are about."""

    number: int
    u: float | None
    logits: list[float]
    symbols: list[str]

    def probabilities(self, **settings: Any) -> dict[str, float]:
        """The probabilities that Python computes from the logits, by label."""
        row = distribution(self.logits, Sampling(**settings))
        return {label_of(symbol): float(p) for symbol, p in zip(self.symbols, row, strict=True)}


def label_of(symbol: str) -> str:
    """A symbol as a label shows it: jamo as compatibility letters, finals with a hyphen, lone letters in brackets."""
    _, _, name = unicodedata.name(symbol, "").partition("HANGUL ")
    place, _, letter = name.partition(" ")
    if place in ("CHOSEONG", "JUNGSEONG", "JONGSEONG"):
        return ("-" if place == "JONGSEONG" else "") + unicodedata.lookup(f"HANGUL LETTER {letter}")
    return f"({symbol})" if place == "LETTER" else SEEN.get(symbol, symbol)


def symbol_of(label: str) -> str:
    """The symbol that a label stands for."""
    return next((symbol for symbol, shown in SEEN.items() if shown == label), label)


def wait_until_painted(page: Page) -> None:
    """Wait until the bars show the current settings and position."""
    page.wait_for_function(PAINTED)
    page.evaluate(TWO_FRAMES)


def bars(page: Page) -> dict[str, Bar]:
    """The bars in order, by label, once they are painted."""
    wait_until_painted(page)
    return {bar["label"]: Bar(**bar) for bar in page.evaluate(BARS)}


def height_of(bar: Locator) -> float:
    """The height of a bar as a share of its column."""
    return float(bar.evaluate(f"(bar) => {{ {REACH} return reach(bar, '.fill, .cut'); }}"))


def moment(page: Page) -> Moment:
    return Moment(**page.evaluate(MOMENT))


def assert_bars_show(page: Page, expected: dict[str, float]) -> None:
    """Every bar that is not cut is as high as expected, and the cut ones have no probability."""
    drawn = bars(page)
    assert set(drawn) == set(expected)
    wrong = {
        label: (bar.height, expected[label])
        for label, bar in drawn.items()
        if abs((0 if bar.cut else bar.height) - expected[label]) > PIXEL
    }
    assert not wrong, f"drawn and expected differ: {wrong}"


def set_temperature(page: Page, temperature: float | str) -> None:
    """Call window.playground.setTemperature, and wait until the bars are painted."""
    page.evaluate(f"window.playground.setTemperature({temperature})")
    wait_until_painted(page)


def shown_temperature(page: Page) -> float:
    """The temperature that the bars are painted with."""
    wait_until_painted(page)
    return float(str(page.locator("#distribution").get_attribute("data-temperature")))


def setting(page: Page, name: str) -> Any:
    """A setting as the page holds it."""
    return page.evaluate("name => window.playground.store.state.settings[name]", name)


def input_box(page: Page, control: str) -> Locator:
    """The input box of a control."""
    kinds = "textarea, input[type=number], input[type=text]"
    return page.locator(f"#{control}").locator(kinds).first


def type_into(page: Page, control: str, value: str) -> None:
    """Put a value into a control's box at once, as pasting does."""
    input_box(page, control).fill(value)
    input_box(page, control).blur()


def set_prompt(page: Page, prompt: str) -> None:
    """Type a prompt, and wait until the bars belong to it."""
    input_box(page, "prompt").fill(prompt)
    page.wait_for_function("prompt => window.playground.store.state.run.text === prompt", arg=prompt)
    wait_until_painted(page)


def choose_model(page: Page, title: str) -> None:
    """Choose a model from the list, by its title."""
    page.locator("#model input").click()
    page.get_by_role("option", name=title, exact=True).click()


def set_full_speed(page: Page) -> None:
    """Set the playback speed so that a text is shown at once."""
    page.locator("input.speed").fill("1")  # by value: the labels depend on the language


def run_id(page: Page) -> str:
    return str(page.evaluate("window.playground.store.state.run.id"))


def wait_until_written(page: Page, before: str, length: int | None = None) -> None:
    """Wait until a run other than `before` is finished and played to its end."""
    page.wait_for_function(WRITTEN, arg=[before, length])
    wait_until_painted(page)


def generate(page: Page, length: int | None = None) -> str:
    """Press Generate at full speed, wait for the end, and return the text."""
    set_full_speed(page)
    before = run_id(page)
    page.locator("#generate").click()
    wait_until_written(page, before, length)
    return text_of(page)


def write_again(page: Page, length: int | None = None) -> str:
    """Press "same seed" beside the text, wait for the end, and return the text."""
    set_full_speed(page)
    before = run_id(page)
    page.locator("#same-seed").click()
    wait_until_written(page, before, length)
    return text_of(page)


def cells(page: Page) -> Locator:
    return page.locator("#text .cell")


def text_of(page: Page) -> str:
    """The text in the cells, prompt included."""
    texts = cells(page).all_text_contents()
    return "".join(texts).replace("↵\n", "\n")


def expect_notice(page: Page, words: str) -> str:
    """Wait until a notice with these words can be seen, and return all notices."""
    return str(page.wait_for_function(NOTICES, arg=words).json_value())


class Requests(list[str]):
    """Records the requests that a page sends from now on."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.on("request", lambda sent: self.append(f"{sent.method} {sent.url}"))


class ServerCalls(list[str]):
    """What a page asks the server from now on: "look", "write" or "open"; and "stop" where it breaks one off.

    The page itself says what it breaks off: Chromium at times calls a request so whose answer was read to its end.
    """

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.on("request", lambda sent: self._note(request_kind(sent.url)))
        page.on("console", lambda message: self._note("stop" if message.text == STOPPED else ""))
        page.evaluate(NOTE_STOPS, STOPPED)

    def _note(self, what: str) -> None:
        if what:
            self.append(what)


STOPPED = "The page broke off what it asked."
NOTE_STOPS = """(stopped) => {
  const abort = AbortController.prototype.abort;
  AbortController.prototype.abort = function (...reason) {
    if (new Error().stack.includes("/pack/")) console.debug(stopped); // of our modules, client.js alone does
    return abort.apply(this, reason);
  };
}"""


def request_kind(url: str) -> str:
    """What a request of the page's stream is for; empty for any other request."""
    found = re.search(r"/stream/(open|look|write)\b", url)
    return found[1] if found else ""
