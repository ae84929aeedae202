"""Many to one, in the Shapes tab: the verdict follows typing, its bars follow the temperature, the mask can be
dropped."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.classify import MAX_SYMBOLS
from playground.models.verdicts import verdicts
from playground.sampling import Sampling, distribution
from playground.server import api
from tests.browser.hands import WORDS, Requests
from tests.browser.test_language import WORDS as BOTH
from tests.pages import WAIT_MILLISECONDS

HERE = "/?tab=shapes&shape=review&model=shakespeare-ngram"
VERDICT = "#shape-review > .shape-review > .both .classes output"
LETTERS = "#shape-review .letters span"

Open = Callable[..., Page]


@pytest.fixture
def review(server: str, page: Page) -> Open:
    """review(query) opens the section, and returns the page once its letters are coloured and its widths are shown."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        page.wait_for_selector(LETTERS)
        expect(page.locator("#shape-review .flips")).not_to_be_empty()
        return page

    return go


def percent(p: float) -> str:
    share = 100 * p
    return f"{share:.{1 if share >= 1 else 2 if share >= 0.1 else 3}f}\u00a0%"


def expected_verdict(text: str, model: str = "sentiment-en", temperature: float = 1.0) -> list[str]:
    """The probabilities of the two bars."""
    logits = list(api.classify(text, model)["logits"].values())
    return [percent(p) for p in distribution(logits, Sampling(temperature)).tolist()]


def test_the_verdict_equals_the_models_and_follows_every_letter(review: Open) -> None:
    page = review()
    first = page.locator("#shape-review-text").input_value()
    expect(page.locator(VERDICT)).to_have_text(expected_verdict(first), timeout=WAIT_MILLISECONDS)
    box = page.locator("#shape-review-text")
    box.fill("Great")
    for text in ("Great", "Great food", "Great food, but never again"):
        box.press("End")
        page.keyboard.type(text[len(box.input_value()) :])
        # Each letter sends a request, and on a busy machine the earlier ones take a while to end.
        expect(page.locator(VERDICT)).to_have_text(expected_verdict(text), timeout=WAIT_MILLISECONDS)
        expect(page.locator(LETTERS)).to_have_count(len(text))
        expect(page.locator("#shape-review .diagram text.of-output")).to_have_count(1)
    page.wait_for_function("(text) => new URLSearchParams(location.search).get('review') === text", arg=text)
    page.reload()
    expect(page.locator(VERDICT)).to_have_text(expected_verdict("Great food, but never again"))


def test_the_temperature_changes_the_bars_without_a_request(review: Open) -> None:
    page = review("&review=Great+food")
    requests = Requests(page)
    for key, temperature in (("Home", 0.0), ("End", float("inf"))):
        rail = page.get_by_label(WORDS["temperature"]).locator("visible=true")
        rail.focus()
        rail.press(key)
        expect(page.locator(VERDICT)).to_have_text([
            "0\u00a0%" if p == "0.000\u00a0%" else p for p in expected_verdict("Great food", temperature=temperature)
        ])
    assert not [sent for sent in requests if "stream/classify" in sent]


def test_pointing_at_a_letter_shows_its_effect(review: Open) -> None:
    page = review("&review=Great+food")
    told = page.locator("#shape-review .moved .told")
    expect(told).to_have_text(WORDS["shape_review_letters_rest"])
    letters = api.classify("Great food")["letters"]
    at = max(range(len(letters)), key=lambda i: abs(letters[i]["share"]))
    page.locator(LETTERS).nth(at).hover()
    side = WORDS["shape_review_good" if letters[at]["share"] > 0 else "shape_review_bad"]
    expect(told).to_contain_text(side)
    expect(page.locator(LETTERS).nth(at)).to_have_class(re.compile("up" if letters[at]["share"] > 0 else "down"))
    page.locator("#shape-review .letters").focus()
    page.keyboard.press("Home")
    expect(page.locator(LETTERS).first).to_have_class(re.compile(r"\bat\b"))
    expect(told).to_contain_text("G")


