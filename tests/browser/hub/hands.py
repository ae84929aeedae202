"""What a person does with a model of the Hub on the page, and what they see of it, beyond tests/browser/hands.py."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from playground.server.settings import DEFAULTS
from tests.browser.hands import box, set_prompt, set_temperature, setting, text_of, type_into
from tests.hub.server import HubServer
from tests.pages import WAIT_MILLISECONDS

NewPage = Callable[..., Page]
TITLE = "Letters · test"
FIRST = "Shakespeare · LSTM"
KEPT_SETTINGS = {"temperature": 0.7, "top_k": 5, "length": 12, "seed": 9}


@dataclass
class Place:
    """An app, the Hub that it asks, and where it keeps what it fetched."""

    address: str
    hub: HubServer
    home: Path

    def downloads(self, repo: str, name: str = "") -> int:
        """How often files of a repository, or that file, were asked for."""
        return sum(1 for asked in self.hub.asked("GET", f"/{repo}/resolve/") if name in asked.path)

    def partly(self) -> int:
        """Bytes of files that are not complete."""
        return sum(path.stat().st_size for path in self.home.rglob("*.incomplete"))


def environment(url: str, home: Path) -> dict[str, str]:
    """An app with this Hub and this cache, and nothing of whoever runs the tests."""
    unset = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "PLAYGROUND_HUB_LIMIT_MB")
    ours = ("PLAYGROUND_HUB_CACHE_MB", "PLAYGROUND_HUB_TOKEN", "TRANSFORMERS_OFFLINE")
    own = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1,localhost"}
    return {**dict.fromkeys((*unset, *ours), ""), **own}


def opened(place: Place, page: Page, path: str = "/") -> Page:
    page.goto(place.address + path)
    page.wait_for_selector("#distribution[data-step]")
    return page


def model_box(page: Page) -> Locator:
    return page.locator("#model input")


def give(page: Page, text: str) -> None:
    """Type a name into the Model box."""
    model_box(page).fill(text)
    page.keyboard.press("Enter")


def panel(page: Page) -> Locator:
    return page.locator("#hub .panel")


def wait_for_stage(page: Page, stage: str) -> Locator:
    expect(panel(page)).to_have_attribute("data-stage", stage, timeout=WAIT_MILLISECONDS)
    return panel(page)


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.locator("#hub").get_by_role("button", name=name)


def press(page: Page, name: str) -> None:
    """Press a button of the panel by the keyboard: a second click at one place within half a second is not heard."""
    button(page, name).press("Enter")


def bring(page: Page) -> None:
    """Fetch what is offered."""
    wait_for_stage(page, "offer")
    button(page, re.compile("^Download")).click()


def wait_until_open(page: Page, name: str) -> None:
    """Wait until the page has a model, and everything on it says so."""
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    assert setting(page, "model") == name
    page.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
    repo, commit = name.split("@")
    expect(model_box(page)).to_have_value(f"{TITLE} · {repo}@{commit[:7]}")
    expect(page.locator("#about .facts")).to_contain_text(f"{repo}@{commit[:7]}")
    wait_for_stage(page, "closed")


def settle(page: Page) -> None:
    """Settings and a prompt, which nothing that fails may change."""
    set_prompt(page, "abc")
    for name in ("top_k", "length", "seed"):
        type_into(page, name.replace("_", "-"), str(KEPT_SETTINGS[name]))
    set_temperature(page, KEPT_SETTINGS["temperature"])


def assert_all_is_as_it_was(page: Page) -> None:
    """The page has its first model still, and lost nothing that was typed."""
    assert setting(page, "model") == DEFAULTS["model"]
    expect(model_box(page)).to_have_value(FIRST)
    expect(box(page, "prompt")).to_have_value("abc")
    assert {name: setting(page, name) for name in KEPT_SETTINGS} == KEPT_SETTINGS
    assert page.evaluate("window.playground.store.state.run.model") == DEFAULTS["model"]
    assert text_of(page) == "abc"
    expect(page.locator("#notice")).to_be_empty()
