"""The page as it opens, its layout, and the keyboard."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.server.settings import DEFAULTS
from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    bars,
    choose_model,
    generate,
    moment,
    run_id,
    set_prompt,
    setting,
    shown_temperature,
    text_of,
    type_into,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
HANDLES = "model prompt temperature distribution text generate seed length top-k top-p min-p".split()
MARKS = ("0", "0.2", "0.5", "1", "1.2", "2", "∞")

# A line of the accessibility tree for a control without a name.
NAMELESS = re.compile(
    r"^\s*- (?:button|link|slider|textbox|spinbutton|combobox|searchbox|checkbox|radio|listbox|option|tab)\b(?! \").*",
    re.MULTILINE,
)


# ── Opening ──────────────────────────────────────────────────────────────────────────────────────
def test_the_page_opens_with_bars_and_a_working_slider(visit: Visit) -> None:
    page = visit()
    prompt = library.card(DEFAULTS["model"]).prompts[0]
    expect(page.locator("#prompt textarea, #prompt input").first).to_have_value(prompt)
    assert text_of(page) == prompt
    drawn = bars(page)
    assert len(drawn) == 65
    assert_bars_show(page, moment(page).probabilities())
    for figure in ("entropy", "choices", "likeliest", "at-one", "kept", "mass"):
        expect(page.locator(f"#figure-{figure}")).not_to_be_empty()
    # The slider works at once.
    slider = page.get_by_role("slider", name=WORDS["temperature"], exact=True)
    around = slider.bounding_box()
    assert around is not None
    page.mouse.move(around["x"] + around["width"] / 2, around["y"] + around["height"] / 2)
    page.mouse.down()
    page.mouse.move(around["x"] + around["width"] * 0.8, around["y"] + around["height"] / 2)
    assert shown_temperature(page) > 2
    page.mouse.up()
    assert bars(page) != drawn


def test_window_playground_has_the_handles_for_tests_and_lessons(visit: Visit) -> None:
    page = visit()
    for name in HANDLES:
        expect(page.locator(f"[id='{name}']")).to_have_count(1)
        expect(page.locator(f"#{name}")).to_be_visible()
    assert page.locator("#distribution").get_attribute("data-temperature") == "1"
    assert page.locator("#distribution").get_attribute("data-step") == "0"
    own = page.evaluate("""() => {
      const { sampling } = window.playground;
      const row = sampling.distribution([0, Math.log(3)], { temperature: 1, topK: 0, topP: 1, minP: 0 });
      return [...row, sampling.draw(row, 0), sampling.draw(row, 0.8)];
    }""")
    assert own == pytest.approx([0.25, 0.75, 1, 0])


def test_every_model_can_be_chosen_and_writes(visit: Visit) -> None:
    first, *others = library.available()
    page = visit(f"/?model={first}&prompt=To+be&length=12")
    for name in (*others, first):
        card = library.card(name)
        assert card.validation
        choose_model(page, card.title)
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
        assert_bars_show(page, moment(page).probabilities())
        expect(page.locator("#about")).to_contain_text(f"{card.validation.nats:.2f}")
        text = generate(page, 12)
        assert text.startswith("To be"), name
        page.wait_for_url(lambda url, name=name: f"model={name}" in url)  # type: ignore[misc]


def test_a_suggested_prompt_is_one_click_away(visit: Visit) -> None:
    page = visit("/?prompt=x")
    offered = library.card(DEFAULTS["model"]).prompts[-1]
    page.locator("#about").get_by_role("button", name=offered.replace("\n", "↵"), exact=True).click()
    page.wait_for_function("prompt => window.playground.store.state.run.text === prompt", arg=offered)
    expect(page.locator("#prompt textarea, #prompt input").first).to_have_value(offered)
    assert text_of(page) == offered


def test_a_suggested_prompt_follows_the_model_and_a_typed_one_stays(visit: Visit) -> None:
    page = visit()
    prompt = page.locator("#prompt textarea, #prompt input").first
    expect(prompt).to_have_value(library.card(DEFAULTS["model"]).prompts[0])
    for name in ("korean-lstm", "names-gru", "nietzsche-lstm"):
        card = library.card(name)
        choose_model(page, card.title)
        expect(prompt).to_have_value(card.prompts[0])
        page.wait_for_function(
            "([name, text]) => { const { run } = window.playground.store.state; "
            "return run.model === name && run.text === text; }",
            arg=[name, card.prompts[0]],
        )
        expect(page.locator("#notice")).to_be_empty()
    set_prompt(page, "my own")
    choose_model(page, library.card("shakespeare-ngram").title)
    page.wait_for_function("() => window.playground.store.state.run.model === 'shakespeare-ngram'")
    expect(prompt).to_have_value("my own")


def test_korean_is_written_in_jamo_and_shown_in_syllables(visit: Visit) -> None:
    page = visit("/?model=korean-lstm&prompt=그는 &length=60&seed=2&temperature=0.5")
    text = generate(page, 60)
    assert text == unicodedata.normalize("NFC", text)
    assert text.startswith("그는 ")
    written = page.evaluate(
        "window.playground.store.state.run.steps.length - window.playground.store.state.run.prompted"
    )
    assert written == 60
    assert 20 <= len(text) - len("그는 ") < 45  # two or three jamo make a syllable
    assert sum("가" <= character <= "힣" for character in text) > 10


# ── Layout ───────────────────────────────────────────────────────────────────────────────────────
def test_a_phone_of_360_pixels_shows_everything_without_scrolling_sideways(visit: Visit, new_page: NewPage) -> None:
    phone = visit("/?length=12", new_page(viewport={"width": 360, "height": 740}, has_touch=True))
    assert_no_sideways_overflow(phone)
    slider = phone.get_by_role("slider", name=WORDS["temperature"], exact=True)
    slider.scroll_into_view_if_needed()
    around = slider.bounding_box()
    assert around is not None
    assert around["width"] > 200
    phone.touchscreen.tap(around["x"] + around["width"] * 0.75, around["y"] + around["height"] / 2)
    phone.wait_for_function("() => Number(document.querySelector('#distribution').dataset.temperature) > 2")
    for seed in range(8):
        type_into(phone, "seed", str(seed))
        phone.wait_for_function(f"() => window.playground.store.state.settings.seed === {seed}")
        wait_until_painted(phone)
        assert phone.evaluate(DART_INSIDE), f"the dart of seed {seed} leaves its card"
    generate(phone, 12)
    assert_no_sideways_overflow(phone)
    for name in ("model", "prompt", "generate", "step", "top-k", "top-p", "min-p", "seed", "length"):
        control = phone.locator(f"#{name}").bounding_box()
        assert control is not None, name
        assert control["x"] >= 0, name
        assert control["x"] + control["width"] <= 360, name
    # The end of the text is above the slider, beside the temperature, in one line.
    said = phone.locator("#temperature h2 code")
    assert said.inner_text().endswith(f"{text_of(phone)[-12:].translate({10: '↵'})}▮”")
    assert said.evaluate("said => said.scrollWidth <= said.parentElement.clientWidth")


DART_INSIDE = """() => {
  const dart = document.querySelector("#distribution .dart").getBoundingClientRect();
  const card = document.querySelector("#distribution").getBoundingClientRect();
  return dart.left >= card.left && dart.right <= card.right;
}"""


def assert_no_sideways_overflow(page: Page) -> None:
    wide, inner = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner


def test_the_button_switches_between_light_and_dark(visit: Visit, new_page: NewPage) -> None:
    def ground(page: Page) -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor"))

    light = visit("/", new_page(color_scheme="light"))
    dark = visit("/", new_page(color_scheme="dark"))
    assert brightness(ground(light)) > 0.8
    assert brightness(ground(dark)) < 0.3
    assert_bars_show(dark, moment(dark).probabilities())
    light.get_by_role("button", name=WORDS["theme"]).click()
    light.wait_for_function("() => document.body.classList.contains('dark')")
    assert ground(light) == ground(dark)
    light.reload()
    light.wait_for_selector("#distribution[data-step]")
    assert ground(light) == ground(dark), "the choice of dark must outlive a reload"


def brightness(colour: str) -> float:
    """The mean of a computed colour's channels, 0 to 1."""
    channels = [float(part) for part in colour[colour.index("(") + 1 : -1].replace(",", " ").split()[:3]]
    return sum(channels) / 3 / 255


