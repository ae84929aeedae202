"""Writing a text again or another one, and what a link says of a text: seed, bias, and characters chosen by hand."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference import generate as generation
from playground.inference import prefill
from playground.sampling import Sampling
from playground.words import LANGUAGES
from tests.browser.hands import (
    WORDS,
    expect_notice,
    generate,
    run_id,
    set_temperature,
    setting,
    text_of,
    wait_until_painted,
    wait_until_written,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
MODEL, PROMPT = "shakespeare-ngram", "To be"
HERE = f"/?model={MODEL}&prompt=To+be&length=40&seed=5"
LINK = "() => { const { store } = window.playground; store.writeAddress(); return store.address(); }"


def python_text(length: int, *, temperature: float = 1, seed: int = 5, bias: dict[str, float] | None = None) -> str:
    """The text that Python writes after the prompt."""
    checkpoint = library.load(MODEL)
    vocabulary = checkpoint.vocabulary
    begin = prefill.prefill(checkpoint, vocabulary.encode(PROMPT).ids, rows=1)
    by_id = {vocabulary.symbols.index(symbol): number for symbol, number in (bias or {}).items()}
    steps = generation.generate(checkpoint, begin, Sampling(temperature, bias=by_id), seed=seed)
    return PROMPT + vocabulary.decode([next(steps).id for _ in range(length)])


def link_of(page: Page) -> str:
    """The page's own link, without its host."""
    return str(page.evaluate(LINK)).split("/", 3)[3]


def test_generate_after_a_run_takes_a_new_seed_and_same_seed_repeats_it(visit: Visit) -> None:
    page = visit(HERE)
    button, same = page.locator("#generate"), page.locator("#same-seed")
    expect(button).to_have_text(WORDS["generate"])
    expect(same).to_be_hidden()
    first = generate(page, 40)
    assert first == python_text(40)
    expect(button).to_have_text(WORDS["again"])
    expect(page.locator("#text .told-under")).to_have_text("T = 1.00, seed 5")
    dot = page.locator("#text .under").get_by_text("·", exact=True)
    expect(dot).to_be_visible()
    page.evaluate("window.playground.store.update({ busy: true })")
    expect(dot).to_be_hidden()  # no text follows it
    page.evaluate("window.playground.store.update({ busy: false })")

    before = run_id(page)
    same.click()
    wait_until_written(page, before, 40)
    assert (text_of(page), setting(page, "seed")) == (first, 5)
    expect(page.locator("#text .branch")).to_have_count(0)

    second = generate(page, 40)
    seed = setting(page, "seed")
    assert seed != 5
    assert second == python_text(40, seed=seed) != first
    expect(page.locator("#text .branch")).to_have_count(1)  # the first is among the earlier versions
    page.locator("#text .branch").click()
    wait_until_painted(page)
    assert text_of(page) == first
    expect(button).to_have_text(WORDS["generate"])  # it would continue from the end
    page.locator("#text .from button").click()

    page.get_by_label(WORDS["rewriting"]).uncheck()
    set_temperature(page, 0.5)  # then Generate gives something else with the same seed
    expect(button).to_have_text(WORDS["generate"])
    third = generate(page, 40)
    assert setting(page, "seed") == 5  # that of the version that was returned to
    assert third == python_text(40, temperature=0.5, seed=5)

    page.get_by_label(WORDS["rewriting"]).check()
    set_temperature(page, 2)  # the text is rewritten anyway, so that Generate would only repeat it
    expect(button).to_have_text(WORDS["again"])
    assert text_of(page) == python_text(40, temperature=2, seed=5)
    generate(page, 40)
    assert setting(page, "seed") != 5


