"""Actions on the Hub panel, and what it shows, beyond tests/browser/hands.py."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from playground.server.settings import DEFAULTS
from tests.browser.hands import input_box, set_prompt, set_temperature, setting, text_of, type_into
from tests.hub.server import HubServer
from tests.pages import WAIT_MILLISECONDS

NewPage = Callable[..., Page]
TITLE = "Letters · test"
FIRST = "Shakespeare · LSTM"
KEPT_SETTINGS = {"temperature": 0.7, "top_k": 5, "length": 12, "seed": 9}


@dataclass
class Place:
    """An app, the Hub it is connected to, and its download cache."""

    address: str
    hub: HubServer
    home: Path

    def downloads(self, repo: str, name: str = "") -> int:
        """How often files of a repository, or one of its files, were requested."""
        return sum(1 for asked in self.hub.asked("GET", f"/{repo}/resolve/") if name in asked.path)

    def partly(self) -> int:
        """Bytes in incomplete files."""
        return sum(path.stat().st_size for path in self.home.rglob("*.incomplete"))


def environment(url: str, home: Path) -> dict[str, str]:
    """Environment for an app with this Hub and this cache, independent of the user's own settings."""
    unset = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "PLAYGROUND_HUB_LIMIT_MB")
    ours = ("PLAYGROUND_HUB_CACHE_MB", "PLAYGROUND_HUB_TOKEN", "TRANSFORMERS_OFFLINE")
    own = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1,localhost"}
    return {**dict.fromkeys((*unset, *ours), ""), **own}


def open_page(place: Place, page: Page, path: str = "/") -> Page:
    page.goto(place.address + path)
    page.wait_for_selector("#distribution[data-step]")
    return page


def model_box(page: Page) -> Locator:
    return page.locator("#model input")


def type_model_name(page: Page, text: str) -> None:
    """Type a name into the model box."""
    model_box(page).fill(text)
    page.keyboard.press("Enter")


def panel(page: Page) -> Locator:
    return page.locator("#hub .panel")


def wait_for_stage(page: Page, stage: str) -> Locator:
    expect(panel(page)).to_have_attribute("data-stage", stage, timeout=WAIT_MILLISECONDS)
    return panel(page)


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.locator("#hub").get_by_role("button", name=name)


def press_button(page: Page, name: str) -> None:
    """Press a button of the panel by the keyboard: a second click at one place within half a second is not heard."""
    button(page, name).press("Enter")


def download_offered(page: Page) -> None:
    """Download the offered model."""
    wait_for_stage(page, "offer")
    button(page, re.compile("^Download")).click()


def wait_until_open(page: Page, name: str) -> None:
    """Wait until the page has loaded a model, and every part of it names that model."""
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    assert setting(page, "model") == name
    page.wait_for_url(lambda url: f"model={quote(name, safe='')}" in url)
    repo, commit = name.split("@")
    expect(model_box(page)).to_have_value(f"{TITLE} · {repo}@{commit[:7]}")
    expect(page.locator("#about .facts")).to_contain_text(f"{repo}@{commit[:7]}")
    wait_for_stage(page, "closed")


def set_prompt_and_settings(page: Page) -> None:
    """Set a prompt and settings, which no failure may change."""
    set_prompt(page, "abc")
    for name in ("top_k", "length", "seed"):
        type_into(page, name.replace("_", "-"), str(KEPT_SETTINGS[name]))
    set_temperature(page, KEPT_SETTINGS["temperature"])


def assert_page_unchanged(page: Page) -> None:
    """The page still has its first model, and everything that was typed."""
    assert setting(page, "model") == DEFAULTS["model"]
    expect(model_box(page)).to_have_value(FIRST)
    expect(input_box(page, "prompt")).to_have_value("abc")
    assert {name: setting(page, name) for name in KEPT_SETTINGS} == KEPT_SETTINGS
    assert page.evaluate("window.playground.store.state.run.model") == DEFAULTS["model"]
    assert text_of(page) == "abc"
    expect(page.locator("#notice")).to_be_empty()
