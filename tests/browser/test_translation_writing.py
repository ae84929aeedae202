"""Writing a translation by steps, going back to a letter, choosing another: bars, dart and text always agree."""

import json
import re
import urllib.request
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, Route, expect

from playground import library
from playground.sampling import Sampling, choose, dice
from playground.server import api
from tests import stream
from tests.browser.hands import TWO_FRAMES, WORDS

MODEL, SENTENCE, T, SEED = "translate-luong", "She has two cats.", 0.8, 5
HERE = f"/?tab=shapes&shape=translate&seed={SEED}&temperature={T}&translate-text=She+has+two+cats."
SEEN = {" ": "␣", "\n": "↵"}
AT = 3  # the position that is overruled


# The pause between two letters ends when `beat` is called, and no earlier; it returns whether one was waiting.
BY_HAND = """() => {
  const [set, clear] = [window.setTimeout, window.clearTimeout];
  const waiting = new Map();
  let last = 0;
  window.setTimeout = (act, pause, ...rest) => {
    if (pause !== 45) return set.call(window, act, pause, ...rest);
    waiting.set(--last, act);
    return last;
  };
  window.clearTimeout = (id) => waiting.delete(id) || clear.call(window, id);
  window.restore = () => Object.assign(window, { setTimeout: set, clearTimeout: clear });
  window.beat = () => {
    const [first] = waiting;
    if (!first) return false;
    waiting.delete(first[0]);
    first[1]();
    return true;
  };
}"""


@dataclass(frozen=True)
class Answers:
    """The server's answers for a translation, which tests/server/test_translating.py compares with the model's runs."""

    ids: list[int]
    rows: NDArray[Any]  # (T, V)
    attention: NDArray[Any]  # (T, S)
    symbols: list[str]

    @property
    def letters(self) -> list[str]:
        return [self.shown(id) for id in self.ids]

    def shown(self, id: int) -> str:
        return SEEN.get(self.symbols[id], self.symbols[id])

    def drawn(self, at: int, temperature: float = T) -> int:
        """The letter drawn at a position."""
        return choose(self.rows[at], Sampling(temperature), dice(SEED, at))

    def other(self, at: int) -> tuple[int, str]:
        """The most likely letter that is not in the text there: the index of its bar, and its symbol."""
        order = np.argsort(-self.rows[at], kind="stable").tolist()
        return next((bar, self.symbols[id]) for bar, id in enumerate(order) if id != self.ids[at])


@cache
def api_answers(server: str, picks: str = "") -> Answers:
    settings = {"model": MODEL, "temperature": T, "seed": SEED, "picks": picks}
    data = json.dumps(stream.asked(settings=settings, text=SENTENCE, reference="", width=1)).encode()
    with urllib.request.urlopen(f"{server}/stream/translate", data) as answer:
        head, body = next(stream.frames(answer.read()))
    n, V = len(head["ids"]), len(head["symbols"])
    numbers = np.frombuffer(body, "<f4")
    return Answers(head["ids"], numbers[: n * V].reshape(n, V), numbers[n * V :].reshape(n, -1), head["symbols"])


def letters(page: Page) -> Locator:
    return page.locator("#shape-translate .letters:not(.source) .letter")


def dart(page: Page) -> Locator:
    return page.locator("#shape-translate .dart")


def button(page: Page, key: str) -> Locator:
    return page.locator("#shape-translate .player").get_by_role("button", name=WORDS[key], exact=True)


def expect_written(page: Page, text: Answers) -> None:
    """The player is at the end of this text."""
    expect(letters(page)).to_have_text(text.letters, timeout=20_000)
    expect(page.locator("#shape-translate .progress")).to_have_text(f"{len(text.ids)} of {len(text.ids)}, line end")
    expect(button(page, "play")).to_be_visible()


