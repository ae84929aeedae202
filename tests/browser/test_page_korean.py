"""Korean on the page: one cell across the boundary of prompt and text, and jamo by themselves."""

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
    bars,
    cells,
    generate,
    input_box,
    run_id,
    set_full_speed,
    set_prompt,
    text_of,
    wait_until_painted,
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


def test_a_korean_text_is_counted_in_jamo(visit: Visit) -> None:
    """Twelve jamo are about five syllables: "12 characters" would be more than one sees."""
    page = visit(f"{HA}&lang=ko")
    pace, progress = page.locator("#text .pace output"), page.locator("#text .progress")
    expect(pace).to_have_text("초당 자모 28개")
    page.get_by_role("button", name="English").click()
    expect(pace).to_have_text("28 jamo/s")
    generate(page)
    expect(progress).to_have_text("12 of 12 jamo")
    page.get_by_role("button", name="한국어").click()
    expect(progress).to_have_text("자모 12개 중 12개")
    visit("/?lang=ko&prompt=To be&length=12&temperature=0", page)
    expect(page.locator("#temperature h2")).to_have_text("“To be▮” 다음에 올 글자")
    expect(page.locator("#about .facts")).to_contain_text("글자당 1.40나트 · 매개변수 332만 개")
    expect(pace).to_have_text("초당 28자")
    generate(page)
    expect(progress).to_have_text("12자 중 12자")


def test_the_heading_is_not_cut_around_korean(visit: Visit, page: Page) -> None:
    """Hangul is wider than other letters, and the sentence about the text is behind it."""
    page.set_viewport_size({"width": 1150, "height": 800})
    visit("/?model=korean-lstm&lang=ko&prompt=한 사람의 이야기가 어린아니 없다 곧 의복아름다운 사람")
    heading = page.locator("#temperature h2")
    expect(heading).to_contain_text("사람▮” 다음에 올 글자")
    assert heading.evaluate("(node) => node.scrollWidth <= node.clientWidth")


# ── The boundary ─────────────────────────────────────────────────────────────────────────────────
def test_a_syllable_may_span_prompt_and_text(visit: Visit) -> None:
    page = visit(HA)
    assert text_of(page) == "하"
    step(page)
    assert cells(page).all_text_contents() == ["한"]
    expect(page.locator("#temperature h2")).to_contain_text("“한▮”")
    expect(cells(page).first).to_have_attribute("aria-label", "한")
    assert page.evaluate("window.playground.runs.textOf(window.playground.store.state.run)") == "한"
    # Pointing at it describes what was written of it: the final, after 하.
    cells(page).first.hover()
    wait_until_painted(page)
    assert page.locator("#distribution").get_attribute("data-step") == "0"
    assert next(iter(bars(page))) == "-ㄴ"
    expect(page.locator("#text .detail")).to_contain_text("한: 100.0 %")


def test_the_text_is_composed_when_shown_copied_and_exported(visit: Visit, page: Page) -> None:
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


def test_the_end_of_the_prompt_is_a_position_within_the_cell(visit: Visit) -> None:
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
    # If writing continues from the end of the prompt, the prompt stays whole.
    first.click()
    before = run_id(page)
    set_full_speed(page)
    page.locator("#generate").click()
    wait_until_written(page, before, 12)
    assert text_of(page) == text
    expect(input_box(page, "prompt")).to_have_value("하")
    expect(page.locator("#text .branch")).to_have_count(0)


def test_the_prompt_is_shown_unchanged_until_playback(visit: Visit) -> None:
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


def test_writing_a_syllable_by_jamo_leaves_no_earlier_versions(visit: Visit) -> None:
    page = visit("/?model=korean-lstm&prompt=그는 &temperature=0")
    step(page, 6)
    assert len(text_of(page)) < len("그는 ") + 6
    expect(page.locator("#text .branch")).to_have_count(0)


def test_another_final_makes_another_version(visit: Visit) -> None:
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
    wait_until_painted(page)
    assert text_of(page) == "한"


# ── Jamo by themselves ───────────────────────────────────────────────────────────────────────────
def test_single_jamo_are_read_without_a_notice_and_stay_unchanged(visit: Visit) -> None:
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
    set_prompt(page, "\u1100\u1173\u1102\u1173\u11ab \u1112\u1161")  # 그는 하, decomposed, as in macOS file names
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