def first_flipped_text(model: str, texts: list[str]) -> str:
    """The first text whose verdict changes when it is padded to the widest without a mask."""
    checkpoint = library.load(model)
    for text in texts:
        ids = checkpoint.vocabulary.encode(text).ids
        kept, dropped = (verdicts(checkpoint.model, [ids], MAX_SYMBOLS, masked=masked)[0] for masked in (True, False))
        if kept.argmax() != dropped.argmax():
            return text
    raise AssertionError(f"no text flips {model}")


@pytest.mark.parametrize("model", ["sentiment-en", "sentiment-ko"])
def test_switching_off_the_mask_flips_a_verdict(model: str, review: Open) -> None:
    page = review(f"&review-model={model}")
    text = first_flipped_text(model, page.locator("#shape-review .tries button").all_text_contents())
    page.locator("#shape-review .tries").get_by_text(text, exact=True).click()
    expect(page.locator(VERDICT)).to_have_text(expected_verdict(text, model))
    batch = page.locator("#shape-review .batch .classes").last.locator("output")
    expect(batch).to_have_text(expected_verdict(text, model))
    flips = page.locator("#shape-review .flips")
    expect(flips).not_to_have_class(re.compile("turned"))
    page.get_by_role("switch").click()
    expect(flips).to_have_class(re.compile("turned"))
    assert batch.all_text_contents() != expected_verdict(text, model)
    page.wait_for_url(re.compile("review-mask=off"))
    rail = page.locator("#shape-review-width")
    rail.focus()
    rail.press("Home")  # its own width: there is no padding
    expect(flips).not_to_have_class(re.compile("turned"))
    expect(batch).to_have_text(expected_verdict(text, model))


def test_korean_opens_with_korean_reviews_and_offers_both_models(review: Open) -> None:
    page = review("&lang=ko")
    korean = BOTH["ko"]
    expect(page.locator(".shapes h2")).to_have_text(korean["shape_review"])
    first = page.locator("#shape-review-text").input_value()
    expect(page.locator(VERDICT)).to_have_text(expected_verdict(first, "sentiment-ko"))
    expect(page.locator(LETTERS)).to_have_count(len(first))  # a syllable is one
    page.get_by_role("button", name=korean["shape_review_en"]).click()
    english = page.locator("#shape-review .tries button").first.text_content() or ""
    expect(page.locator(VERDICT)).to_have_text(expected_verdict(english))
    page.wait_for_url(re.compile("review-model=sentiment-en"))


def test_the_figures_of_a_model_equal_its_card(review: Open) -> None:
    page = review("&review-model=sentiment-ko")
    card = library.card("sentiment-ko").validation
    assert card and card.accuracy and card.flipped
    title = WORDS["title_sentiment-ko"].split(" · ")[0]
    said = [
        WORDS["shape_review_figures"].format(title=title, accuracy=percent(card.accuracy)),
        WORDS["shape_review_flipped"].format(widest=MAX_SYMBOLS, share=percent(card.flipped)),
    ]
    expect(page.locator("#shape-review .figures")).to_have_text(" ".join(said))
    expect(page.locator("#shape-review .figures")).to_be_visible()


@pytest.mark.parametrize(("text", "said"), [("", "no review"), ("좋아요", "knows none"), ("good " * 80, "at most 352")])
def test_an_invalid_review_gets_a_message_and_the_next_one_a_verdict(text: str, said: str, review: Open) -> None:
    """An invalid text stays invalid: the message does not suggest a retry."""
    page = review()
    box = page.locator("#shape-review-text")
    box.fill(text)
    problem = page.locator("#shape-review .problem")
    expect(problem).to_contain_text(said)
    expect(problem.get_by_role("button")).to_have_count(0)
    box.fill("Good")
    expect(page.locator(VERDICT)).to_have_text(expected_verdict("Good"))
    expect(problem).to_be_empty()