def expect_position(page: Page, text: Answers, at: int) -> None:
    """The player is before letter `at`: the dart, the bar under it, and the marked letter belong to that position."""
    expect(page.locator("#shape-translate .progress")).to_contain_text(re.compile(rf"^{at} of "))
    expect(page.locator("#shape-translate .letters:not(.source) .letter.at")).to_have_attribute("data-at", str(at))
    under = text.shown(text.drawn(at))
    expect(dart(page)).to_contain_text(f"u = {dice(SEED, at):.4f} → {under}")
    expect(page.locator("#shape-translate .bar.under .label")).to_have_text(under)


@pytest.fixture
def text(server: str) -> Answers:
    """The drawn text."""
    return api_answers(server)


@pytest.fixture
def translated_page(server: str, page: Page, text: Answers) -> Page:
    """The section, once its sentence is translated."""
    page.goto(server + HERE)
    expect_written(page, text)
    return page


def test_a_click_goes_back_to_a_letter_and_steps_follow_the_dart(translated_page: Page, text: Answers) -> None:
    page = translated_page
    assert [text.drawn(at) for at in range(len(text.ids))] == text.ids
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    for at in range(AT, AT + 4):
        expect_position(page, text, at)
        expect(page.locator("#shape-translate .letter.future")).to_have_count(len(text.ids) - at)
        button(page, "step").click()
    button(page, "to_end").click()
    expect_written(page, text)


def test_the_attention_map_and_shades_belong_to_that_position(translated_page: Page, text: Answers) -> None:
    page = translated_page
    for at in (AT, 8):
        letters(page).nth(at).click()
        rows = page.locator("#shape-translate .heatmap .rows span")
        expect(rows).to_have_text(text.letters)
        expect(rows.nth(at)).to_have_class("at")
        expect(page.locator("#shape-translate .heatmap .rows .at")).to_have_count(1)
        levels = page.locator("#shape-translate .letters.source .letter").evaluate_all(
            "letters => letters.map((letter) => Number(letter.style.getPropertyValue('--level')))"
        )
        assert levels == pytest.approx(text.attention[at].tolist(), abs=6e-4)


def test_a_click_on_a_bar_overrules_the_draw_and_the_link_repeats_it(
    translated_page: Page, server: str, text: Answers
) -> None:
    page = translated_page
    bar, symbol = text.other(AT)
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    page.locator("#shape-translate .bar").nth(bar).click()
    chosen = api_answers(server, f"{AT}:{symbol}")
    assert chosen.letters[AT] == SEEN.get(symbol, symbol) != text.letters[AT]
    expect_written(page, chosen)
    expect(page.locator("#shape-translate .letter.hand")).to_have_attribute("data-at", str(AT))
    letters(page).nth(AT).hover()
    by_hand = WORDS["by_hand"].format(symbol=chosen.letters[AT])
    expect(page.locator("#shape-translate .bars-of")).to_contain_text(by_hand)
    expect(dart(page)).to_be_hidden()
    page.wait_for_url(re.compile("translate-picks="))
    assert parse_qs(urlsplit(page.url).query)["translate-picks"] == [f"{AT}:{symbol}"]
    page.reload()
    expect_written(page, chosen)
    # A step at that position returns to the random draw, and writes that letter alone.
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    expect_position(page, text, AT)
    for written in (text.letters[: AT + 1], text.letters[: AT + 2]):
        button(page, "step").click()
        expect(letters(page)).to_have_text(written)
        expect(page.locator("#shape-translate .heatmap .rows span")).to_have_text(written)
    expect(page).not_to_have_url(re.compile("translate-picks="))
    button(page, "play").click()
    expect_written(page, text)


