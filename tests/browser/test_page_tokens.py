"""The page with a model of 50,257 tokens: as fast and as exact as others, and open about what it folds."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.sampling import Sampling, distribution, ranks
from playground.sampling.folding import KEEP
from tests import small_gpt2, stream
from tests.browser.hands import PIXEL, TWO_FRAMES, WRITTEN, bars, height_of, set_temperature, wait_until_painted
from tests.conftest import app_with_cache

COMMIT = "5" * 40
NAME = f"someone/small@{COMMIT}"
PROMPT = "the rest is 나"
FOLDED = small_gpt2.SIZE - KEEP


@dataclass(frozen=True)
class Shown:
    """An app with the model in its cache, and the same model in this process."""

    address: str
    checkpoint: Checkpoint

    def link(self, **settings: object) -> str:
        asked = {"model": NAME, "prompt": PROMPT, **settings}
        return f"{self.address}/?" + "&".join(f"{name}={value}" for name, value in asked.items())

    def logits(self) -> NDArray[np.float32]:
        """The model's logits after the prompt."""
        row: NDArray[np.float32] = prefill(self.checkpoint, self.checkpoint.vocabulary.encode(PROMPT).ids).logits[-1]
        return row


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("hub")
    folder = home / "hub" / "models--someone--small" / "snapshots" / COMMIT
    small_gpt2.write(folder)
    with app_with_cache(home) as address:
        yield Shown(address, library.load(folder))


def open_here(shown: Shown, page: Page) -> Page:
    page.goto(shown.link())
    page.wait_for_selector("#distribution[data-step]")
    page.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)
    return page


@pytest.fixture
def opened(shown: Shown, page: Page) -> Page:
    return open_here(shown, page)


@pytest.fixture(scope="module")
def kept_page(shown: Shown, shared_page: Page) -> Page:
    """One page for the tests that change only the temperature."""
    return open_here(shown, shared_page)


def others(page: Page) -> float:
    """The height of the bar of all folded tokens, as a share of the whole."""
    wait_until_painted(page)
    return height_of(page.locator("#distribution .others"))


def token_label(symbol: str) -> str:
    signs = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"}
    return "".join(signs.get(c, f"⟨{ord(c) - 0xF700:X}⟩" if "\uf780" <= c <= "\uf7ff" else c) for c in symbol)


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0, 2.5, 30.0, inf])
def test_the_visible_bars_and_the_folded_one_sum_to_the_whole(
    shown: Shown, kept_page: Page, temperature: float
) -> None:
    set_temperature(kept_page, "Infinity" if temperature == inf else temperature)
    row = shown.logits()
    ranked = ranks(row)
    right = distribution(row, Sampling(temperature))[ranked]
    drawn = list(bars(kept_page).items())
    for (label, bar), id, p in list(zip(drawn, ranked, right, strict=False))[:15]:
        assert label == token_label(shown.checkpoint.vocabulary.symbols[id])
        assert bar.height == pytest.approx(p, abs=PIXEL)
    assert others(kept_page) == pytest.approx(right[KEEP:].sum(), abs=PIXEL)
    told = str(kept_page.locator("#figure-folded").text_content())
    assert told.startswith(f"{FOLDED:,}: ")
    if right[KEEP:].sum() > 0.01:
        said = float(told.removeprefix(f"{FOLDED:,}: ").removesuffix("\u00a0%"))
        assert said == pytest.approx(100 * right[KEEP:].sum(), abs=0.15)


def test_all_likely_tokens_can_be_scrolled_to(shown: Shown, opened: Page) -> None:
    assert opened.locator("#distribution .bars .bar").count() == KEEP
    set_temperature(opened, 3)
    row = shown.logits()
    ranked = ranks(row)
    right = distribution(row, Sampling(3.0))
    opened.evaluate("() => { document.querySelector('#distribution .scroller').scrollLeft = 1e6; }")
    opened.evaluate(TWO_FRAMES)
    opened.evaluate(TWO_FRAMES)
    last = opened.locator("#distribution .bars .bar").last
    assert last.locator(".label").text_content() == token_label(shown.checkpoint.vocabulary.symbols[ranked[KEEP - 1]])
    assert height_of(last) == pytest.approx(right[ranked[KEEP - 1]], abs=1e-5)


