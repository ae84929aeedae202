"""A fetch that is stopped, by the person, by closing the page, or by a server or a network that goes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, setting
from tests.browser.hub.hands import (
    KEPT_SETTINGS,
    NewPage,
    Place,
    assert_all_is_as_it_was,
    bring,
    button,
    environment,
    give,
    opened,
    settle,
    wait_for_stage,
    wait_until_open,
)
from tests.browser.outage import Server
from tests.conftest import running_app
from tests.hub import answering
from tests.hub.server import Trouble

SOME_CAME = "() => document.querySelector('#hub [role=progressbar]').getAttribute('aria-valuenow') > 4000"


def rests(place: Place, page: Page) -> None:
    """Wait until nothing more comes."""
    before = -1
    for _ in range(60):
        now = place.partly()
        if now == before:
            return
        before = now
        page.wait_for_timeout(500)
    pytest.fail("bytes came and came")


def test_cancel_stops_the_transfer_and_the_next_try_goes_on_from_there(
    place: Place, page: Page, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    settle(page)
    give(page, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(page)
    page.wait_for_function(SOME_CAME)
    button(page, "Cancel").click()
    expect(wait_for_stage(page, "stopped")).to_contain_text(WORDS["hub_stopped"])
    assert_all_is_as_it_was(page)
    rests(place, page)
    assert 0 < place.partly() < len(files["model.safetensors"])
    questions = len(place.hub.log)
    page.wait_for_timeout(500)
    assert len(place.hub.log) == questions
    place.hub.trouble.clear()
    button(page, "Try again").click()
    wait_until_open(page, name)
    assert place.hub.asked("GET", "/cdn/" + repo)[-1].range
    assert setting(page, "temperature") == KEPT_SETTINGS["temperature"]


def test_cancel_while_the_hub_is_asked(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    place.hub.add(repo, files)
    opened(place, page)
    settle(page)
    place.hub.trouble.append(Trouble("info", "silent", only=repo))
    give(page, repo)
    expect(wait_for_stage(page, "asking")).to_contain_text(f"Asking the Hub about {repo} …")
    button(page, "Cancel").click()
    expect(wait_for_stage(page, "stopped")).to_contain_text("Download stopped")
    assert_all_is_as_it_was(page)
    place.hub.trouble.clear()
    button(page, "Try again").click()
    wait_for_stage(page, "offer")


def test_closing_the_page_stops_the_transfer(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    place.hub.add(repo, files)
    leaving = opened(place, new_page())
    give(leaving, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(leaving)
    leaving.wait_for_function(SOME_CAME)
    leaving.close()
    rests(place, page)
    assert 0 < place.partly() < len(files["model.safetensors"])


def test_a_server_that_goes_in_the_middle_is_told_and_the_download_goes_on_when_it_is_back(
    place: Place, page: Page, files: dict[str, bytes], repo: str, tmp_path: Path, troubles: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(answering, "SLOW_BYTES", 128)
    name = f"{repo}@{place.hub.add(repo, files)}"
    home = tmp_path / "home"
    server = Server(tmp_path, "-m", "tests.browser.hub.app", **environment(place.hub.url, home))
    server.start()
    try:
        opened(Place(server.address, place.hub, home), page)
        page.evaluate("window.same = true")
        settle(page)
        give(page, repo)
        place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
        bring(page)
        page.wait_for_function(SOME_CAME)
        server.stop()
        expect(wait_for_stage(page, "refused")).to_contain_text(WORDS["lost"])
        assert_all_is_as_it_was(page)
        expect(page.get_by_text("Connection Lost")).to_have_count(0)  # with which gradio loads the page again
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
    troubles.clear()  # the browser notes that nobody answers


def test_without_a_network_what_was_fetched_opens_and_the_rest_is_told(
    place: Place, page: Page, files: dict[str, bytes], repo: str, tmp_path: Path
) -> None:
    kept = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    give(page, repo)
    bring(page)
    wait_until_open(page, kept)
    cut_off = environment("http://127.0.0.1:9", place.home)
    with running_app(tmp_path / "app.log", "-m", "tests.browser.hub.app", **cut_off) as address:
        opened(Place(address, place.hub, place.home), page)
        settle(page)
        give(page, "ada/another")
        refused = wait_for_stage(page, "refused")
        expect(refused).to_contain_text("Can't reach the Hub. Check your connection")
        assert_all_is_as_it_was(page)
        give(page, repo)
        wait_until_open(page, kept)
        page.goto("about:blank")  # before its server goes
