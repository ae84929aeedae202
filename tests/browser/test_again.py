"""The same text again, another one, and what a link holds of a text: seed, bias, and what was chosen by hand."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from playground import library
from playground.inference import generate as generation
from playground.inference import prefill
from playground.sampling import Sampling
from tests.browser.hands import (
    WORDS,
    expect_notice,
    generate,
    painted,
    run_id,
    set_temperature,
    setting,
    text_of,
    wait_until_written,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
MODEL, PROMPT = "shakespeare-ngram", "To be"
HERE = f"/?model={MODEL}&prompt=To+be&length=40&seed=5"
LINK = "() => { const { store } = window.playground; store.writeAddress(); return store.address(); }"


def written(length: int, *, temperature: float = 1, seed: int = 5, bias: dict[str, float] | None = None) -> str:
    """What Python writes after the prompt."""
    checkpoint = library.load(MODEL)
    vocabulary = checkpoint.vocabulary
    begin = prefill.prefill(checkpoint, vocabulary.encode(PROMPT).ids, rows=1)
    by_id = {vocabulary.symbols.index(symbol): number for symbol, number in (bias or {}).items()}
    steps = generation.generate(checkpoint, begin, Sampling(temperature, bias=by_id), seed=seed)
    return PROMPT + vocabulary.decode([next(steps).id for _ in range(length)])


def link_of(page: Page) -> str:
    """The address that describes the page, without its host."""
    return str(page.evaluate(LINK)).split("/", 3)[3]


def test_generate_after_a_run_takes_a_new_seed_and_a_link_beside_it_the_same(visit: Visit) -> None:
    page = visit(HERE)
    button, same = page.locator("#generate"), page.locator("#same-seed")
    expect(button).to_have_text(WORDS["generate"])
    expect(same).to_be_hidden()
    first = generate(page, 40)
    assert first == written(40)
    expect(button).to_have_text(WORDS["again"])
    expect(page.locator("#text .told-under")).to_have_text("T = 1.00, seed 5")
    dot = page.locator("#text .under").get_by_text("·", exact=True)
    expect(dot).to_be_visible()
    page.evaluate("window.playground.store.update({ busy: true })")
    expect(dot).to_be_hidden()  # nothing follows it
    page.evaluate("window.playground.store.update({ busy: false })")

    before = run_id(page)
    same.click()
    wait_until_written(page, before, 40)
    assert (text_of(page), setting(page, "seed")) == (first, 5)
    expect(page.locator("#text .branch")).to_have_count(0)

    second = generate(page, 40)
    seed = setting(page, "seed")
    assert seed != 5
    assert second == written(40, seed=seed) != first
    expect(page.locator("#text .branch")).to_have_count(1)  # the first is among the earlier versions
    page.locator("#text .branch").click()
    painted(page)
    assert text_of(page) == first
    expect(button).to_have_text(WORDS["generate"])  # it would go on from the end
    page.locator("#text .from button").click()

    page.get_by_label(WORDS["rewriting"]).uncheck()
    set_temperature(page, 0.5)  # then Generate gives something else with the same seed
    expect(button).to_have_text(WORDS["generate"])
    third = generate(page, 40)
    assert setting(page, "seed") == 5  # that of the version that was returned to
    assert third == written(40, temperature=0.5, seed=5)

    page.get_by_label(WORDS["rewriting"]).check()
    set_temperature(page, 2)  # the text follows, so that Generate would only write it again
    expect(button).to_have_text(WORDS["again"])
    assert text_of(page) == written(40, temperature=2, seed=5)
    generate(page, 40)
    assert setting(page, "seed") != 5


def test_a_bias_in_the_link_bends_the_text_and_stays_in_the_link(visit: Visit) -> None:
    page = visit(HERE + "&bias=e:-inf,x:2.5,%5C,:-1")
    assert setting(page, "bias") == r"e:-inf,x:2.5,\,:-1"
    text = generate(page, 40)
    assert text == written(40, bias={"e": float("-inf"), "x": 2.5, ",": -1})
    assert "e" not in text[len(PROMPT) :]
    link = link_of(page)
    assert "bias=e:-inf,x:2.5,%5C,:-1" in link
    assert parse_qs(urlsplit(link).query)["bias"] == [r"e:-inf,x:2.5,\,:-1"]
    # A step takes what is under the dart of the bent distribution, and a cell is told as it was drawn.
    before = run_id(page)
    page.locator("#step").click()
    page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
    told = page.evaluate("() => playground.runs.judge(playground.store.state.run.steps.at(-1))")
    assert told["probability"] > 0
    assert text_of(page) == written(41, bias={"e": float("-inf"), "x": 2.5, ",": -1})
    expect(page.locator("#text .told-under")).to_have_text(f"T = 1.00, seed 5, {WORDS['under_bias']}")


def test_what_a_model_lacks_is_dropped_from_the_link_with_a_notice(visit: Visit) -> None:
    page = visit(HERE + "&bias=é:2,e:1,%239999:3&picks=0:日,3:a")
    notice = expect_notice(page, WORDS["bias_unknown"].format(names="é, #9999"))
    assert WORDS["picks_unknown"].format(names="日") in notice
    assert (setting(page, "bias"), setting(page, "picks")) == ("e:1", "3:a")


def test_a_bad_bias_in_the_link_is_told(visit: Visit) -> None:
    page = visit(HERE + "&bias=e&picks=e")
    assert "picks must be" in expect_notice(page, "bias must be symbols with a number each, such as e:-inf,t:2.5")
    assert (setting(page, "bias"), setting(page, "picks")) == ("", "")


def test_what_was_chosen_by_hand_is_in_the_link_which_gives_the_same_text(visit: Visit, new_page: NewPage) -> None:
    page = visit(HERE)
    first = generate(page, 40)
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    painted(page)
    before = run_id(page)
    page.locator("#distribution .bars .bar").nth(4).click()
    page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
    page.wait_for_function("() => window.playground.store.state.settings.picks !== ''")
    text = generate(page)  # goes on from what was chosen
    assert text[: len(PROMPT) + 10] == first[: len(PROMPT) + 10]
    assert len(text) == len(PROMPT) + 51
    assert setting(page, "picks").startswith("10:")
    link = link_of(page)
    assert "picks=10:" in link

    other = visit("/" + link, new_page())
    again = generate(other, 40)
    assert again == text[: len(PROMPT) + 40]
    assert other.locator("#text .cell.hand").count() == 1
    # The same seed gives it once more; another one is another text, with nothing chosen in it.
    before = run_id(other)
    other.locator("#same-seed").click()
    wait_until_written(other, before, 40)
    assert text_of(other) == again
    generate(other, 40)
    assert setting(other, "picks") == ""
    assert "picks" not in link_of(other)


def test_parts_that_were_written_under_other_settings_say_so(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    set_temperature(page, 0.5)
    generate(page)
    expect(page.locator("#text .told-under")).to_have_text("1–10: T = 1.00, seed 5 · 11–50: T = 0.50, seed 5")


def test_the_chart_of_the_run_follows_the_place(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.locator(".chart-box summary").first.click()
    here = page.locator(".line-chart .here")
    expect(here).to_have_attribute("visibility", "visible")
    at_the_end = here.bounding_box()
    page.evaluate("() => window.playground.play.go(window.playground.store.state.run.prompted + 10)")
    painted(page)
    chart, moved = page.locator(".line-chart svg[role=slider]").bounding_box(), here.bounding_box()
    assert chart
    assert at_the_end
    assert moved
    left = chart["x"] + (at_the_end["x"] - chart["x"]) * 0.2
    assert left < moved["x"] < chart["x"] + (at_the_end["x"] - chart["x"]) * 0.35
    page.evaluate("() => window.playground.play.go(0)")
    expect(here).to_have_attribute("visibility", "hidden")