def test_dragging_sends_no_request_and_is_painted_in_time(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    times = opened.evaluate("""async () => {
      const host = document.querySelector("#distribution");
      const times = [];
      for (let i = 1; i <= 40; i++) {
        const started = performance.now();
        window.playground.setTemperature(i / 10);
        while (host.dataset.temperature !== String(i / 10)) await new Promise((done) => setTimeout(done));
        times.push(performance.now() - started);
      }
      return times.sort((a, b) => a - b);
    }""")
    assert not [url for url in asked if "heartbeat" not in url]
    assert times[20] < 100, "the middle of 40 moves, in milliseconds; about 17 on a quiet machine"


def test_the_text_and_the_surprise_of_every_token_equal_pythons(shown: Shown, page: Page) -> None:
    length = 30
    page.goto(shown.link(temperature=3, length=length))
    page.wait_for_selector("#distribution[data-step]")
    before = page.evaluate("() => window.playground.store.state.run.id")
    page.locator("#generate").click()
    page.wait_for_function(WRITTEN, arg=[before, length])
    told = page.evaluate("""() => {
      const { runs, store } = window.playground;
      const { run } = store.state;
      return { text: runs.textOf(run), judged: run.steps.slice(run.prompted).map(runs.judge) };
    }""")
    sampling = Sampling(3.0)
    reading = prefill(shown.checkpoint, shown.checkpoint.vocabulary.encode(PROMPT).ids)
    written = generate(shown.checkpoint, reading, sampling, seed=42)
    steps = [next(written) for _ in range(length)]
    assert told["text"] == PROMPT + shown.checkpoint.vocabulary.decode([step.id for step in steps])
    folded = 0
    for step, judged in zip(steps, told["judged"], strict=True):
        assert judged["probability"] == pytest.approx(distribution(step.logits, sampling)[step.id], rel=1e-3)
        place = int(np.flatnonzero(ranks(step.logits) == step.id)[0]) + 1
        assert judged["rank"] == place
        folded += place > KEEP
    assert folded > 0, "at this temperature some of the tokens should come from beyond the likeliest"


def test_the_next_character_is_the_sum_over_the_tokens_that_begin_with_it(shown: Shown, opened: Page) -> None:
    opened.route("**/stream/next_character", lambda route: None)  # what comes of it: test_next_character.py
    opened.locator(".choice button", has_text="characters").click()
    set_temperature(opened, 1.5)
    row = shown.logits()
    right = distribution(row, Sampling(1.5))
    sums: dict[str, float] = {}
    for id in ranks(row)[:KEEP]:
        symbol = shown.checkpoint.vocabulary.symbols[id]
        first = symbol if symbol == small_gpt2.END else symbol[0]
        sums[token_label(first)] = sums.get(token_label(first), 0) + right[id]
    drawn = bars(opened)
    assert set(drawn) == set(sums)
    for label, bar in drawn.items():
        assert bar.height == pytest.approx(sums[label], abs=PIXEL), label
    assert others(opened) == pytest.approx(right[ranks(row)[KEEP:]].sum(), abs=PIXEL)


def test_a_bias_for_a_folded_token_loads_its_rows(shown: Shown, opened: Page) -> None:
    row = shown.logits().copy()
    id = int(ranks(row)[-1])
    opened.evaluate("id => window.playground.store.set({ bias: `#${id}:31` })", id)
    row[id] += 31
    label = token_label(shown.checkpoint.vocabulary.symbols[id])
    likeliest = opened.locator("#figure-likeliest")
    expect(likeliest).to_contain_text(label)
    said = float(str(likeliest.text_content()).removeprefix(label).removesuffix("%"))
    assert said == pytest.approx(100 * distribution(row, Sampling(1.0))[id], abs=0.15)


def test_a_click_on_a_token_writes_the_whole_token(shown: Shown, opened: Page) -> None:
    label = opened.locator("#distribution .bars .bar .label").nth(3).text_content()
    opened.locator("#distribution .bars .bar").nth(3).click()
    opened.wait_for_function("() => window.playground.store.state.run.steps.at(-1).hand")
    assert opened.evaluate("""() => {
      const { run } = window.playground.store.state;
      return window.playground.format.seen(run.symbols[run.steps.at(-1).id]);
    }""") == label


def test_the_vocabulary_is_sent_once(opened: Page) -> None:
    assert opened.evaluate("name => window.playground.runs.knows(name)", NAME) == NAME
    with opened.expect_response("**/stream/write") as answered:
        opened.evaluate("window.playground.play.step()")
    body = answered.value.body()
    assert [head.get("about") for head, _ in stream.frames(body)] == [None, None]
    assert len(body) < 100_000  # they alone are more
