"""Names as people type them: what can be parsed is opened; anything else gets a suggestion with a button."""

from itertools import count
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from playground.server.settings import DEFAULTS
from tests import small_gpt2
from tests.browser.hands import WORDS, setting
from tests.browser.hub.hands import (
    FIRST,
    NewPage,
    Place,
    assert_page_unchanged,
    button,
    download_offered,
    model_box,
    open_page,
    panel,
    set_prompt_and_settings,
    type_model_name,
    wait_for_stage,
    wait_until_open,
)

OPENS = "repo => window.playground.store.state.run.model.startsWith(repo + '@')"

SEEDS = count()  # each try has its own commit, which has not been downloaded


@pytest.mark.parametrize(
    "pasted",
    [
        "{repo}.git",
        "git clone {url}/{repo}",
        "“{repo}”,",
        "hf.co/{repo}",
        "{url}/{repo}/blob/main/config.json?x=1#L3",
        '  AutoModel.from_pretrained("{repo}")',
        "hf://{repo}@main/config.json",
    ],
)
def test_a_pasted_address_is_offered(pasted: str, place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    type_model_name(page, pasted.format(repo=repo, url=place.hub.url))
    expect(wait_for_stage(page, "offer")).to_contain_text(f"{repo}@{name.split('@')[1][:7]}")


def test_a_name_without_an_owner_opens_and_its_link_has_the_commit(
    place: Place, page: Page, new_page: NewPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("gpt2")
    small_gpt2.write(folder, seed=next(SEEDS))
    repo = "openai-community/gpt2"
    name = f"{repo}@{place.hub.add(repo, {path.name: path.read_bytes() for path in folder.iterdir()})}"
    place.hub.renamed["gpt2"] = repo
    try:
        open_page(place, page)
        type_model_name(page, "gpt2")
        download_offered(page)
        page.wait_for_function(OPENS, arg=repo)
        page.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
        other = open_page(place, new_page(), "/?model=gpt2")
        other.wait_for_function(OPENS, arg=repo)
        other.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
    finally:
        del place.hub.renamed["gpt2"], place.hub.repos[repo]


def test_a_misspelt_bundled_name_gets_a_suggestion(place: Place, page: Page) -> None:
    open_page(place, page)
    questions = len(place.hub.log)
    type_model_name(page, "shakespear-gru")
    refused = wait_for_stage(page, "refused")
    expect(refused.locator(".said")).to_have_text(
        "There is no model 'shakespear-gru': choose one from the list, or type owner/name, owner/name@revision, or the "
        f"address of a model's page on the Hub. {WORDS['hub_meant']}"
    )
    assert refused.locator(".meant button").all_text_contents() == ["shakespeare-gru"]
    expect(button(page, "shakespeare-gru")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.playground.store.state.run.model === 'shakespeare-gru'")
    expect(model_box(page)).to_have_value("Shakespeare · GRU")
    expect(panel(page)).to_have_attribute("data-stage", "closed")
    assert len(place.hub.log) == questions


def test_search_results_of_the_hub_are_suggested(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    set_prompt_and_settings(page)
    type_model_name(page, f"bob/{repo.split('/')[1]}")
    refused = wait_for_stage(page, "refused")
    expect(refused).to_contain_text("check the name")
    assert_page_unchanged(page)
    button(page, repo).click()
    download_offered(page)
    wait_until_open(page, name)


def test_a_user_name_suggests_models_of_that_user(place: Place, page: Page, files: dict[str, bytes]) -> None:
    place.hub.add("grace/letters-of-grace", files)
    open_page(place, page)
    type_model_name(page, "https://huggingface.co/grace")
    refused = wait_for_stage(page, "refused")
    expect(refused).to_contain_text("grace is a user or an organisation on the Hub, not a model")
    button(page, "grace/letters-of-grace").click()
    wait_for_stage(page, "offer")


def test_a_misspelt_link_gets_a_suggestion(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page, "/?model=shakespear-gru&temperature=0.5")
    wait_for_stage(page, "refused")
    button(page, "shakespeare-gru").click()
    page.wait_for_url(lambda url: "model=shakespeare-gru" in url)
    assert setting(page, "temperature") == 0.5
    other = open_page(place, new_page(), f"/?model={quote('bob/' + repo.split('/')[1])}&temperature=0.5")
    wait_for_stage(other, "refused")
    button(other, repo).click()
    download_offered(other)
    wait_until_open(other, name)
    assert setting(other, "temperature") == 0.5


def test_choosing_the_current_model_closes_the_panel(place: Place, page: Page) -> None:
    open_page(place, page)
    type_model_name(page, DEFAULTS["model"].replace("-", " - "))
    wait_for_stage(page, "refused")
    button(page, DEFAULTS["model"]).click()
    expect(panel(page)).to_have_attribute("data-stage", "closed")
    expect(model_box(page)).to_have_value(FIRST)


def test_suggestions_fit_on_a_phone_and_show_markup(place: Place, new_page: NewPage, files: dict[str, bytes]) -> None:
    long = "carol/" + "long-name-" * 7
    for name in (long + "a", long + "b"):
        place.hub.add(name, files)
    phone = open_page(place, new_page(viewport={"width": 360, "height": 740}, has_touch=True))
    type_model_name(phone, "carol/" + "long-name-" * 7 + "c")
    refused = wait_for_stage(phone, "refused")
    assert set(refused.locator(".meant button").all_text_contents()) == {long + "a", long + "b"}
    wide, inner = phone.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner
    for found in refused.get_by_role("button").all():
        edge = found.bounding_box()
        assert edge is not None
        assert edge["x"] + edge["width"] <= 350