def test_other_models_adopt_the_choices_until_they_are_undone(translated_page: Page, text: Answers) -> None:
    page = translated_page
    rows, taken = page.locator("#shape-translate .others tbody tr"), page.locator("#shape-translate .taken")
    texts = rows.locator("td:nth-child(2)")
    others = rows.filter(has=page.locator("[aria-pressed=false]"))
    expect(rows).to_have_count(len(library.available("translation")))
    before = texts.all_text_contents()
    expect(taken).to_be_hidden()
    bar, symbol = text.other(AT)
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    page.locator("#shape-translate .bar").nth(bar).click()
    expect(taken).to_have_text(WORDS["shape_translate_taken"])
    expect(others.locator(".hand")).to_have_text([symbol] * (len(before) - 1))
    for row in others.all():
        name = row.get_by_role("button").text_content()
        [model] = (one for one in library.available("translation") if WORDS[f"title_{one}"].endswith(f" · {name}"))
        written = api.translate(model, SENTENCE, T, SEED, picks={str(AT): symbol})["text"]
        expect(row.locator("td:nth-child(2)")).to_have_text(written)
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    button(page, "step").click()  # the random draw applies again
    expect(texts).to_have_text(before)
    expect(taken).to_be_hidden()
    expect(rows.locator(".hand")).to_have_count(0)


def test_another_sentence_drops_the_choices(translated_page: Page, server: str, text: Answers) -> None:
    page = translated_page
    last = len(text.ids) - 1  # at the end of the text, choosing sets the last letter
    bar, symbol = text.other(last)
    page.locator("#shape-translate .bar").nth(bar).click()
    chosen = api_answers(server, f"{last}:{symbol}")
    expect(letters(page)).to_have_text(chosen.letters)
    page.wait_for_url(re.compile("translate-picks="))
    page.locator("#translate-text").fill("She has cats.")
    expect(page).not_to_have_url(re.compile("translate-picks="))
    page.locator("#translate-text").fill(SENTENCE)
    expect_written(page, text)


def test_playback_can_be_controlled_by_keyboard_alone(translated_page: Page, text: Answers) -> None:
    page = translated_page
    progress = page.locator("#shape-translate .progress")
    button(page, "to_start").click()
    expect_position(page, text, 0)
    page.evaluate(BY_HAND)
    button(page, "play").press("Enter")
    for _ in range(AT):
        page.evaluate("window.beat()")
    expect(progress).to_contain_text(re.compile(f"^{AT} of "))
    button(page, "pause").press("Enter")
    expect_position(page, text, AT)
    assert page.evaluate("window.beat()") is False  # no letter is pending
    page.evaluate("window.restore()")
    # All letters are one tab stop; arrows point at one, Enter goes there, Space plays on from there.
    button(page, "to_end").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    for _ in range(AT):
        page.keyboard.press("ArrowRight")
    expect(letters(page).nth(AT)).to_be_focused()
    page.keyboard.press("Enter")
    expect_position(page, text, AT)
    page.keyboard.press(" ")
    expect_written(page, text)
    page.keyboard.press("Escape")
    expect(button(page, "play")).to_be_focused()


def test_while_a_temperature_is_pending_only_its_own_draws_are_shown(translated_page: Page, text: Answers) -> None:
    page = translated_page
    page.evaluate(TWO_FRAMES)

    def hold(_: Route) -> None:
        """Never answers."""

    page.route("**/stream/translate", hold)
    stands = next(at for at, id in enumerate(text.ids) if text.drawn(at, 3.0) != id)
    page.evaluate("window.playground.setTemperature(3)")
    expect(letters(page)).to_have_text(text.letters[:stands])
    under = text.shown(text.drawn(stands, 3.0))
    expect(dart(page)).to_contain_text(f"u = {dice(SEED, stands):.4f} → {under}")
    page.evaluate(f"window.playground.setTemperature({T})")  # the old temperature shows the old text at once
    expect(letters(page)).to_have_text(text.letters)
    page.unroute_all(behavior="ignoreErrors")


def test_on_a_phone_the_whole_section_is_shown(server: str, page: Page, text: Answers) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server + HERE)
    expect_written(page, text)
    letters(page).nth(AT).click()
    page.mouse.move(2, 2)
    expect_position(page, text, AT)
    bar, symbol = text.other(AT)
    page.locator("#shape-translate .bar").nth(bar).click()
    expect_written(page, api_answers(server, f"{AT}:{symbol}"))
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    boxes = page.locator("#shape-translate .player button").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({ left, right, height }) => [left, right, height])"
    )
    assert len(boxes) == 6
    assert all(left >= 0 and right <= 390 and height >= 36 for left, right, height in boxes)
