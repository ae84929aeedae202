"""The next character of a token model in steps: first the old approximation, then each better answer as it arrives.

With so small a model the server answers at once. So the page's stub holds the answers, and releases one at a time.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.inference.next_character import Characters
from tests.browser.hands import BARS, PIXEL, WORDS
from tests.browser.test_next_character import NAME, SEEN, Shown, answers, choose, percent
from tests.browser.test_next_character import shown as shown  # noqa: PLC0414  # a fixture

FIRST_BARS = 8
# The server's answer to this request comes frame by frame: `release` lets the next one through.
HOLD = """() => {
  const fetched = window.fetch;
  window.release = null;
  window.fetch = async (address, options) => {
    const answer = await fetched(address, options);
    if (!String(address).includes("stream/next_character")) return answer;
    const reader = answer.body.getReader();
    let bytes = new Uint8Array();
    const whole = () => {
      if (bytes.length < 8) return 0;
      const lengths = new DataView(bytes.buffer);
      const size = 8 + lengths.getUint32(0, true) + lengths.getUint32(4, true);
      return bytes.length < size ? 0 : size;
    };
    const frames = new ReadableStream({
      async pull(controller) {
        while (!whole()) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          bytes = Uint8Array.from([...bytes, ...value]);
        }
        const size = whole();
        await new Promise((go) => { window.release = go; });
        controller.enqueue(bytes.slice(0, size));
        bytes = bytes.slice(size);
      },
    });
    return new Response(frames, { status: answer.status, headers: answer.headers });
  };
}"""
RELEASE = "() => { const go = window.release; window.release = null; go(); }"
DRAWN = f"""([labels, heights, pixel]) => {{
  const bars = ({BARS})();
  return labels.every((label, at) => bars[at]?.label === label && Math.abs(bars[at].height - heights[at]) <= pixel);
}}"""


def sentence(answer: Characters) -> str:
    """A part of the sentence under the bars for an answer."""
    if not answer.cut_anew:
        return WORDS["characters_first"]
    if answer.whole:
        return f"Left out: at most {percent(answer.left_out)}."
    if answer.left_out_of_all < 0.5:
        return f"Left out of these ways: at most {percent(answer.left_out)}; of all ways to cut the text: at most "
    return f"Left out of these ways: at most {percent(answer.left_out)}. Other ways"


def omitted_percent(text: str) -> float:
    """The upper bound, in percent, that the page shows for the ways to cut the text that were left out."""
    found = re.search(r"(?:of all ways to cut the text|Left out): at most ([\d.]+)", text)
    return float(found[1]) if found else 100


def distance(one: Characters, other: Characters) -> float:
    """Total variation."""
    a, b = (dict[Any, float](zip(each.outcomes, each.probabilities, strict=True)) for each in (one, other))
    return sum(abs(a.get(key, 0) - b.get(key, 0)) for key in {*a, *b}) / 2


def show_each(page: Page, told: list[Characters]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The first labels and the sentence shown for each answer, once the bars are those of the answer."""
    line = page.locator(".next-character")
    for answer in told:
        page.wait_for_function("() => window.release !== null")
        page.evaluate(RELEASE)
        labels = tuple(SEEN.get(str(outcome), str(outcome)) for outcome in answer.outcomes[:FIRST_BARS])
        heights = answer.probabilities[:FIRST_BARS].tolist()
        page.wait_for_function(DRAWN, arg=[labels, heights, PIXEL])
        expect(line).to_contain_text(sentence(answer))
        yield labels, line.locator("[role=status]").inner_text()


@pytest.mark.parametrize("prompt", ["the", "a be"])
def test_better_answers_follow_the_first_one(shown: Shown, page: Page, prompt: str) -> None:
    told = answers(shown.checkpoint, shown.checkpoint.vocabulary.encode(prompt).ids)
    page.goto(f"{shown.address}/?model={NAME}&prompt={prompt}&length=60&lang=en")
    page.wait_for_function("name => window.playground?.store.state.run?.model === name", arg=NAME)
    page.evaluate(HOLD)
    choose(page, "characters")
    found = list(show_each(page, told))
    expect(page.locator(".next-character")).not_to_contain_text(WORDS["characters_more"])
    assert len({*found}) >= 3
    assert found[0][1] == WORDS["characters_first"]
    assert all(text.endswith(WORDS["characters_more"]) for _, text in found[:-1] if text != WORDS["characters_first"])
    bounds = [omitted_percent(text) for _, text in found]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] == 100 > 1 > bounds[-1]
    # In the answers themselves the omitted part never grows, and each is nearer to the last.
    assert [one.left_out_of_all for one in told] == sorted((one.left_out_of_all for one in told), reverse=True)
    off = [distance(one, told[-1]) for one in told]
    assert off == sorted(off, reverse=True)
    assert off[0] > 0.1
