"""A download that is interrupted: by the visitor, by closing the page, or by a lost server or network."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, setting
from tests.browser.hub.hands import (
    KEPT_SETTINGS,
    NewPage,
    Place,
    assert_page_unchanged,
    button,
    download_offered,
    environment,
    open_page,
    set_prompt_and_settings,
    type_model_name,
    wait_for_stage,
    wait_until_open,
)
from tests.browser.outage import Server
from tests.conftest import running_app
from tests.hub import answering
from tests.hub.server import Trouble

SOME_CAME = "() => document.querySelector('#hub [role=progressbar]').getAttribute('aria-valuenow') > 4000"


def wait_until_transfer_rests(place: Place, page: Page) -> None:
    """Wait until no more bytes arrive."""
    before = -1
    for _ in range(60):
        now = place.partly()
        if now == before:
            return
        before = now
        page.wait_for_timeout(500)
    pytest.fail("bytes came and came")


def test_cancel_stops_the_download_and_the_next_try_resumes_it(
    place: Place, page: Page, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    name = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    set_prompt_and_settings(page)
    type_model_name(page, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    download_offered(page)
    page.wait_for_function(SOME_CAME)
    button(page, "Cancel").click()
    expect(wait_for_stage(page, "stopped")).to_contain_text(WORDS["hub_stopped"])
    assert_page_unchanged(page)
    wait_until_transfer_rests(place, page)
    assert 0 < place.partly() < len(files["model.safetensors"])
    questions = len(place.hub.log)
    page.wait_for_timeout(500)
    assert len(place.hub.log) == questions
    place.hub.trouble.clear()
    button(page, "Try again").click()
    wait_until_open(page, name)
    assert place.hub.asked("GET", "/cdn/" + repo)[-1].range
    assert setting(page, "temperature") == KEPT_SETTINGS["temperature"]


def test_cancel_while_the_hub_is_answering(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    place.hub.add(repo, files)
    open_page(place, page)
    set_prompt_and_settings(page)
    place.hub.trouble.append(Trouble("info", "silent", only=repo))
    type_model_name(page, repo)
    expect(wait_for_stage(page, "asking")).to_contain_text(f"Asking the Hub about {repo} …")
    button(page, "Cancel").click()
    expect(wait_for_stage(page, "stopped")).to_contain_text("Download stopped")
    assert_page_unchanged(page)
    place.hub.trouble.clear()
    button(page, "Try again").click()
    wait_for_stage(page, "offer")


def test_closing_the_page_stops_the_download(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    place.hub.add(repo, files)
    leaving = open_page(place, new_page())
    type_model_name(leaving, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    download_offered(leaving)
    leaving.wait_for_function(SOME_CAME)
    leaving.close()
    wait_until_transfer_rests(place, page)
    assert 0 < place.partly() < len(files["model.safetensors"])


def test_a_download_resumes_after_the_server_was_lost(
    place: Place, page: Page, files: dict[str, bytes], repo: str, tmp_path: Path, troubles: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    name = f"{repo}@{place.hub.add(repo, files)}"
    home = tmp_path / "home"
    server = Server(tmp_path, "-m", "tests.browser.hub.app", **environment(place.hub.url, home))
    server.start()
    try:
        open_page(Place(server.address, place.hub, home), page)
        page.evaluate("window.same = true")
        set_prompt_and_settings(page)
        type_model_name(page, repo)
        place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
        download_offered(page)
        page.wait_for_function(SOME_CAME)
        server.stop()
        expect(wait_for_stage(page, "refused")).to_contain_text(WORDS["lost"])
        assert_page_unchanged(page)
        expect(page.get_by_text("Connection Lost")).to_have_count(0)  # on which gradio reloads the page
        place.hub.trouble.clear()
        server.start()
        button(page, "Try again").click()
        wait_until_open(page, name)
        assert page.evaluate("window.same"), "the page was loaded anew"
        assert setting(page, "temperature") == KEPT_SETTINGS["temperature"]
    finally:
        page.goto("about:blank")
        server.stop()
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()  # the browser logs the refused connection


def test_offline_a_downloaded_model_opens_and_others_get_a_message(
    place: Place, page: Page, files: dict[str, bytes], repo: str, tmp_path: Path
) -> None:
    kept = f"{repo}@{place.hub.add(repo, files)}"
    open_page(place, page)
    type_model_name(page, repo)
    download_offered(page)
    wait_until_open(page, kept)
    cut_off = environment("http://127.0.0.1:9", place.home)
    with running_app(tmp_path / "app.log", "-m", "tests.browser.hub.app", **cut_off) as address:
        open_page(Place(address, place.hub, place.home), page)
        set_prompt_and_settings(page)
        type_model_name(page, "ada/another")
        refused = wait_for_stage(page, "refused")
        expect(refused).to_contain_text("Can't reach the Hub. Check your connection")
        assert_page_unchanged(page)
        type_model_name(page, repo)
        wait_until_open(page, kept)
        page.goto("about:blank")  # before its server goes