def test_a_bias_in_the_link_changes_the_text_and_stays_in_the_link(visit: Visit) -> None:
    page = visit(HERE + "&bias=e:-inf,x:2.5,%5C,:-1")
    assert setting(page, "bias") == r"e:-inf,x:2.5,\,:-1"
    text = generate(page, 40)
    assert text == python_text(40, bias={"e": float("-inf"), "x": 2.5, ",": -1})
    assert "e" not in text[len(PROMPT) :]
    link = link_of(page)
    assert "bias=e:-inf,x:2.5,%5C,:-1" in link
    assert parse_qs(urlsplit(link).query)["bias"] == [r"e:-inf,x:2.5,\,:-1"]
    # A step takes the character under the dart of the biased distribution, and a cell describes it as drawn.
    before = run_id(page)
    page.locator("#step").click()
    page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
    told = page.evaluate("() => playground.runs.judge(playground.store.state.run.steps.at(-1))")
    assert told["probability"] > 0
    assert text_of(page) == python_text(41, bias={"e": float("-inf"), "x": 2.5, ",": -1})
    expect(page.locator("#text .told-under")).to_have_text(f"T = 1.00, seed 5, {WORDS['under_bias']}")


def test_a_bias_for_an_unknown_character_is_dropped_with_a_notice(visit: Visit) -> None:
    page = visit(HERE + "&bias=é:2,e:1,%239999:3&picks=0:日,3:a")
    notice = expect_notice(page, WORDS["bias_unknown"].format(names="é, #9999"))
    assert WORDS["picks_unknown"].format(names="日") in notice
    assert (setting(page, "bias"), setting(page, "picks")) == ("e:1", "3:a")


def test_a_bad_bias_in_the_link_gets_a_notice(visit: Visit) -> None:
    page = visit(HERE + "&bias=e&picks=e")
    assert "picks must be" in expect_notice(page, "bias must be symbols with a number each, such as e:-inf,t:2.5")
    assert (setting(page, "bias"), setting(page, "picks")) == ("", "")


def test_a_link_with_choices_made_by_hand_gives_the_same_text(visit: Visit, new_page: NewPage) -> None:
    page = visit(HERE)
    first = generate(page, 40)
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    wait_until_painted(page)
    before = run_id(page)
    page.locator("#distribution .bars .bar").nth(4).click()
    page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
    page.wait_for_function("() => window.playground.store.state.settings.picks !== ''")
    text = generate(page)  # continues from the chosen character
    assert text[: len(PROMPT) + 10] == first[: len(PROMPT) + 10]
    assert len(text) == len(PROMPT) + 51
    assert setting(page, "picks").startswith("10:")
    link = link_of(page)
    assert "picks=10:" in link

    other = visit("/" + link, new_page())
    again = generate(other, 40)
    assert again == text[: len(PROMPT) + 40]
    assert other.locator("#text .cell.hand").count() == 1
    # The same seed gives it once more; another one gives another text, without the choice.
    before = run_id(other)
    other.locator("#same-seed").click()
    wait_until_written(other, before, 40)
    assert text_of(other) == again
    generate(other, 40)
    assert setting(other, "picks") == ""
    assert "picks" not in link_of(other)


def copied_link(page: Page) -> str:
    """The link that Share copies, without its host."""
    page.locator("#share").click()
    expect(page.locator("#shared")).to_have_text(WORDS["shared"])
    return str(page.evaluate("navigator.clipboard.readText()")).split("/", 3)[3]


def go_to_step(page: Page, step: int) -> None:
    page.evaluate("step => window.playground.play.go(window.playground.store.state.run.prompted + step)", step)


