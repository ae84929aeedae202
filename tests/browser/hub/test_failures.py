"""Each failure has its own message, and the page keeps its model and everything that was typed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from playground.server.settings import DEFAULTS
from tests.browser.hands import choose_model
from tests.browser.hub.app import FETCH_SECONDS, PATIENCE
from tests.browser.hub.hands import (
    FIRST,
    Place,
    assert_page_unchanged,
    button,
    download_offered,
    open_page,
    panel,
    press_button,
    set_prompt_and_settings,
    type_model_name,
    wait_for_stage,
)
from tests.conftest import watch
from tests.hub import answering
from tests.hub.server import Trouble
from tests.pages import Pages


@dataclass
class Failure:
    """How a download is made to fail, and the message shown."""

    said: str
    trouble: Trouble | None = None
    revision: str = ""
    private: bool = False
    gated: bool = False
    missing: bool = False
    without: str = ""
    full: bool = False
    offered: bool = False  # whether the offer is shown before it fails
    fits: bool = True


FAILURES = {
    "not found": Failure("is private, or not on the Hub: check the name", missing=True),
    "private": Failure("If it is private: the owner of this server can let visitors use", private=True),
    "gated": Failure("is gated, and visitors of this page ask the Hub without an account", gated=True),
    "forbidden": Failure("to visitors without an account: the owner of this server can", Trouble("info", 403)),
    "no such revision": Failure("has no such revision", revision="@v9"),
    "silent": Failure(f"did not answer within {PATIENCE:g} seconds", Trouble("info", "silent")),
    "broken off": Failure("broke several times", Trouble("info", "closed")),
    "too busy": Failure("had too many requests from here", Trouble("info", 429)),
    "server error": Failure("an error on its side (error 500)", Trouble("cdn", 500), offered=True),
    "slow": Failure(f"not downloaded within {FETCH_SECONDS:g} seconds", Trouble("cdn", "slow"), offered=True),
    "wrong hash": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "altered"), offered=True),
    "too short": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "short"), offered=True),
    "too long": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "long"), offered=True),
    "disk full": Failure("The disk of this server is too full for the 0 MB of", full=True, offered=True),
    "no checkpoint": Failure("it has no tokenizer.json", without="tokenizer.json"),
    "does not fit": Failure("does not fit config.json", fits=False, offered=True),
}  # fmt: skip


# Nothing is going on in it.
RESTS = """() => ["closed", "refused"].includes(document.querySelector("#hub .panel")?.dataset.stage)
  && document.querySelector("#notice").textContent === "" """
HAS = "model => window.playground.store.state.run.model === model"


@pytest.fixture(scope="module")
def kept_page(pages: Pages) -> Iterator[Page]:
    page = pages.take()
    yield page
    pages.give_back(page)


@pytest.fixture
def page(kept_page: Page, place: Place, troubles: list[str]) -> Iterator[Page]:
    """One page for all tests here: failures leave it unchanged."""
    end = watch(kept_page, troubles)
    if not kept_page.url.startswith(place.address) or not kept_page.evaluate(RESTS):
        open_page(place, kept_page)
    if panel(kept_page).get_attribute("data-stage") == "refused":
        press_button(kept_page, "Close")
        wait_for_stage(kept_page, "closed")
    if not kept_page.evaluate(HAS, DEFAULTS["model"]):  # the previous test opened another model
        choose_model(kept_page, FIRST)
        kept_page.wait_for_function(HAS, arg=DEFAULTS["model"])
    set_prompt_and_settings(kept_page)
    yield kept_page
    end()


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_has_its_message_and_leaves_the_page_unchanged(
    kind: str, place: Place, page: Page, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = FAILURES[kind]
    if kind == "slow":
        monkeypatch.setattr(answering, "SLOW_BYTES", 16)
    held = {name: data for name, data in files.items() if name != failure.without}
    if not failure.fits:
        config = json.loads(files["config.json"])
        config["config"]["hidden"] = 32
        held["config.json"] = json.dumps(config).encode()
    # Each test has its own weights: those of another test are on the disk already.
    held["model.safetensors"] = unique_weights(files["model.safetensors"], repo)
    if not failure.missing:
        place.hub.add(repo, held, private=failure.private, gated=failure.gated)
    if failure.trouble:
        place.hub.trouble.append(failure.trouble)
    type_model_name(page, repo + failure.revision)
    full = place.home / "full"
    try:
        if failure.offered:
            wait_for_stage(page, "offer")
            if failure.full:
                full.touch()
            download_offered(page)
        refused = wait_for_stage(page, "refused")
    finally:
        full.unlink(missing_ok=True)
    expect(refused).to_contain_text(failure.said)
    sentence = refused.locator(".said")
    expect(sentence).to_have_attribute("role", "status")
    assert sentence.inner_text().endswith((".", "?"))  # an ambiguous name gives a choice
    assert_page_unchanged(page)
    if failure.trouble or failure.full:  # a temporary failure: the next try works
        place.hub.trouble.clear()
        press_button(page, "Try again")
        if not failure.offered:
            download_offered(page)
        page.wait_for_function("repo => window.playground.store.state.run.model.startsWith(repo + '@')", arg=repo)
    else:
        press_button(page, "Close")
        wait_for_stage(page, "closed")
    assert page.locator("#distribution .bar").count()


def unique_weights(weights: bytes, repo: str) -> bytes:
    """The same weights with the name in their header, where safetensors allows metadata."""
    size = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + size])
    header["__metadata__"] = {"of": repo}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + weights[8 + size :]


def test_a_model_that_is_too_large_is_refused(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    place.hub.add(repo, files)
    sizes = {name: 700_000_000 if name == "model.safetensors" else 100 for name in files}
    place.hub.repos[repo].listed = [{"rfilename": n, "size": s, "blobId": "0" * 40} for n, s in sizes.items()]
    type_model_name(page, repo)
    expect(wait_for_stage(page, "refused")).to_contain_text("over the limit of 600 MB: choose a smaller model")
    assert_page_unchanged(page)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpt 9", "There is no model 'gpt 9': choose one from the list, or type owner/name"),
        ("<b>x</b>", "There is no model '<b>x</b>'"),
        ("/etc/passwd", "'/etc/passwd' is the path of a folder, and the page does not open folders"),
        ("https://huggingface.co/datasets/a/b", "This is a dataset, not a model"),
        ("https://example.org/a/b", "example.org is not the Hub"),
        ("ada/letters@", "The revision after @ is empty"),
    ],
)
def test_an_invalid_name_is_refused_with_a_message(text: str, said: str, place: Place, page: Page) -> None:
    questions = len(place.hub.log)
    type_model_name(page, text)
    expect(wait_for_stage(page, "refused")).to_contain_text(said)
    assert button(page, "Try again").count() == 0
    assert_page_unchanged(page)
    assert len(place.hub.log) == questions
