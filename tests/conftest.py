"""What the tests share: the project's folder, the texts, a running app, and a browser that tolerates no noise.

A text or a browser that is not there skips the tests that need it, with a reason that says what to do. Under
CI it fails them.
"""

import os
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

import hypothesis
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from playground import threads
from tests import apps
from tests.pages import Pages

# A thread for each process: several processes share the cores, and threads that wait for each other spin. With two to a
# process the tests of training took five times the processor time. NumPy and torch are imported later.
threads.limit_process()

REPOSITORY = apps.REPOSITORY
CORPORA = REPOSITORY.parent / "shared" / "corpora"
CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
# Tests that can repeat ten thousand times do so if this is set; otherwise they are short.
LONG = os.environ.get("PLAYGROUND_LONG", "").lower() not in ("", "0", "false")
# The first has no window to keep up: a page that opens takes a third less processor time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-zygote",  # a process that begins by itself, and not as a copy of another, opens a page in a quarter less time
)
OWN_HOSTS = {"127.0.0.1", "localhost", None}  # None: data:, blob: and about: have no host
START_SECONDS = 120

# Shared cores are slow at times, so no example is timed; under CI every run tries the same examples.
hypothesis.settings.register_profile("here", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.load_profile("ci" if CI else "here")

# A page that opens on a machine with busy cores takes longer than the usual five seconds.
expect.set_options(timeout=20_000)

_server_log = pytest.StashKey[Path]()
_server_process = pytest.StashKey[BaseProcess]()


def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: tests wait for pages and for Ray, and another process may use the core meanwhile."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, browser tests last: Playwright keeps an event loop running from then on."""
    items.sort(key=lambda item: "browser" in item.path.parts)
    # On a machine with two busy cores a page is late at times, and so is what a test holds to a clock (`timed`): those
    # tests have three tries, and the report says so.
    for item in items:
        if "browser" in item.path.parts or item.get_closest_marker("timed"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of the app's log beside a failure."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and "server" in getattr(item, "fixturenames", ()):
        log = item.config.stash.get(_server_log, None)
        if log is not None:
            report.sections.append(("log of the app", _tail(log)))


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it under CI, where everything must be available."""
    if CI:
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], Path]:
    """corpus("tinyshakespeare.txt") is the path of that text, in ../shared/corpora beside the project."""

    def find(name: str) -> Path:
        path = CORPORA / name
        if not path.is_file():
            missing(f"needs the text {name}: put it into ../shared/corpora beside the project")
        return path

    return find


@contextmanager
def app_process(log: Path, *command: str, **environment: str) -> Iterator[tuple[str, BaseProcess]]:
    """Run `python app.py`, or another Python command, on a free port; return its address and process once it
    answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    own = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "0",
        "HF_HUB_OFFLINE": "1",
    }
    process = apps.start(log, *(command or ["app.py"]), **(own | environment))
    try:
        _wait_until_it_answers(process, address, log)
        yield address, process
    finally:
        apps.stop(process)


@contextmanager
def running_app(log: Path, *command: str, **environment: str) -> Iterator[str]:
    """Like app_process, but gives only the address."""
    with app_process(log, *command, **environment) as (address, _):
        yield address


def app_with_cache(home: Path) -> AbstractContextManager[str]:
    """Run the app with the Hub's cache in a folder, which its visitors may use in full."""
    return running_app(home / "app.log", HF_HOME=str(home), HF_HUB_CACHE="", PLAYGROUND_HUB_TOKEN="visitors")


def _wait_until_it_answers(process: BaseProcess, address: str, log: Path) -> None:
    for _ in range(START_SECONDS * 10):
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=10):
            return
        process.join(0.1)
        if process.exitcode is not None:
            pytest.fail(f"app.py ended with {process.exitcode}:\n{_tail(log)}", pytrace=False)
    pytest.fail(f"app.py did not answer within {START_SECONDS} s:\n{_tail(log)}", pytrace=False)


def _tail(log: Path, characters: int = 4_000) -> str:
    return log.read_text("utf-8", "replace")[-characters:]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the running app, one for the whole session, without a slash at the end."""
    log = tmp_path_factory.mktemp("app") / "app.log"
    request.config.stash[_server_log] = log
    with app_process(log) as (address, process):
        request.config.stash[_server_process] = process
        yield address


@pytest.fixture(scope="session")
def server_log(server: str, request: pytest.FixtureRequest) -> Path:
    """The file that the running app prints to."""
    return request.config.stash[_server_log]


@pytest.fixture(scope="session")
def server_pid(server: str, request: pytest.FixtureRequest) -> int:
    """The id of the running app's process."""
    return request.config.stash[_server_process].pid or 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless, one for the whole session."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).is_file():
            missing("needs a browser: install Debian's package `chromium`, or run `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What went wrong in the pages of this test: console messages other than plain notes, uncaught errors, and
    requests to other hosts. It must be empty at the end of a test; a test that provokes trouble checks the list and
    clears it."""
    found: list[str] = []
    yield found
    assert not found, "the page made trouble:\n" + "\n".join(found)


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[Pages]:
    """The pages that tests use one after another."""
    pages = Pages(browser)
    yield pages
    pages.close()


@pytest.fixture
def new_page(pages: Pages, troubles: list[str]) -> Iterator[Callable[..., Page]]:
    """new_page(**options) is an empty page in a context of its own, watched for troubles. The options are
    Playwright's for a context: viewport, color_scheme, reduced_motion, has_touch, locale …"""
    taken: list[Page] = []

    def make(**options: Any) -> Page:
        page = pages.take(**options)
        taken.append(page)
        watch(page, troubles)
        return page

    yield make
    for page in taken:
        pages.give_back(page)


def watch(page: Page, troubles: list[str]) -> Callable[[], None]:
    """Record a page's troubles in a list. Call the returned function to stop."""
    listeners: dict[Any, Callable[[Any], None]] = {
        "console": lambda message: _note(message, troubles),
        "pageerror": lambda error: troubles.append(f"uncaught: {_message(error)}"),
        "request": lambda sent: _note_foreign_host(sent.url, troubles),
    }
    for event, listener in listeners.items():
        page.on(event, listener)

    def end() -> None:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)

    return end


def _note(message: ConsoleMessage, troubles: list[str]) -> None:
    if message.type in ("error", "warning", "assert"):
        troubles.append(f"console {message.type}: {message.text} ({message.location.get('url')})")


def _message(error: Error) -> str:
    return getattr(error, "stack", None) or str(error)


def _note_foreign_host(url: str, troubles: list[str]) -> None:
    if urlsplit(url).hostname not in OWN_HOSTS:
        troubles.append(f"a request to another host: {url}")


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """An empty page of 1440 × 900."""
    return new_page()


@pytest.fixture
def visit(server: str, page: Page) -> Callable[..., Page]:
    """visit("/?temperature=0.5") opens the app there and returns the page once its bars are drawn.

    A page from `new_page` can be given as the second argument; the third is "attached" where a link opens another tab.
    """

    def go(path: str = "/", on: Page = page, state: Literal["attached", "visible"] = "visible") -> Page:
        on.goto(server + path)
        on.wait_for_selector("#distribution[data-step]", state=state)
        return on

    return go
