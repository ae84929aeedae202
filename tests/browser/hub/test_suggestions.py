"""Names as people type them: what can be read is opened, and what cannot gets a suggestion with a button."""

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
    assert_all_is_as_it_was,
    bring,
    button,
    give,
    model_box,
    opened,
    panel,
    settle,
    wait_for_stage,
    wait_until_open,
)

OPENS = "repo => window.playground.store.state.run.model.startsWith(repo + '@')"

SEEDS = count()  # each try of a test has a commit of its own, which nobody has downloaded


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
def test_what_is_pasted_is_offered(pasted: str, place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    give(page, pasted.format(repo=repo, url=place.hub.url))
    expect(wait_for_stage(page, "offer")).to_contain_text(f"{repo}@{name.split('@')[1][:7]}")


def test_a_name_without_an_owner_opens_and_its_link_names_the_commit(
    place: Place, page: Page, new_page: NewPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("gpt2")
    small_gpt2.write(folder, seed=next(SEEDS))
    repo = "openai-community/gpt2"
    name = f"{repo}@{place.hub.add(repo, {path.name: path.read_bytes() for path in folder.iterdir()})}"
    place.hub.renamed["gpt2"] = repo
    try:
        opened(place, page)
        give(page, "gpt2")
        bring(page)
        page.wait_for_function(OPENS, arg=repo)
        page.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
        other = opened(place, new_page(), "/?model=gpt2")
        other.wait_for_function(OPENS, arg=repo)
        other.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
    finally:
        del place.hub.renamed["gpt2"], place.hub.repos[repo]


def test_a_bundled_one_nearly_named_is_a_click_away(place: Place, page: Page) -> None:
    opened(place, page)
    questions = len(place.hub.log)
    give(page, "shakespear-gru")
    refused = wait_for_stage(page, "refused")
    expect(refused.locator(".said")).to_have_text(
        "There is no model 'shakespear-gru': choose one of the list, or type owner/name, owner/name@revision, or the "
        f"address of a model's page on the Hub. {WORDS['hub_meant']}"
    )
    assert refused.locator(".meant button").all_text_contents() == ["shakespeare-gru"]
    expect(button(page, "shakespeare-gru")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.playground.store.state.run.model === 'shakespeare-gru'")
    expect(model_box(page)).to_have_value("Shakespeare · GRU")
    expect(panel(page)).to_have_attribute("data-stage", "closed")
    assert len(place.hub.log) == questions


def test_what_the_hub_finds_is_asked_and_offered_at_a_click(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    settle(page)
    give(page, f"bob/{repo.split('/')[1]}")
    refused = wait_for_stage(page, "refused")
    expect(refused).to_contain_text("check the name")
    assert_all_is_as_it_was(page)
    button(page, repo).click()
    bring(page)
    wait_until_open(page, name)


def test_a_user_is_told_with_models_of_theirs(place: Place, page: Page, files: dict[str, bytes]) -> None:
    place.hub.add("grace/letters-of-grace", files)
    opened(place, page)
    give(page, "https://huggingface.co/grace")
    refused = wait_for_stage(page, "refused")
    expect(refused).to_contain_text("grace is a user or an organisation on the Hub, not a model")
    button(page, "grace/letters-of-grace").click()
    wait_for_stage(page, "offer")


def test_a_link_that_is_nearly_right_is_answered_too(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page, "/?model=shakespear-gru&temperature=0.5")
    wait_for_stage(page, "refused")
    button(page, "shakespeare-gru").click()
    page.wait_for_url(lambda url: "model=shakespeare-gru" in url)
    assert setting(page, "temperature") == 0.5
    other = opened(place, new_page(), f"/?model={quote('bob/' + repo.split('/')[1])}&temperature=0.5")
    wait_for_stage(other, "refused")
    button(other, repo).click()
    bring(other)
    wait_until_open(other, name)
    assert setting(other, "temperature") == 0.5


def test_a_suggestion_that_is_the_pages_own_model_closes_the_panel(place: Place, page: Page) -> None:
    opened(place, page)
    give(page, DEFAULTS["model"].replace("-", " - "))
    wait_for_stage(page, "refused")
    button(page, DEFAULTS["model"]).click()
    expect(panel(page)).to_have_attribute("data-stage", "closed")
    expect(model_box(page)).to_have_value(FIRST)


def test_suggestions_fit_on_a_phone_and_are_text(place: Place, new_page: NewPage, files: dict[str, bytes]) -> None:
    long = "carol/" + "long-name-" * 7
    for name in (long + "a", long + "b"):
        place.hub.add(name, files)
    phone = opened(place, new_page(viewport={"width": 360, "height": 740}, has_touch=True))
    give(phone, "carol/" + "long-name-" * 7 + "c")
    refused = wait_for_stage(phone, "refused")
    assert set(refused.locator(".meant button").all_text_contents()) == {long + "a", long + "b"}
    wide, inner = phone.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner
    for found in refused.get_by_role("button").all():
        edge = found.bounding_box()
        assert edge is not None
        assert edge["x"] + edge["width"] <= 350
