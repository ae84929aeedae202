"""In a real browser the policy of headers.py lets the page do all that it does, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.hands import generate, painted, set_temperature
from tests.browser.test_charts import saved

COLLECT = """
  window.broken = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    window.broken.push(`${effectiveDirective} ${blockedURI}`);
  });
"""


@pytest.fixture
def watched(server: str, new_page: Callable[..., Page]) -> Iterator[Page]:
    page = new_page()
    page.add_init_script(COLLECT)
    page.goto(f"{server}/?model=shakespeare-gru&length=20")
    page.wait_for_selector("#distribution[data-step]")
    yield page
    page.context.close()


def broken(page: Page) -> Any:
    return page.evaluate("window.broken")


def test_nothing_that_the_page_does_is_against_its_policy(watched: Page) -> None:
    set_temperature(watched, 0.5)
    generate(watched, 20)
    painted(watched)
    assert saved(watched, "save_bars", "save_png")  # drawn from data, and saved as a blob
    watched.locator("#header button[lang=ko]").click()
    watched.locator("#tab-score-button").click()
    watched.wait_for_selector(".score .surprises li")
    watched.reload()
    watched.wait_for_selector(".score .surprises li")
    assert broken(watched) == []


def test_another_host_and_a_script_that_got_in_are_refused(watched: Page, troubles: list[str]) -> None:
    refused = watched.evaluate("""async () => {
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
    assert broken(watched) == [
        "script-src-elem inline",
        "script-src-attr inline",
        "img-src https://example.org/a.png",
        "connect-src https://example.org/",
        "script-src-elem https://example.org/a.js",
    ]
    assert troubles
    assert all("Content Security Policy" in trouble or "to another host" in trouble for trouble in troubles), troubles
    troubles.clear()