# ── The keyboard ─────────────────────────────────────────────────────────────────────────────────
def test_each_key_does_what_the_list_of_keys_says(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&length=80")
    for key, mark in zip("1234567", MARKS, strict=True):
        page.keyboard.press(key)
        assert shown_temperature(page) == float(mark.replace("∞", "inf"))
    page.keyboard.press("4")
    for key, sign in (("ArrowRight", 1), ("ArrowLeft", 0), ("Shift+ArrowLeft", -1), ("Shift+ArrowRight", 0)):
        page.keyboard.press(key)
        difference = shown_temperature(page) - 1
        assert difference == pytest.approx(0, abs=1e-6) if sign == 0 else difference * sign > 0

    before = run_id(page)
    page.keyboard.press("n")
    wait_until_written(page, before, 1)

    page.get_by_label(WORDS["speed"]).fill("0.3")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.wait_for_function(
        "() => { const { shown, run } = window.playground.store.state; return shown > run.prompted + 3; }"
    )
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name=WORDS["play"], exact=True)).to_be_visible()
    stopped = page.evaluate("window.playground.store.state.cursor")
    wait_until_painted(page)
    assert page.evaluate("window.playground.store.state.cursor") == stopped
    page.keyboard.press(" ")
    page.wait_for_function("at => window.playground.store.state.cursor > at", arg=stopped)

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_typing_into_a_box_triggers_no_shortcut(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&prompt=a")
    page.locator("#prompt textarea, #prompt input").first.focus()
    page.keyboard.press("End")
    page.keyboard.type("n g?5 ")
    page.wait_for_function("() => window.playground.store.state.run.text === 'an g?5 '")
    assert shown_temperature(page) == 1
    assert not page.locator("#keys").is_visible()
    assert text_of(page) == "an g?5 "


def test_every_control_has_an_accessible_name(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&length=12")
    generate(page, 12)
    page.locator("#text .cell").nth(3).click()
    page.wait_for_function("() => document.querySelector('#distribution .bar').getAttribute('aria-label')")
    tree = page.locator("body").aria_snapshot()
    assert tree.count("- button") > 65 + 10
    assert NAMELESS.findall(tree) == []


# Visible controls that Tab did not reach. Of a group that is one tab stop with arrow keys, all count as reached.
MISSED = """() => {
  const controls = "button, a[href], input, select, textarea, summary, [tabindex]";
  const groups = ".bars, .flips, .cells";
  const reached = (node) => window.reached.has(node) || [...window.reached].some((one) => {
    const group = node.closest(groups);
    return group && group === one.closest(groups);
  });
  return [...document.querySelectorAll(controls)]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled)
    .filter((node) => !node.closest("[aria-hidden=true]") && !reached(node))
    .map((node) => node.outerHTML.slice(0, 120));
}"""
KEYED = 'class="mark'  # the slider's marks have keys of their own, 1 to 7


def test_tab_reaches_every_control(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&length=12")
    generate(page, 12)
    page.evaluate("""() => {
      window.reached = new Set();
      document.addEventListener("focusin", ({ target }) => window.reached.add(target));
      document.activeElement.blur();
    }""")
    missed: list[str] = []
    for _ in range(40):
        for _ in range(10):
            page.keyboard.press("Tab")
        missed = [one for one in page.evaluate(MISSED) if KEYED not in one]
        if not missed:
            break
    assert missed == []


def test_with_reduced_motion_the_text_appears_at_once(visit: Visit, new_page: NewPage) -> None:
    page = visit("/?model=shakespeare-gru&length=200", new_page(reduced_motion="reduce"))
    assert page.get_by_label(WORDS["speed"]).input_value() == "1"
    assert setting(page, "length") == 200
