"""Input methods, which compose a syllable in steps, and the keys of other keyboard layouts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.hands import (
    WORDS,
    input_box,
    moment,
    run_id,
    set_full_speed,
    text_of,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
HA = "/?model=korean-lstm&prompt=하&temperature=0&length=12"
ENGLISH = "/?model=shakespeare-gru&prompt=To+be&length=12"
STATE = "window.playground.store.state"


# ── Input methods ────────────────────────────────────────────────────────────────────────────────
LAYOUT = """() => ({
  boxes: [...document.querySelectorAll(".card, #notice, #distribution, #text .cells, #generate")].map((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return [x, y, width, height].map(Math.round);
  }),
  cells: [...document.querySelectorAll("#text .cell")].map((cell) => cell.textContent),
  notice: document.querySelector("#notice").textContent,
  run: window.playground.store.state.run.id,
})"""


@pytest.fixture
def method(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def compose(method: CDPSession, text: str) -> None:
    """What an input method shows while a syllable is composed."""
    method.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})


@pytest.mark.parametrize("link", [ENGLISH, HA])
def test_while_a_syllable_is_composed_nothing_is_sent_and_nothing_moves(
    visit: Visit, method: CDPSession, link: str
) -> None:
    page = visit(link)
    input_box(page, "prompt").focus()
    page.keyboard.press("End")
    start = input_box(page, "prompt").input_value()
    before = page.evaluate(LAYOUT)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "queue/join" in request.url else None)
    for syllables in (["ㅎ", "하", "한"], ["ㄱ", "그", "글"]):
        for half in syllables:
            compose(method, half)
            assert input_box(page, "prompt").input_value().endswith(half)
            # Longer than the pause in typing that the page waits for, on the page's own clock.
            page.evaluate("() => new Promise((done) => setTimeout(done, 200))")
            assert page.evaluate(LAYOUT) == before
        if syllables[-1] == "한":
            method.send("Input.insertText", {"text": "한"})
            compose(method, "ㄱ")
    assert sent == []
    method.send("Input.insertText", {"text": "글"})
    page.wait_for_function("text => window.playground.store.state.run.text === text", arg=f"{start}한글")
    wait_until_painted(page)
    assert text_of(page) == f"{start}한글"
    notice = page.locator("#notice p")
    if link == ENGLISH:
        expect(notice).to_have_count(1)
        expect(notice).to_contain_text(WORDS["stands_for"].format(replacement="␣", character="한"))
    else:
        expect(notice).to_have_count(0)


def test_a_cancelled_composition_changes_nothing(visit: Visit, method: CDPSession) -> None:
    page = visit(ENGLISH)
    input_box(page, "prompt").focus()
    page.keyboard.press("End")
    before = page.evaluate(LAYOUT)
    compose(method, "ㅎ")
    compose(method, "")
    page.keyboard.type("!")
    page.wait_for_function("() => window.playground.store.state.run.text === 'To be!'")
    assert page.evaluate(LAYOUT)["boxes"] == before["boxes"]
    expect(page.locator("#notice p")).to_have_count(0)


def test_leaving_the_box_ends_a_composition(visit: Visit, method: CDPSession) -> None:
    page = visit(HA)
    input_box(page, "prompt").focus()
    page.keyboard.press("End")
    compose(method, "한")
    set_full_speed(page)
    before = run_id(page)
    page.locator("#generate").click()
    wait_until_written(page, before, 12)
    assert text_of(page).startswith("하한")


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────
def press(page: Page, **key: Any) -> None:
    """A key as a keyboard sends it: its character, and its position."""
    page.evaluate(
        "key => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...key }))",
        key,
    )


@pytest.mark.parametrize(
    "key",
    [
        {"key": "ㅜ", "code": "KeyN"},  # Korean
        {"key": "т", "code": "KeyN"},  # Russian
        {"key": "Process", "code": "KeyN", "keyCode": 229},  # an input method that keeps the key
        {"key": "n", "code": "KeyL"},  # Dvorak
        {"key": "N", "code": "KeyN", "shiftKey": True},
    ],
    ids=str,
)
def test_n_takes_a_step_on_every_keyboard_layout(visit: Visit, key: dict[str, Any]) -> None:
    page = visit(HA)
    before = run_id(page)
    press(page, **key)
    wait_until_written(page, before, 1)
    assert text_of(page) == "한"


@pytest.mark.parametrize("key", [{"key": "ㅎ", "code": "KeyG"}, {"key": "Process", "code": "KeyG"}], ids=str)
def test_g_generates_on_a_korean_keyboard(visit: Visit, key: dict[str, Any]) -> None:
    page = visit(HA)
    set_full_speed(page)
    page.evaluate("document.activeElement.blur()")
    before = run_id(page)
    press(page, **key)
    wait_until_written(page, before, 12)


def test_other_keys_of_other_layouts_trigger_no_shortcut(visit: Visit) -> None:
    page = visit(HA)
    before = moment(page)
    press(page, key="b", code="KeyN")  # Dvorak's b
    press(page, key="i", code="KeyG")
    press(page, key="ㅜ", code="KeyN", isComposing=True)
    press(page, key="Dead", code="KeyN")
    press(page, key="ㅠ", code="KeyB")
    press(page, key="۱", code="Digit1")  # Persian
    assert page.evaluate(f"{STATE}.settings.temperature") == 0
    press(page, key="४", code="Digit4")  # Hindi
    assert page.evaluate(f"{STATE}.settings.temperature") == 1
    press(page, key="؟", code="Slash", shiftKey=True)  # Arabic
    expect(page.locator("#keys")).to_be_visible()
    assert page.evaluate(f"{STATE}.busy") is False
    assert moment(page) == before
