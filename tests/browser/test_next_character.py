"""The bars of a token model by characters: at once the sum over first characters, then the exact distribution."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.checkpoints.by_characters import by_characters
from playground.inference.next_character import Characters, NextCharacter
from playground.library import Checkpoint
from playground.sampling import Sampling, distribution
from tests import small_gpt2
from tests.browser.hands import BARS, PIXEL, WORDS, Bar, bars, choose_model, generate, set_temperature
from tests.conftest import app_with_cache

COMMIT = "4" * 40
NAME = f"someone/cuts@{COMMIT}"
SIZE = 800
LONG = f"someone/long@{COMMIT}"  # its rows are folded, so that the page has the last 300 tokens of a long prompt
LONG_PROMPT = "be the end of " + "to be or not to b" * 60
PROMPT = "to be or not to b"
SEEN = {" ": "␣", "\n": "↵", "\t": "⇥"}


@dataclass(frozen=True)
class Shown:
    """An app with the model in its cache, and the same model in this process."""

    address: str
    checkpoint: Checkpoint
    long: Checkpoint

    def answers(self, prompt: str = PROMPT) -> list[Characters]:
        return answers(self.checkpoint, self.checkpoint.vocabulary.encode(prompt).ids)


def answers(checkpoint: Checkpoint, ids: Sequence[int]) -> list[Characters]:
    return [answer for answer in NextCharacter(tuple(ids)).steps(checkpoint) if answer is not None]


def left_out_by_characters(checkpoint: Checkpoint) -> float:
    """The probability left out of the row after the prompt when the model is read by characters."""
    asked = by_characters(checkpoint)
    logits, _ = asked.model.advance([*asked.start_ids, *asked.vocabulary.encode(PROMPT).ids])
    return 1 - float(logits[0, -1].double().exp().sum())


def percent(p: float) -> str:
    """A share of at least a thousandth of a percent, formatted as on the page (format.js)."""
    share = 100 * p
    assert share >= 0.001
    return f"{share:.{1 if share >= 1 else 2 if share >= 0.1 else 3}f}\u00a0%"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("hub")
    folder = home / "hub" / "models--someone--cuts" / "snapshots" / COMMIT
    small_gpt2.write(folder, SIZE, sure=3)
    long = home / "hub" / "models--someone--long" / "snapshots" / COMMIT
    small_gpt2.write(long, 3_200, sure=3, positions=700)
    with app_with_cache(home) as address:
        yield Shown(address, library.load(folder), library.load(long))


@pytest.fixture
def opened(shown: Shown, page: Page) -> Page:
    page.goto(f"{shown.address}/?model={NAME}&prompt={PROMPT}&length=60")
    page.wait_for_selector("#distribution[data-step]")
    page.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)
    return page


def choose(page: Page, what: str) -> None:
    page.locator(".choice button", has_text=what).click()


def wait_for_all(page: Page) -> None:
    expect(page.locator(".next-character")).to_contain_text("True next character", timeout=30_000)
    expect(page.locator(".next-character")).not_to_contain_text("Adding more", timeout=30_000)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_bars_become_the_exact_distribution(shown: Shown, opened: Page, temperature: float) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    set_temperature(opened, temperature)
    told = shown.answers()[-1]
    right = distribution(np.log(told.probabilities), Sampling(temperature))
    drawn = opened.evaluate(BARS)  # the visible ones; the others still have their earlier height
    for bar, outcome, p in list(zip(drawn, told.outcomes, right, strict=False))[:12]:
        assert bar["label"] == SEEN.get(str(outcome), outcome)
        assert bar["height"] == pytest.approx(p, abs=PIXEL)


def test_the_change_and_the_omitted_probability_are_shown(shown: Shown, opened: Page) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    told = shown.answers()[-1]
    text = opened.locator(".next-character").inner_text()
    assert f"{100 * told.changed:.1f}\u00a0% off (total variation)" in text
    assert f"Left out of these ways: at most {percent(told.left_out)}. Other ways" in text
    assert told.left_out_of_all == 1
    assert "could have any share" in text
    assert (PROMPT.replace(" ", "␣")[-3:]) in text


def visible_bars(page: Page) -> dict[str, Bar]:
    """Bars of visible height: how many flat ones exist beyond the view depends on the machine's speed."""
    return {label: bar for label, bar in bars(page).items() if bar.height > 0}


def test_switching_back_to_tokens_sends_no_request(opened: Page) -> None:
    before = visible_bars(opened)
    choose(opened, "characters")
    wait_for_all(opened)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    choose(opened, "tokens")
    assert visible_bars(opened) == before
    expect(opened.locator(".next-character")).to_be_hidden()
    choose(opened, "characters")  # the answer is stored
    wait_for_all(opened)
    set_temperature(opened, 2)
    assert not [url for url in asked if "stream/" in url]


def test_another_prompt_sends_a_new_request(shown: Shown, opened: Page) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    opened.locator("#prompt textarea").fill("the")
    expect(opened.locator(".next-character")).to_contain_text("cut the into tokens", timeout=30_000)
    wait_for_all(opened)
    top = shown.answers("the")[-1].outcomes[0]
    assert next(iter(bars(opened))) == SEEN.get(str(top), top)


