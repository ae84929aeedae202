"""In a real browser the policy of headers.py allows everything that the page does, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.hands import generate, set_temperature, wait_until_painted
from tests.browser.test_charts import save_chart

COLLECT = """
  window.broken = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    window.broken.push(`${effectiveDirective} ${blockedURI}`);
  });
"""


@pytest.fixture
def watched_page(server: str, new_page: Callable[..., Page]) -> Iterator[Page]:
    page = new_page()
    page.add_init_script(COLLECT)
    page.goto(f"{server}/?model=shakespeare-gru&length=20")
    page.wait_for_selector("#distribution[data-step]")
    yield page
    page.context.close()


def violations(page: Page) -> Any:
    return page.evaluate("window.broken")


def test_the_page_does_not_violate_its_policy(watched_page: Page) -> None:
    set_temperature(watched_page, 0.5)
    generate(watched_page, 20)
    wait_until_painted(watched_page)
    assert save_chart(watched_page, "save_bars", "save_png")  # drawn from a data: URL, and saved as a blob
    watched_page.locator("#header button[lang=ko]").click()
    watched_page.locator("#tab-score-button").click()
    watched_page.wait_for_selector(".score .surprises li")
    watched_page.reload()
    watched_page.wait_for_selector(".score .surprises li")
    assert violations(watched_page) == []


def test_other_hosts_and_injected_scripts_are_blocked(watched_page: Page, troubles: list[str]) -> None:
    refused = watched_page.evaluate("""async () => {
      const script = document.createElement("script");
      script.textContent = "window.intruder = true";
      document.head.append(script);
      const button = document.createElement("button");
      button.setAttribute("onclick", "window.intruder = true");
      button.click();
      const image = new Image();
      image.src = "https://example.org/a.png";
      await image.decode().catch(() => {});
      const fetched = await fetch("https://example.org/").then(() => true, () => false);
      const imported = await import("https://example.org/a.js").then(() => true, () => false);
      return { intruder: window.intruder ?? false, fetched, imported };
    }""")
    assert refused == {"intruder": False, "fetched": False, "imported": False}
    assert violations(watched_page) == [
        "script-src-elem inline",
        "script-src-attr inline",
        "img-src https://example.org/a.png",
        "connect-src https://example.org/",
        "script-src-elem https://example.org/a.js",
    ]
    assert troubles
    assert all("Content Security Policy" in trouble or "to another host" in trouble for trouble in troubles), troubles
    troubles.clear()
