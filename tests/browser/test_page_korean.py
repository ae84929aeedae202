"""Korean on the page: one cell across the seam of prompt and text, and letters by themselves."""

import json
import unicodedata
from collections.abc import Callable

from playwright.sync_api import Page, expect

from playground import library
from playground.inference.prefill import prefill
from playground.server import frames
from tests import stream
from tests.browser.hands import (
    WORDS,
    at_full_speed,
    bars,
    box,
    cells,
    generate,
    painted,
    run_id,
    set_prompt,
    text_of,
    wait_until_written,
)

Visit = Callable[..., Page]
HA = "/?model=korean-lstm&prompt=하&temperature=0&length=12"
STATE = "window.playground.store.state"


def place(page: Page) -> int:
    """How many symbols stand after the prompt, before the place in the text."""
    return int(page.evaluate(f"{STATE}.cursor - {STATE}.run.prompted"))


def step(page: Page, count: int = 1) -> None:
    for _ in range(count):
        before = run_id(page)
        page.locator("#step").click()
        wait_until_written(page, before)


# ── The seam ─────────────────────────────────────────────────────────────────────────────────────
def test_prompt_and_text_are_one_syllable_across_their_seam(visit: Visit) -> None:
    page = visit(HA)
    assert text_of(page) == "하"
    step(page)
    assert cells(page).all_text_contents() == ["한"]
    expect(page.locator("#temperature h2")).to_contain_text("“한▮”")
    expect(cells(page).first).to_have_attribute("aria-label", "한")
    assert page.evaluate("window.playground.runs.textOf(window.playground.store.state.run)") == "한"
    # Pointing at it tells of what was written of it: the final, after 하.
    cells(page).first.hover()
    painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "0"
    assert next(iter(bars(page))) == "-ㄴ"
    expect(page.locator("#text .detail")).to_contain_text("한: 100.0 %")


