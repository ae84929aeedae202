"""The page with a Korean GPT-2 whose tokens are pieces: bars, cells, and special tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.beam import Beam, texts
from playground.inference.generate import generate as write_on
from playground.inference.prefill import prefill
from playground.inference.stopping import Stop
from playground.library import Checkpoint
from playground.sampling import Sampling, distribution
from playground.text.streaming import stable_part
from tests.browser.hands import (
    PIXEL,
    WORDS,
    bars,
    cells,
    generate,
    set_prompt,
    set_temperature,
    text_of,
    wait_until_painted,
)
from tests.conftest import app_with_cache
from tests.gpt2.hands import make_folder, reference
from tests.small_tokenizers import KINDS, korean

COMMIT = "6" * 40
PROMPT = "하느님이 뷁뷁 To"
FEW = 150  # tokens: so few that every bar is drawn at once


@dataclass(frozen=True)
class Shown:
    """An app with several models in its cache, and the same models in this process."""

    address: str
    checkpoints: dict[str, Checkpoint]

    def open(self, page: Page, kind: str, prompt: str = PROMPT, **settings: object) -> Checkpoint:
        asked = {"model": f"someone/{kind}@{COMMIT}", "prompt": prompt, **settings}
        page.goto(f"{self.address}/?" + "&".join(f"{name}={value}" for name, value in asked.items()))
        page.wait_for_selector("#distribution[data-step]")
        page.wait_for_function("name => window.playground.store.state.run?.model === name", arg=asked["model"])
        wait_until_painted(page)
        return self.checkpoints[kind]


def make_folder_of(folder: Path, kind: str) -> Path:
    """A folder whose configuration has the library's ids, which are not in its vocabulary."""
    tokenizer = korean(FEW) if kind == "few" else KINDS[kind]()
    size = tokenizer.get_vocab_size()
    model = reference(vocab_size=size, n_positions=64, bos_token_id=50_256, eos_token_id=50_256)
    folder.parent.mkdir(parents=True)
    return make_folder(folder, model, tokenizer.to_str())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("hub")
    found = {
        kind: library.load(make_folder_of(home / "hub" / f"models--someone--{kind}" / "snapshots" / COMMIT, kind))
        for kind in ("few", "korean", "llama", "byte_level_split")
    }
    with app_with_cache(home) as address:
        yield Shown(address, found)


def token_label(symbol: str) -> str:
    signs = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽"}
    return "".join(signs.get(c, f"⟨{ord(c) - 0xF700:X}⟩" if "\uf780" <= c <= "\uf7ff" else c) for c in symbol)


def test_bars_are_pieces_with_a_visible_space_before_a_word(shown: Shown, page: Page) -> None:
    c = shown.open(page, "few")
    set_temperature(page, 1.5)
    row = distribution(prefill(c, c.vocabulary.encode(PROMPT).ids).logits[-1], Sampling(1.5))
    drawn = bars(page)
    assert set(drawn) == {token_label(symbol) for symbol in c.vocabulary.symbols}
    for symbol, p in zip(c.vocabulary.symbols, row, strict=True):
        assert drawn[token_label(symbol)].height == pytest.approx(p, abs=PIXEL)
    assert "␣물" in drawn


def test_the_cells_of_the_prompt_are_its_tokens_with_the_unknown_ones_marked(shown: Shown, page: Page) -> None:
    shown.open(page, "few")
    assert cells(page).all_text_contents() == ["하", "느", "님", "이", " ", "뷁뷁", " T", "o"]
    expect(page.locator("#text .cell.unknown")).to_have_text("뷁뷁")
    expect(page.locator("#notice")).to_contain_text("뷁뷁")
    expect(page.locator("#notice")).to_contain_text("<unk>")
    assert text_of(page) == PROMPT


@pytest.mark.parametrize("kind", ["korean", "llama", "byte_level_split"])
@pytest.mark.parametrize("prompt", [PROMPT, ""])
def test_the_written_text_equals_pythons_decoding(kind: str, prompt: str, shown: Shown, page: Page) -> None:
    c = shown.open(page, kind, prompt, temperature=1.2, length=40)
    generate(page, 40)
    stream = write_on(c, prefill(c, c.vocabulary.encode(prompt).ids), Sampling(1.2), seed=42)
    ids = [next(stream).id for _ in range(40)]
    script = "() => { const { runs, store } = window.playground; return runs.textOf(store.state.run); }"
    # Bytes at its end that begin a character are held back.
    assert page.evaluate(script) == stable_part(c.vocabulary, ids, c.vocabulary.join(prompt, ids), done=True)
    # The cells include the special tokens, each marked as one.
    expected = [c.vocabulary.symbols[id] for id in ids if id in c.vocabulary.special]
    marked = page.locator("#text .cell.special")
    assert marked.all_text_contents() == expected
    if not prompt and kind == "korean":
        assert not text_of(page).startswith(" ")


def test_a_special_token_is_marked_on_its_bar_and_named(shown: Shown, page: Page) -> None:
    c = shown.open(page, "few")
    special = page.locator("#distribution .bars .bar.special")
    names = {c.vocabulary.symbols[id] for id in c.vocabulary.special}
    assert names == {"<unk>", "</s>", "<pad>"}
    assert set(special.locator(".label").all_text_contents()) == names
    label = special.filter(has_text="</s>")
    said = WORDS["special_token"].replace("{symbol}", "</s>")
    expect(label).to_have_attribute("aria-label", re.compile(rf"^{re.escape(said)}, .*\s%$"))
    label.hover()
    expect(page.locator("#distribution .sum strong")).to_have_text(said)


