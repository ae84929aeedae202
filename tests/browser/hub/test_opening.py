"""A Hub model on the page: its name is pasted or comes in a link; it is offered, downloaded and played."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.hub.listing import CARD, NEEDED
from playground.server.settings import DEFAULTS
from tests import small_gpt2
from tests.browser.hands import assert_bars_show, choose_model, generate, input_box, moment, setting, text_of, type_into
from tests.browser.hub.hands import (
    FIRST,
    TITLE,
    NewPage,
    Place,
    button,
    download_offered,
    model_box,
    open_page,
    panel,
    type_model_name,
    wait_for_stage,
    wait_until_open,
)
from tests.hub.server import Trouble


def test_a_pasted_name_is_offered_downloaded_and_played(
    place: Place, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    page = open_page(place, new_page(permissions=["clipboard-read", "clipboard-write"]))
    before = input_box(page, "prompt").input_value()
    page.evaluate("text => navigator.clipboard.writeText(text)", f"https://huggingface.co/{repo}/tree/main")
    model_box(page).click()
    page.keyboard.press("Control+V")
    page.keyboard.press("Enter")
    offer = wait_for_stage(page, "offer")
    for said in (TITLE, f"{repo}@{name.split('@')[1][:7]}", "lstm", "licence: mit", "kB"):
        expect(offer).to_contain_text(said)
    assert not place.downloads(repo, "safetensors")
    expect(model_box(page)).to_have_value(FIRST)  # the box names the loaded model
    card = offer.locator("pre")
    expect(card).to_be_hidden()
    offer.locator("summary").click()
    expect(card).to_contain_text("# Letters · test")

    page.evaluate("""() => {
      window.seen = [];
      const bar = document.querySelector("#hub [role=progressbar]");
      const note = () => window.seen.push([Number(bar.getAttribute("aria-valuenow")), bar.firstChild.style.width]);
      new MutationObserver(note).observe(bar, { attributes: true, attributeFilter: ["aria-valuenow"] });
    }""")
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    download_offered(page)
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"^[\d.]+ of [\d.]+ kB$"))
    wait_until_open(page, name)
    seen = page.evaluate("window.seen")
    assert [now for now, _ in seen] == sorted(now for now, _ in seen)
    assert len({width for _, width in seen}) > 4
    assert before != input_box(page, "prompt").input_value() == "abc"  # the model's own prompts first
    assert_bars_show(page, moment(page).probabilities())
    expect(page.locator("#about")).to_contain_text("2.00 nats per character")
    assert page.locator("#about").get_by_role("button").all_text_contents() == ["abc", "de"]
    assert generate(page, 400).startswith("abc")


def test_a_gpt2_model_is_offered_downloaded_and_played(
    place: Place, new_page: NewPage, tmp_path: Path, repo: str
) -> None:
    small_gpt2.write(tmp_path)
    name = f"{repo}@{place.hub.add(repo, {file: (tmp_path / file).read_bytes() for file in NEEDED})}"
    page = open_page(place, new_page())
    type_model_name(page, repo)
    wait_for_stage(page, "offer")
    expect(panel(page)).to_contain_text("licence: not stated")  # it has no card
    download_offered(page)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    expect(page.locator("#figure-kept")).to_have_text(f"{small_gpt2.SIZE:,} of {small_gpt2.SIZE:,}")
    type_into(page, "length", "8")
    generate(page)
    assert page.locator("#text .cell:not(.prompt)").count() == 8
    assert page.evaluate("() => window.playground.store.state.run.unit") == "token"


def test_nothing_is_downloaded_twice_and_the_model_stays_in_the_list(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    type_model_name(page, repo)
    download_offered(page)
    wait_until_open(page, name)
    count = place.downloads(repo)
    assert count == 4
    choose_model(page, FIRST)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=DEFAULTS["model"])
    questions = len(place.hub.log)
    choose_model(page, f"{TITLE} · {repo}@{name.split('@')[1][:7]}")
    wait_until_open(page, name)
    assert len(place.hub.log) == questions
    # Another visitor gets it without a second click, by any of its names.
    for text in (repo, name, f"{place.hub.url}/{repo}"):
        other = open_page(place, new_page())
        type_model_name(other, text)
        wait_until_open(other, name)
    assert place.downloads(repo) == count


def test_a_bundled_model_opens_by_its_typed_name(place: Place, page: Page) -> None:
    open_page(place, page)
    questions = len(place.hub.log)
    typed = {"korean": "korean-lstm", "shakespeare-gru": "shakespeare-gru", "names · gru": "names-gru"}
    for text, model in typed.items():
        model_box(page).click()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=model)
        expect(model_box(page)).to_have_value(library.card(model).title)
    assert len(place.hub.log) == questions
    expect(panel(page)).to_have_attribute("data-stage", "closed")


def test_the_box_lists_all_models_and_escape_restores_it(place: Place, page: Page) -> None:
    open_page(place, page)
    model_box(page).click()
    assert page.locator("#model").get_by_role("option").count() == len(library.all_cards())
    page.keyboard.type("ada/let")
    page.keyboard.press("Escape")
    expect(model_box(page)).to_have_value(FIRST)
    assert setting(page, "model") == DEFAULTS["model"]
    expect(panel(page)).to_have_attribute("data-stage", "closed")


def test_a_link_offers_its_model_and_applies_its_other_settings(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    link = f"/?model={quote(name, safe='')}&prompt=bad&temperature=0.5&top-k=4&length=30&seed=7"
    open_page(place, page, link)
    wait_for_stage(page, "offer")
    assert setting(page, "model") == DEFAULTS["model"]
    assert (setting(page, "temperature"), setting(page, "top_k"), text_of(page)) == (0.5, 4, "bad")
    page.wait_for_timeout(400)  # the address follows the settings after a pause
    assert f"model={quote(name, safe='')}" in page.url  # reloading asks again
    download_offered(page)
    wait_until_open(page, name)
    assert (setting(page, "temperature"), setting(page, "top_k"), text_of(page)) == (0.5, 4, "bad")
    text = generate(page, 30)
    # Now the server has it: the same link opens it at once, and gives the same text.
    questions = len(place.hub.log)
    other = open_page(place, new_page(), link)
    wait_until_open(other, name)
    assert generate(other, 30) == text
    assert len(place.hub.log) == questions


def test_a_declined_offer_of_a_link_keeps_the_current_model(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    place.hub.add(repo, files)
    open_page(place, page, f"/?model={repo}")
    wait_for_stage(page, "offer")
    button(page, "Not now").click()
    page.wait_for_url(lambda url: f"model={DEFAULTS['model']}" in url)
    assert page.locator("#generate").evaluate("node => node === document.activeElement")
    assert not place.downloads(repo, "safetensors")


def test_a_finished_download_does_not_replace_another_chosen_model(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    type_model_name(page, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    download_offered(page)
    wait_for_stage(page, "fetching")
    choose_model(page, "Shakespeare · GRU")
    wait_for_stage(page, "here")
    assert setting(page, "model") == "shakespeare-gru"
    button(page, "Open it").click()
    wait_until_open(page, name)


@pytest.mark.parametrize("bare", [{}, {"title": 7, "prompts": "no", "validation": {"nats": "x"}, "parameters": "many"}])
def test_an_empty_model_card_is_accepted(
    bare: dict[str, Any], place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    config = json.loads(files["config.json"])
    config["card"] = {"title": TITLE, "licence": "mit"} | {k: v for k, v in bare.items() if k != "title"}
    name = f"{repo}@{place.hub.add(repo, {**files, 'config.json': json.dumps(config).encode()})}"
    open_page(place, page)
    type_model_name(page, repo)
    download_offered(page)
    wait_until_open(page, name)
    assert page.locator("#about .facts").inner_text() == f"{repo}@{name.split('@')[1][:7]}"
    assert page.locator("#about .tries").inner_text() == ""
    generate(page)


def test_markup_in_a_model_card_is_shown_as_text(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    markup = "<img src=x onerror=alert(1)><b id=evil>x</b>"
    config = json.loads(files["config.json"])
    config["card"] |= {"title": TITLE, "corpus": {"name": markup}, "licence": markup, "prompts": [markup]}
    changed = {**files, "config.json": json.dumps(config).encode(), CARD: f"<script>alert(2)</script>{markup}".encode()}
    name = f"{repo}@{place.hub.add(repo, changed)}"
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    open_page(place, page)
    type_model_name(page, repo)
    offer = wait_for_stage(page, "offer")
    expect(offer).to_contain_text(markup)
    expect(offer.locator("pre")).to_have_text(f"<script>alert(2)</script>{markup}")
    download_offered(page)
    wait_until_open(page, name)
    expect(page.locator("#about .facts")).to_contain_text(markup)
    expect(page.locator("#about .tries")).to_contain_text(markup)
    assert page.locator("#evil, #hub img, #about img, #hub script").count() == 0


# ── Layout and keyboard ──────────────────────────────────────────────────────────────────────────
def test_a_model_can_be_opened_by_keyboard_alone(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    model_box(page).focus()
    page.wait_for_function("() => getSelection().toString() === document.querySelector('#model input').value")
    page.keyboard.type(repo)
    page.keyboard.press("Enter")
    wait_for_stage(page, "offer")
    expect(button(page, re.compile("^Download"))).to_be_focused()
    page.keyboard.press("Enter")
    wait_until_open(page, name)
    expect(page.locator("#generate")).to_be_focused()
    expect(page.locator("#hub [role=status]")).to_have_text(f"{repo}@{name.split('@')[1][:7]} is open.")


def test_on_a_phone_nothing_overflows_and_the_slider_stays_in_view(
    place: Place, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    place.hub.add(repo, files)
    phone = open_page(place, new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    model_box(phone).tap()
    expect(model_box(phone)).to_have_attribute("inputmode", "none")  # the list first, without the keyboard over it
    model_box(phone).tap()
    expect(model_box(phone)).to_have_attribute("inputmode", "url")
    type_model_name(phone, repo)
    wait_for_stage(phone, "offer")
    around = phone.locator("#temperature input[type=range], #temperature [role=slider]").first.bounding_box()
    assert around is not None
    assert around["y"] + around["height"] < 844
    phone.set_viewport_size({"width": 360, "height": 740})
    wide, inner = phone.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner
    for found in button(phone, re.compile("")).all():
        edge = found.bounding_box()
        assert edge is not None
        assert edge["x"] + edge["width"] <= 350