def test_the_request_has_the_whole_of_a_long_prompt(shown: Shown, page: Page) -> None:
    """The page has its last tokens alone, which would be another request."""
    ids = shown.long.vocabulary.encode(LONG_PROMPT).ids
    right, wrong = answers(shown.long, ids)[-1], answers(shown.long, ids[-300:])[-1]
    page.goto(f"{shown.address}/?model={LONG}&prompt={LONG_PROMPT}&length=60")
    page.wait_for_function("name => window.playground?.store.state.run?.model === name", arg=LONG)
    assert page.evaluate("window.playground.store.state.run.steps.length") == 300 < len(ids)
    with page.expect_request("**/stream/next_character") as asked:
        choose(page, "characters")
    question = json.loads(asked.value.post_data or "")
    assert (question["prompt"], question["left"], question["written"]) == (LONG_PROMPT, 0, [])
    wait_for_all(page)
    said = page.locator(".next-character")
    expect(said).to_contain_text(f"{100 * right.changed:.1f}\u00a0% off")
    assert f"{100 * right.changed:.1f}" != f"{100 * wrong.changed:.1f}"


def test_a_click_on_a_character_writes_a_token_that_begins_with_it(opened: Page) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    bar = opened.locator("#distribution .bars .bar", has=opened.locator(".label", has_text="e")).first
    bar.click()
    opened.wait_for_function("() => window.playground.store.state.run.steps.at(-1).hand")
    written = opened.evaluate("""() => {
      const { run } = window.playground.store.state;
      return run.symbols[run.steps.at(-1).id];
    }""")
    assert written.startswith("e")


def test_a_refused_request_is_reported_and_can_be_retried(opened: Page, troubles: list[str]) -> None:
    busy = {"code": "busy", "seconds": 3}
    opened.route("**/stream/next_character", lambda route: route.fulfill(status=503, json=busy))
    choose(opened, "characters")
    again = opened.locator(".next-character button:not([data-model])")
    again.wait_for()
    assert bars(opened)
    opened.unroute("**/stream/next_character")
    again.click()
    wait_for_all(opened)
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()


def test_with_a_bias_the_page_explains_why_it_shows_tokens(opened: Page) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    opened.evaluate("window.playground.store.set({ bias: '#5:2' })")
    expect(opened.locator(".next-character")).to_contain_text(WORDS["characters_biased"])
    opened.evaluate("window.playground.store.set({ bias: '' })")
    expect(opened.locator(".next-character")).to_contain_text("True next character")


def test_a_text_is_written_by_characters(shown: Shown, opened: Page) -> None:
    """Each is drawn from the bars shown with the draws shown; the link keeps it, and so does the way back."""
    choose(opened, "characters")
    line = opened.locator(".next-character")
    line.get_by_role("button", name="Write by characters").click()
    opened.wait_for_function("name => window.playground.store.state.run?.model === name", arg=f"{NAME}:characters")
    expect(opened.locator(".choice button", has_text="tokens")).to_be_hidden()
    opened.wait_for_url(lambda url: "characters" in url)
    left = left_out_by_characters(shown.checkpoint)
    expect(line).to_contain_text(f"Left out here: at most {percent(left)}, of what")
    told = shown.answers()[-1]
    drawn = {bar["label"]: bar["height"] for bar in opened.evaluate(BARS)}
    for outcome, p in list(zip(told.outcomes, told.probabilities, strict=True))[:6]:
        assert drawn[SEEN.get(str(outcome), str(outcome))] == pytest.approx(p, abs=PIXEL + 0.005)
    text = generate(opened)
    assert text.startswith(PROMPT)
    under = opened.evaluate("""() => {
      const { store, sampling } = window.playground;
      const { run } = store.state;
      return run.steps.slice(run.prompted).every(({ id, u, logits }) => {
        const row = sampling.rank(logits);
        const drawn = sampling.chosen(row, sampling.stages(row, store.truncation()), u);
        return [...run.symbols[id]].length === 1 && drawn === id;
      });
    }""")
    assert under
    opened.goto(opened.url)  # the same link gives the same text
    opened.wait_for_function("name => window.playground.store.state.run?.model === name", arg=f"{NAME}:characters")
    assert generate(opened) == text
    line.get_by_role("button", name="Write by tokens").click()
    opened.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)


@pytest.mark.parametrize(("language", "said"), [("en", "by characters"), ("ko", "글자별")])
def test_the_model_box_lists_tokens_and_characters(shown: Shown, page: Page, language: str, said: str) -> None:
    page.goto(f"{shown.address}/?model={NAME}&prompt={PROMPT}&length=20&lang={language}")
    page.wait_for_function("name => window.playground?.store.state.run?.model === name", arg=NAME)
    whole = f"someone/cuts@{COMMIT[:7]}"
    for title, name in ((f"{whole} · {said}", f"{NAME}:characters"), (whole, NAME)):
        choose_model(page, title)
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
        expect(page.locator("#model input")).to_have_value(title)
    page.evaluate("window.playground.language.choose('ko')")
    page.locator("#model input").click()
    expect(page.get_by_role("option", name=f"{whole} · 글자별", exact=True)).to_be_visible()


def test_the_model_box_lists_both_after_a_link_by_characters(shown: Shown, page: Page) -> None:
    page.goto(f"{shown.address}/?model={NAME}:characters&prompt={PROMPT}&lang=en")
    page.wait_for_function("name => window.playground?.store.state.run?.model === name", arg=f"{NAME}:characters")
    expect(page.locator("#model input")).to_have_value(f"someone/cuts@{COMMIT[:7]} · by characters")
    choose_model(page, f"someone/cuts@{COMMIT[:7]}")
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=NAME)


def test_the_sentences_are_in_korean(opened: Page) -> None:
    choose(opened, "characters")
    wait_for_all(opened)
    opened.get_by_role("button", name="한국어").click()
    expect(opened.locator(".next-character")).to_contain_text("참된 다음 글자")
    expect(opened.locator(".next-character")).to_contain_text("총변동 거리")