def test_the_whole_text_is_composed_where_it_is_shown_copied_and_exported(visit: Visit, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit(HA.replace("length=12", "length=11"))
    text = generate(page, 11)
    assert text == "한 것이 있"
    page.get_by_role("button", name=WORDS["copy"]).click()
    expect(page.get_by_role("button", name=WORDS["copied"])).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    with page.expect_download() as download:
        page.get_by_role("button", name=WORDS["export"]).click()
    record = json.loads(download.value.path().read_text("utf-8"))
    assert (record["prompt"], record["text"]) == ("하", text)
    assert record["steps"][0]["symbol"] == "\u11ab"


def test_the_end_of_the_prompt_is_a_place_within_the_cell(visit: Visit) -> None:
    page = visit(HA)
    text = generate(page, 12)
    first = cells(page).first
    for act in (
        lambda: page.get_by_role("button", name=WORDS["to_start"], exact=True).click(),
        first.click,
        lambda: page.get_by_label(WORDS["scrub"]).fill("0"),
    ):
        page.get_by_role("button", name=WORDS["to_end"], exact=True).click()
        act()
        assert place(page) == 0
        expect(first).to_have_class("cell prompt at")
        expect(page.locator("#temperature h2")).to_contain_text("“하▮”")
    page.get_by_role("button", name=WORDS["forward"], exact=True).click()
    assert place(page) == 1
    page.get_by_role("button", name=WORDS["back"], exact=True).click()
    assert place(page) == 0
    page.get_by_role("button", name=WORDS["back"], exact=True).click()
    assert place(page) == -2  # before 하
    # Written on from the end of the prompt, the prompt stays whole.
    first.click()
    before = run_id(page)
    at_full_speed(page)
    page.locator("#generate").click()
    wait_until_written(page, before, 12)
    assert text_of(page) == text
    expect(box(page, "prompt")).to_have_value("하")
    expect(page.locator("#text .branch")).to_have_count(0)


def test_until_it_is_played_the_prompt_is_shown_as_it_is(visit: Visit) -> None:
    page = visit(HA)
    page.get_by_label(WORDS["speed"]).fill("0")
    page.locator("#generate").click()
    page.wait_for_function(f"{STATE}.playing && {STATE}.run.steps.length > {STATE}.run.prompted")
    seen = page.evaluate("""() => new Promise((done) => {
      const seen = [];
      const { store } = window.playground;
      const look = () => {
        const { shown, run } = store.state;
        seen.push([shown - run.prompted, document.querySelector("#text .cell").textContent]);
        if (shown > run.prompted + 1) return done(seen);
        requestAnimationFrame(look);
      };
      look();
    })""")
    assert {(min(shown, 1), text) for shown, text in seen[3:]} <= {(0, "하"), (1, "한"), (1, "하")}
    assert seen[-1][1] == "한"


def test_a_syllable_that_is_written_letter_by_letter_leaves_no_earlier_texts(visit: Visit) -> None:
    page = visit("/?model=korean-lstm&prompt=그는 &temperature=0")
    step(page, 6)
    assert len(text_of(page)) < len("그는 ") + 6
    expect(page.locator("#text .branch")).to_have_count(0)


def test_another_final_is_another_text(visit: Visit) -> None:
    page = visit(HA)
    step(page)
    cells(page).first.click()
    page.mouse.move(5, 5)
    labels = list(bars(page))
    other = next(i for i, label in enumerate(labels) if label.startswith("-") and label != "-ㄴ")
    before = run_id(page)
    page.locator("#distribution .bar").nth(other).click()
    wait_until_written(page, before, 1)
    assert text_of(page) != "한"
    assert text_of(page).startswith(("하", "할", "함", "합", "핫", "항", "핥"))
    assert page.locator("#text .branch").all_text_contents() == ["한…"]
    page.locator("#text .branch").click()
    painted(page)
    assert text_of(page) == "한"


# ── Letters by themselves ────────────────────────────────────────────────────────────────────────
def test_letters_by_themselves_are_read_without_a_word_and_stay_as_they_are(visit: Visit) -> None:
    page = visit(HA)
    for prompt, ids in {"ㅋㅋㅋ": 3, "ㅎ": 1, "ㅎㅏ": 3, "하ㄳ": 4}.items():
        set_prompt(page, prompt)
        assert cells(page).all_text_contents() == list(prompt)
        assert page.evaluate(f"{STATE}.run.prompted") == ids
        expect(page.locator("#notice p")).to_have_count(0)
        text = generate(page, 12)
        assert text.startswith(prompt), "what was typed stays as it was"
        set_prompt(page, "하")


def test_a_decomposed_prompt_is_shown_in_syllables(visit: Visit) -> None:
    page = visit(HA)
    set_prompt(page, "\u1100\u1173\u1102\u1173\u11ab \u1112\u1161")  # 그는 하, as a Mac has it in the names of files
    assert cells(page).all_text_contents() == ["\u1100\u1173", "\u1102\u1173\u11ab", " ", "\u1112\u1161"]
    expect(page.locator("#notice p")).to_have_count(0)
    step(page)
    assert cells(page).last.text_content() == "한"


# ── The same text everywhere ─────────────────────────────────────────────────────────────────────
def test_the_page_joins_prompt_and_text_as_python_does(visit: Visit) -> None:
    page = visit(HA)
    checkpoint = library.load("korean-lstm")
    vocabulary = checkpoint.vocabulary
    prompts = ["", "하", "그는 하", "ㅎ", "ㅎㅏ", "밟", "\u2764", "e\u0301"]
    prompts += ["\u1112", "\u1112\u1161", "하\u200b", "\u1100\u1161 하"]
    for prompt in prompts:
        encoding = vocabulary.encode(prompt)
        for written in ("\u11ab", "\u1161\u11ab", "\u1100\u1161", "\u11ab\u1100", ".", "ㅇ"):
            ids = [vocabulary.symbols.index(symbol) for symbol in written]
            rows = prefill(checkpoint, encoding.ids).logits[-1:].repeat(len(ids) + 1, axis=0)
            [(head, body)] = stream.frames(stream.packed(checkpoint, prompt))
            first = head | {"first": 0, "length": len(ids)}
            block = frames.block(ids, rows[0], rows[1:], [0.5] * len(ids))
            data = frames.frame(first, body + frames.row(rows[0])) + frames.frame({"n": len(ids), "done": True}, block)
            text, shown = page.evaluate(
                """([[head, first], [steps, block], prompt]) => {
                  const { runs } = window.playground;
                  const bytes = (packed) => Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
                  const run = runs.open({ head, body: bytes(first) }, null, prompt);
                  runs.extend(run, { head: steps, body: bytes(block) });
                  return [runs.textOf(run), runs.cells(run).map(({ text }) => text).join("")];
                }""",
                [*stream.in_javascript(data), prompt],
            )
            assert text == vocabulary.join(prompt, ids), (prompt, written)
            assert unicodedata.normalize("NFC", shown) == unicodedata.normalize("NFC", text)
