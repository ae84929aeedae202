"""Browser pages reused from test to test.

Opening the app costs a new browser context 3.7 s of processor time, most of it for a process and for compiling gradio's
scripts; a page that had the app open before takes 0.6 s. So pages are reused: a test gets one as empty as a new one,
and one that cannot be reset is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page

WAIT_MILLISECONDS = 30_000
SIZE = {"width": 1440, "height": 900}
MOST = 4  # pages kept, as each has a process
# Settings that can be changed on a page later; the other options belong to its context.
MEDIA = ("color_scheme", "reduced_motion", "forced_colors")
# Calls on a page or its context that cannot be undone.
LASTING = ("add_init_script", "expose_function", "expose_binding")


class Pages:
    """Pages of one browser, each in its own context."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._kept: list[_Kept] = []
        self._lent: dict[Page, _Kept] = {}

    def take(self, **options: Any) -> Page:
        """An empty page. The options are Playwright's for a context: viewport, color_scheme, has_touch, locale …"""
        media = {name: options.pop(name, None) for name in MEDIA}
        size = options.pop("viewport", SIZE)
        if not options.get("has_touch"):  # as where nothing is said of it
            options.pop("has_touch", None)
        kept = next((kept for kept in self._kept if kept.options == options), None)
        if kept is None:
            context = self.browser.new_context(**options, viewport=size)
            context.set_default_timeout(WAIT_MILLISECONDS)
            kept = _Kept(context, context.new_page(), options)
        else:
            self._kept.remove(kept)
        kept.page.set_viewport_size(size)
        kept.page.emulate_media(**{name: value or "null" for name, value in media.items()})
        self._lent[kept.page] = kept
        return kept.page

    def give_back(self, page: Page) -> None:
        """Make the page available to the next test."""
        kept = self._lent.pop(page)
        try:
            kept.empty()
        except (Error, _Lasting):
            kept.context.close()
            return
        self._kept.append(kept)
        if len(self._kept) > MOST:
            self._kept.pop(0).context.close()

    def close(self) -> None:
        """Close all kept pages."""
        for kept in self._kept:
            kept.context.close()
        self._kept.clear()


class _Lasting(Exception):
    """Something irreversible was done to a page."""


class _Kept:
    """A page, its context, and what a test left on them."""

    def __init__(self, context: BrowserContext, page: Page, options: dict[str, Any]) -> None:
        self.context, self.page, self.options = context, page, options
        self._lasting = False
        self._origins: set[str] = set()
        self._listening: list[tuple[str, Callable[..., Any]]] = []
        self._sessions: list[CDPSession] = []
        for owner in (page, context):
            for name in LASTING:
                setattr(owner, name, self._noting(getattr(owner, name)))
        self._session = context.new_cdp_session
        setattr(context, "new_cdp_session", self._open_session)  # noqa: B010  (a method of another's class)
        page.on("framenavigated", lambda frame: self._note(frame.url))
        self._on = page.on
        setattr(page, "on", self._listen)  # noqa: B010  (a method of another's class)

    def _noting(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._lasting = True
            return act(*given, **named)

        return call

    def _open_session(self, page: Page) -> CDPSession:
        self._sessions.append(self._session(page))
        return self._sessions[-1]

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https"):
            self._origins.add(f"{parts.scheme}://{parts.netloc}")

    def _listen(self, event: str, listener: Callable[..., Any]) -> None:
        self._listening.append((event, listener))
        self._on(event, listener)  # type: ignore[call-overload]

    def empty(self) -> None:
        """Reset the page to the state of a new one. Raises _Lasting or Playwright's Error if that is impossible."""
        if self._lasting or self.page.is_closed():
            raise _Lasting
        for event, listener in self._listening:
            with suppress(KeyError):
                self.page.remove_listener(event, listener)
        self._listening.clear()
        for other in self.context.pages:
            if other != self.page:
                other.close()
        self.page.unroute_all()
        self.context.unroute_all()
        for session in self._sessions:  # with which all ends that it set
            session.detach()
        self._sessions.clear()
        self.context.set_offline(False)
        self.context.clear_cookies()
        self.context.clear_permissions()
        if "permissions" in self.options:
            self.context.grant_permissions(self.options["permissions"])
        if not self._origins:
            self.page.goto("about:blank")
        for origin in self._origins:  # an address where no script of the page writes anything; it stays there
            self.page.goto(f"{origin}/robots.txt", timeout=5_000)
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self._origins.clear()
        self.page.mouse.up()
        self.page.mouse.move(0, 0)