def test_a_special_token_is_never_counted_as_its_first_character(shown: Shown, page: Page) -> None:
    page.route("**/stream/next_character", lambda route: None)  # the sums over tokens stay, as no better answer comes
    c = shown.open(page, "few")
    page.locator(".choice button", has_text="characters").click()
    set_temperature(page, 1.5)
    row = distribution(prefill(c, c.vocabulary.encode(PROMPT).ids).logits[-1], Sampling(1.5))
    sums: dict[str, float] = {}
    for id, symbol in enumerate(c.vocabulary.symbols):
        first = symbol if id in c.vocabulary.special else symbol[0]
        sums[token_label(first)] = sums.get(token_label(first), 0) + row[id]
    drawn = bars(page)
    assert set(drawn) == set(sums)
    assert "<" not in drawn
    for label, bar in drawn.items():
        assert bar.height == pytest.approx(sums[label], abs=PIXEL), label
    assert page.locator("#distribution .bars .bar.special").count() == 3


def test_a_special_token_in_the_text_is_marked_and_not_copied(shown: Shown, page: Page) -> None:
    """One typed into the prompt, which is read as the token, and one written by a click."""
    shown.open(page, "few", "나는")
    set_prompt(page, "나는</s>")
    expect(page.locator("#text .cell.special")).to_have_text("</s>")
    page.locator("#distribution .bars .bar.special", has_text="</s>").click()
    page.wait_for_function("() => window.playground.store.state.run.steps.at(-1).hand")
    marked = page.locator("#text .cell.special")
    expect(marked).to_have_count(2)
    expect(marked.last).to_have_attribute("aria-label", WORDS["special_token"].replace("{symbol}", "</s>"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#text button", has_text=WORDS["copy"]).click()
    expect(page.locator("#text button", has_text=WORDS["copied"])).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "나는</s>"  # as it was typed
    assert text_of(page) == "나는</s></s>"


def test_texts_that_differ_in_a_special_token_are_two_versions(shown: Shown, page: Page) -> None:
    shown.open(page, "few", "나는")
    for label in ("</s>", "<pad>"):
        wait_until_painted(page)
        page.locator("#distribution .bars .bar.special", has_text=label).click()
        page.wait_for_function("() => window.playground.store.state.run.steps.at(-1).hand")
        expect(page.locator("#text .cell.special").last).to_have_text(label)
        page.evaluate("() => { const { play, store } = window.playground; play.go(store.state.run.prompted); }")
    branches = page.locator("#text .branch")
    expect(branches).to_have_count(1)
    expect(branches).to_contain_text("</s>")


def test_the_start_of_every_text_is_explained(shown: Shown, page: Page) -> None:
    shown.open(page, "few")
    expect(page.locator("#about .facts")).to_contain_text(WORDS["fact_start_tokenizer"].replace("{start}", "</s>"))


RUN = """([symbols, special, drops, text]) => {
  const { runs } = window.playground;
  const run = { unit: "token", text, prompted: 0, promptCells: [], symbols, special: new Set(special),
    dropsFirstSpace: drops, steps: symbols.map((_, id) => ({ id })) };
  return [runs.cells(run).map(({ text }) => text), runs.textOf(run), runs.writingOf(run)];
}"""


@pytest.mark.parametrize(
    ("symbols", "special", "drops", "text", "expected"),
    [
        ([" To", " be"], [], True, "", [["To", " be"], "To be", "To be"]),
        ([" To", " be"], [], True, "x", [[" To", " be"], "x To be", "x To be"]),
        ([" To", " be"], [], False, "", [[" To", " be"], " To be", " To be"]),
        (["</s>", " To", " be"], [0], True, "", [["</s>", "To", " be"], "To be", "</s>To be"]),
        (["a", "<e>", "b"], [1], False, "", [["a", "<e>", "b"], "ab", "a<e>b"]),
        (["\u1112", "<e>", "\u1161"], [1], False, "", [["\u1112", "<e>", "\u1161"], "\u1112\u1161", "\u1112<e>\u1161"]),
        (["<e>", "\u0338"], [0], False, "", [["<e>", "\u0338"], "\u0338", "<e>\u0338"]),
    ],
)
def test_texts_and_cells_with_special_tokens(
    symbols: list[str], special: list[int], drops: bool, text: str, expected: list[object], shown: Shown, page: Page
) -> None:
    shown.open(page, "few")
    assert page.evaluate(RUN, [symbols, special, drops, text]) == expected


def test_a_search_shows_each_token_unchanged(shown: Shown, page: Page) -> None:
    checkpoint = shown.checkpoints["few"]
    page.goto(f"{shown.address}/?tab=search&model=someone/few@{COMMIT}&prompt={PROMPT}&beam=4&beam-length=3")
    page.wait_for_selector(".search .writing.human .letter", timeout=60_000)
    walk = Beam(checkpoint.vocabulary.encode(PROMPT).ids, 4, Stop(3))
    best = texts([step for step in walk.steps(checkpoint) if step])[0]
    seen = page.locator(".search .tree text.best").all_text_contents()[-3:]
    for id, text in zip(best.ids, seen, strict=True):
        symbol = checkpoint.vocabulary.symbols[id]
        assert symbol.strip(" ") in text or "⟨" in text, (symbol, text)
    expect(page.locator(".search .writing.beam b")).to_contain_text("bits per token")
