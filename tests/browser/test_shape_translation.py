"""The translation section of the Shapes tab shows what the models write, and their attention."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.prefill import prefill
from playground.models.pair import LONGEST
from playground.server import api
from tests.browser.hands import WORDS

Open = Callable[..., Page]


@pytest.fixture
def shapes(server: str, page: Page) -> Open:
    """shapes(query) opens the tab, and returns the page once its cards are shown."""

    def go(query: str = "") -> Page:
        page.goto(f"{server}/?tab=shapes&model=shakespeare-ngram&prompt=To+be&seed=5{query}")
        page.wait_for_selector(".shapes .shape-card")
        return page

    return go


def visible(text: str) -> list[str]:
    return [letter.replace(" ", "␣") for letter in text]


def test_a_sentence_is_translated_letter_by_letter(shapes: Open) -> None:
    page = shapes("&shape=translate&temperature=0")
    told = api.translate("translate-luong", "Where is the station?")
    expect(page.locator("#shape-translate .letters:not(.source) .letter")).to_have_text([*visible(told["text"]), "↵"])
    expect(page.locator("#shape-translate .bar.came .label")).to_have_text("↵")
    expect(page.locator("#shape-translate .letters.source .letter")).to_have_text(visible("Where is the station?"))
    expect(page.locator("#shape-translate .found li b").first).to_have_text(
        api.translate("translate-luong", "Where is the station?", width=3)["text"]
    )


def test_the_beam_width_can_be_chosen_and_is_in_the_address(shapes: Open) -> None:
    page = shapes("&shape=translate&temperature=0")
    found = page.locator("#shape-translate .found li b")
    expect(found).to_have_count(3)
    page.get_by_label(WORDS["shape_translate_beam"]).select_option("1")
    expect(found).to_have_count(1)
    page.wait_for_url(re.compile("translate-beam=1"))
    page.reload()
    expect(found).to_have_text([api.translate("translate-luong", "Where is the station?", width=1)["text"]])


def test_differences_from_the_reference_translation_are_marked(shapes: Open) -> None:
    sentence, right = "Tom broke his left leg.", "Tom se rompió la pierna izquierda."
    asked = urlencode({"translate-text": sentence, "translate-person": right})
    page = shapes(f"&shape=translate&temperature=0&{asked}")
    text = api.translate("translate-luong", sentence)["text"]
    at = next(i for i, (a, b) in enumerate(zip(text, right, strict=False)) if a != b)
    expect(page.locator("#shape-translate .letter.parts")).to_have_attribute("data-at", str(at))
    parting = page.locator("#shape-translate .parting")
    how = "Writing by itself, always with its most likely letter, it leaves the person’s translation"
    expect(parting).to_contain_text(f"{how} at letter {at + 1}: {text[at]} instead of")
    page.get_by_role("button", name=WORDS["shape_translate_right"]).click()
    letters = page.locator("#shape-translate .letters:not(.source) .letter")
    expect(letters).to_have_count(len(right) + 1)
    page.wait_for_url(re.compile("translate-taught=1"))
    # The row shows the model's first guess after the right letters; wrong ones are marked.
    checkpoint = library.load("translate-luong")
    ids = checkpoint.vocabulary.encode(f"{sentence}→{right}").ids
    guessed = prefill(checkpoint, ids, rows=len(right) + 1).logits.argmax(axis=1)
    wanted = [*ids[len(sentence) + 1 :], 0]
    expect(letters).to_have_text(["↵" if id == 0 else visible(checkpoint.vocabulary.symbols[id])[0] for id in guessed])
    missed = [i for i, (a, b) in enumerate(zip(guessed, wanted, strict=True)) if a != b]
    assert missed
    assert page.locator("#shape-translate .letter.missed").evaluate_all(
        "letters => letters.map((letter) => Number(letter.dataset.at))"
    ) == missed
    right_ones = f"its most likely letter is the right one {len(wanted) - len(missed)} times of {len(wanted)}"
    expect(parting).to_contain_text(right_ones)
    page.evaluate("window.playground.setTemperature(2)")
    expect(parting).to_contain_text("Writing by itself, with the dice at T = 2.00, it leaves")


def test_translators_are_compared_and_one_says_it_has_no_attention(shapes: Open) -> None:
    page = shapes("&shape=translate&temperature=0")
    rows = page.locator("#shape-translate .others tbody tr")
    expect(rows).to_have_count(len(library.available("translation")))
    expect(page.locator("#shape-translate .heatmap")).to_be_visible()
    expect(page.locator("#shape-translate .twice")).to_contain_text(WORDS["shape_translate_twice"])
    expect(page.locator("#shape-translate .twice svg")).to_be_visible()
    card = library.card("translate-luong")
    luong = rows.filter(has_text=WORDS["title_translate-luong"].split(" · ")[-1])
    assert card.validation and card.translation and card.parameters
    text = api.translate("translate-luong", "Where is the station?")["text"]
    figures = [f"{card.validation.nats:.3f}", f"{card.translation.chrf:.1f}", f"{card.parameters:,}"]
    expect(luong.locator("td")).to_have_text([text, re.compile("−"), *figures])
    rows.filter(has_text=WORDS["title_translate-gru"].split(" · ")[-1]).get_by_role("button").click()
    expect(page.locator("#shape-translate .heatmap")).to_be_hidden()
    expect(page.get_by_text(WORDS["shape_translate_none"])).to_be_visible()


def test_an_unreadable_sentence_gets_a_message(shapes: Open) -> None:
    page = shapes("&shape=translate")
    page.locator("#translate-text").fill("고양이")
    expect(page.locator("#shape-translate .problem")).to_contain_text("The model knows no 고 양 이")


def test_a_typed_sentence_is_not_compared_with_another_translation(shapes: Open) -> None:
    page = shapes("&shape=translate&temperature=0")
    person, parting = page.locator("#translate-person"), page.locator("#shape-translate .parting")
    right_mode = page.get_by_role("button", name=WORDS["shape_translate_right"])
    expect(parting).to_contain_text("its most likely letter is the right one")
    verdict = parting.text_content() or ""
    mark = page.locator("#shape-translate .letter.parts")
    marks = mark.count()
    page.locator("#translate-text").fill("Where is the dog?")
    letters = page.locator("#shape-translate .letters:not(.source) .letter")
    expect(letters).to_have_text([*visible(api.translate("translate-luong", "Where is the dog?")["text"]), "↵"])
    expect(person).to_have_value("")
    expect(parting).to_have_text(WORDS["shape_translate_no_person"])
    expect(mark).to_have_count(0)
    expect(right_mode).to_be_hidden()
    # Choices made by hand belong to this sentence: they return with it, and the link has both.
    person.fill("¿Dónde está el perro?")
    expect(parting).to_contain_text("its most likely letter is the right one")
    expect(right_mode).to_be_visible()
    page.wait_for_url(re.compile("translate-person="))
    page.locator("#translate-text").fill("Where is the station?")
    expect(person).to_have_value("¿Dónde está la estación?")
    expect(parting).to_have_text(verdict)
    expect(mark).to_have_count(marks)
    expect(page).not_to_have_url(re.compile("translate-person="))
    page.locator("#translate-text").fill("Where is the dog?")
    expect(person).to_have_value("¿Dónde está el perro?")
    page.wait_for_url(re.compile("translate-person="))
    page.reload()
    expect(person).to_have_value("¿Dónde está el perro?")
    expect(parting).to_contain_text("its most likely letter is the right one")


def test_a_sentence_that_is_too_long_stays_and_its_count_says_so(shapes: Open) -> None:
    page = shapes("&shape=translate")
    box, count = page.locator("#translate-text"), page.locator("#shape-translate .count").first
    expect(count).to_have_text(WORDS["score_count"].format(n=21, most=LONGEST))
    box.focus()
    page.keyboard.insert_text("The cat sat. " * 10)
    expect(box).to_have_value(re.compile("(The cat sat. ){10}"))
    expect(count).to_have_class(re.compile(r"\bover\b"))
    expect(page.locator("#shape-translate .problem")).to_contain_text(f"at most {LONGEST} letters")
    box.fill("x" * LONGEST)
    expect(count).to_have_text(WORDS["score_count"].format(n=LONGEST, most=LONGEST))
    expect(count).not_to_have_class(re.compile(r"\bover\b"))
    expect(page.locator("#shape-translate .problem")).to_be_empty()