def test_a_shared_link_gives_a_text_with_several_seeds_and_settings(visit: Visit, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    visit(HERE + "&stop=line", page)
    page.evaluate("window.playground.store.set({ stop: 'none' })")
    first = generate(page, 40)
    go_to_step(page, 20)
    second = generate(page, 60)  # with another seed
    assert second[: len(PROMPT) + 20] == first[: len(PROMPT) + 20] != second[: len(PROMPT) + 40]
    go_to_step(page, 30)
    set_temperature(page, 2)
    page.wait_for_function("() => !window.playground.store.state.draft && !window.playground.store.state.behind")
    page.evaluate("window.playground.store.set({ stop: 'line' })")  # and a line ends in the text
    text = text_of(page)
    assert len(text) == len(PROMPT) + 60
    assert "\n" in text[len(PROMPT) : -1]
    link = copied_link(page)
    expect(page.locator("#notice p")).to_have_count(0)
    assert generate(visit("/" + link, new_page()), 60) == text

    # More than a link can name was written with another seed.
    page.evaluate("window.playground.store.set({ stop: 'none', length: 1000 })")
    go_to_step(page, 60)
    long = generate(page, 1060)
    page.evaluate("window.playground.store.set({ seed: 6 })")
    link = copied_link(page)
    expect_notice(page, WORDS["shared_anew"].format(seed=6))
    assert generate(visit("/" + link, new_page()), 1000) != long[: len(PROMPT) + 1000]


def test_within_a_text_the_button_and_the_seed_chip_agree(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 40)
    go_to_step(page, 10)
    expect(page.locator("#generate")).to_have_text(WORDS["again_here"])
    expect(page.locator("#text .from")).to_contain_text(WORDS["from_here_anew"])
    page.evaluate("window.playground.store.set({ seed: 8 })")  # it need not take a new one
    expect(page.locator("#generate")).to_have_text(WORDS["generate"])
    expect(page.locator("#text .from")).to_contain_text(WORDS["from_here"])
    second = generate(page, 50)
    assert second[: len(PROMPT) + 10] == first[: len(PROMPT) + 10]
    assert setting(page, "seed") == 8


WHOLE = """(selector) => {
  const { left, right } = document.querySelector(selector).getBoundingClientRect();
  const frame = document.querySelector("#text .kept").getBoundingClientRect();
  return left >= frame.left && right <= frame.right;
}"""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_writing_continues_and_its_settings_are_shown_in_full(
    visit: Visit, new_page: NewPage, width: int, language: str
) -> None:
    page = visit(f"{HERE}&lang={language}", new_page(viewport={"width": width, "height": 900}))
    generate(page, 40)
    go_to_step(page, 10)
    generate(page, 50)
    go_to_step(page, 10)
    wait_until_painted(page)
    assert page.evaluate(WHOLE, "#text .from button")
    told = page.locator("#text .told-under")
    assert told.inner_text().endswith(str(setting(page, "seed")))
    assert told.evaluate("node => node.getClientRects().length > 0 && node.scrollWidth <= node.parentNode.clientWidth")
    # Pointing at a character replaces this sentence by another.
    tall = page.locator("#text .said").bounding_box()
    page.locator("#text .cell").first.hover()
    expect(page.locator("#text .detail")).not_to_be_empty()
    expect(told).to_be_hidden()
    now = page.locator("#text .said").bounding_box()
    assert tall and now and now["height"] == tall["height"]


def test_parts_written_with_other_settings_say_so(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.get_by_label(WORDS["rewriting"]).uncheck()  # else all after the position may have the new temperature already
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    set_temperature(page, 0.5)
    generate(page)
    expect(page.locator("#text .told-under")).to_have_text("1–10: T = 1.00, seed 5 · 11–50: T = 0.50, seed 5")


def test_the_chart_of_the_run_follows_the_position(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.locator(".chart-box summary").first.click()
    here = page.locator(".line-chart .here")
    expect(here).to_have_attribute("visibility", "visible")
    at_the_end = here.bounding_box()
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    wait_until_painted(page)
    chart, moved = page.locator(".line-chart svg[role=slider]").bounding_box(), here.bounding_box()
    assert chart
    assert at_the_end
    assert moved
    left = chart["x"] + (at_the_end["x"] - chart["x"]) * 0.2
    assert left < moved["x"] < chart["x"] + (at_the_end["x"] - chart["x"]) * 0.35
    page.evaluate("() => window.playground.play.go(0)")
    expect(here).to_have_attribute("visibility", "hidden")


def test_choosing_another_model_says_where_the_text_went(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.evaluate("window.playground.play.read('shakespeare-gru', 'To be')")
    expect_notice(page, WORDS["text_is_kept"])
    expect(page.locator("#text .branch")).to_have_count(1)
    # Without a text there is nothing to say.
    page.locator("#notice .close").click()
    page.evaluate(f"window.playground.play.read('{MODEL}', 'To be')")
    page.wait_for_function(f"window.playground.store.state.run.model === '{MODEL}'")
    wait_until_painted(page)
    expect(page.locator("#notice p")).to_have_count(0)
