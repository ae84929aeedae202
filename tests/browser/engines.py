"""Firefox and WebKit, driven with the few actions that the tests need.

Playwright drives its own builds of these two. Here are the ones that a Debian machine has: Firefox through
Marionette, its own protocol, and WebKit through WebKitWebDriver.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.conftest import missing

WIDTH, HEIGHT = 1440, 900
START_SECONDS = 120
MINI_BROWSER = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"


class Engine(Protocol):
    """A browser with one window."""

    def open(self, address: str) -> None: ...

    def look(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""

    def click(self, selector: str) -> None: ...

    def drag(self, selector: str, to: float) -> None:
        """Press the mouse in the middle of an element, move to a part of its width (0 to 1), and let go."""


class Firefox:
    """Firefox through Marionette."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def open(self, address: str) -> None:
        self.client.navigate(address)

    def look(self, expression: str) -> Any:
        # The page's own objects are wrapped; JSON turns them into plain values.
        script = "return JSON.parse(window.wrappedJSObject.eval(arguments[0]) ?? 'null')"
        return self.client.execute_script(script, script_args=[f"JSON.stringify({expression})"])

    def click(self, selector: str) -> None:
        self.client.find_element(By.CSS_SELECTOR, selector).click()

    def drag(self, selector: str, to: float) -> None:
        rect = self.client.find_element(By.CSS_SELECTOR, selector).rect
        x, y = rect["x"], int(rect["y"] + rect["height"] / 2)
        hand = self.client.actions.sequence("pointer", "mouse", {"pointerType": "mouse"})
        hand.pointer_move(int(x + rect["width"] / 2), y).pointer_down()
        hand.pointer_move(int(x + rect["width"] * to), y, duration=200).pointer_up().perform()


class WebKit:
    """WebKitGTK through its WebDriver."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.get(address)

    def look(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def click(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def drag(self, selector: str, to: float) -> None:
        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        across = int(element.rect["width"] * (to - 0.5))
        ActionChains(self.driver).click_and_hold(element).move_by_offset(across, 0).release().perform()


@contextmanager
def firefox(tmp_path: Path) -> Iterator[Engine]:
    """A Firefox window, without a screen."""
    found = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    if found is None:
        missing("needs Firefox: install Debian's package `firefox-esr`")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports a deprecated module
        from marionette_driver.marionette import Marionette
    client = Marionette(
        bin=found, headless=True, startup_timeout=START_SECONDS, port=0, gecko_log=str(tmp_path / "firefox.log")
    )
    client.start_session()
    try:
        client.set_window_rect(width=WIDTH, height=HEIGHT)
        yield Firefox(client)
    finally:
        client.quit()
        gc.collect()  # close its sockets while ResourceWarning is still ignored


@contextmanager
def webkit(tmp_path: Path) -> Iterator[Engine]:
    """A WebKit window on a virtual screen."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(iter(sorted(Path("/").glob(MINI_BROWSER))), None)
    if not (driver and screen and browser):
        missing("needs WebKit: install Debian's packages `webkit2gtk-driver` and `xvfb`")
    reading, writing = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    with subprocess.Popen(
        [screen, "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="ascii") as told:
                display = told.readline().strip()  # written once the screen is there
            yield from _start_webkit(driver, browser, f":{display}", tmp_path)
        finally:
            server.terminate()


def _start_webkit(driver: str, browser: Path, display: str, tmp_path: Path) -> Iterator[Engine]:
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    options.set_capability("browserName", browser.name)
    # Without a GPU, and as root, where WebKit's own sandbox does not start.
    alone = {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    service = webdriver.WebKitGTKService(
        driver, log_path=str(tmp_path / "webkit.log"), env={**os.environ, **alone, "DISPLAY": display}
    )
    session = webdriver.WebKitGTK(options=options, service=service)
    try:
        session.set_window_rect(0, 0, WIDTH, HEIGHT)
        yield WebKit(session)
    finally:
        session.quit()
