"""A model of the Hub on the page: its name is pasted, it is offered, comes, plays; or a sentence says why not.

The app is asked for it in a real browser, and asks a small Hub of our own, that misbehaves when told.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from playground import checkpoints
from playground.fetching import CARD, NEEDED
from playground.models import build
from playground.ui.controls import DEFAULTS
from playground.vocabulary import Vocabulary
from tests import small_gpt2
from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    box,
    choose_model,
    generate,
    moment,
    set_prompt,
    set_temperature,
    setting,
    text_of,
    type_into,
)
from tests.browser.hub_app import FETCH_SECONDS, PATIENCE
from tests.conftest import WAIT_MILLISECONDS, running_app
from tests.hub import server as hub_server
from tests.hub.hands import RECORD
from tests.hub.server import HubServer, Trouble

NewPage = Callable[..., Page]
TITLE = "Letters · test"
FIRST = "Shakespeare · LSTM"
VOCABULARY = Vocabulary.from_text("\n abcdefgh")
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


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a repository of a small checkpoint holds."""
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 8, "hidden": 64}).eval()
    folder = tmp_path_factory.mktemp("made") / "letters"
    checkpoints.save(folder, "lstm", model, VOCABULARY, "\n", RECORD)
    return {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("hub")
    with HubServer() as hub:
        asks = environment(hub.url, folder / "home")
        with running_app(folder / "app.log", "-m", "tests.browser.hub_app", **asks) as address:
            yield Place(address, hub, folder / "home")


def environment(url: str, home: Path) -> dict[str, str]:
    """An app with this Hub and this cache, and nothing of whoever runs the tests."""
    unset = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "PLAYGROUND_HUB_LIMIT_MB")
    own = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1,localhost"}
    return {**dict.fromkeys((*unset, "TRANSFORMERS_OFFLINE"), ""), **own}


@pytest.fixture
def place(started: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The running app, and its Hub, which has no troubles yet and sends slowly what is to be slow."""
    monkeypatch.setattr(hub_server, "SLOW_BYTES", 512)
    yield started
    started.hub.trouble.clear()


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return "ada/" + re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")


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


def bring(page: Page) -> None:
    """Fetch what is offered."""
    wait_for_stage(page, "offer")
    button(page, re.compile("^Fetch")).click()


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
    """Settings and a prompt that nothing below may change."""
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


# ── What goes well ───────────────────────────────────────────────────────────────────────────────
def test_a_pasted_name_is_offered_comes_with_progress_and_plays(
    place: Place, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    page = opened(place, new_page(permissions=["clipboard-read", "clipboard-write"]))
    before = box(page, "prompt").input_value()
    page.evaluate("text => navigator.clipboard.writeText(text)", f"https://huggingface.co/{repo}/tree/main")
    model_box(page).click()
    page.keyboard.press("Control+V")
    page.keyboard.press("Enter")
    offer = wait_for_stage(page, "offer")
    for said in (TITLE, f"{repo}@{name.split('@')[1][:7]}", "lstm", "licence: mit", "kB"):
        expect(offer).to_contain_text(said)
    assert not place.downloads(repo, "safetensors")
    expect(model_box(page)).to_have_value(FIRST)  # the box says which model the page has
    card = offer.locator("pre")
    expect(card).to_be_hidden()
    offer.locator("summary").click()
    expect(card).to_contain_text("# Letters · test")

    page.evaluate("""() => {
      window.seen = [];
      const bar = document.querySelector("#hub [role=progressbar]");
      const note = () => window.seen.push([Number(bar.getAttribute("aria-valuenow")), bar.firstChild.style.width]);
      new MutationObserver(note).observe(bar, { attributes: true, attributeFilter: ["aria-valuenow"] });
    }""")
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(page)
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"^[\d.]+ of [\d.]+ kB$"))
    wait_until_open(page, name)
    seen = page.evaluate("window.seen")
    assert [now for now, _ in seen] == sorted(now for now, _ in seen)
    assert len({width for _, width in seen}) > 4
    assert before != box(page, "prompt").input_value() == "abc"  # the model's own first
    assert_bars_show(page, moment(page).probabilities())
    expect(page.locator("#about")).to_contain_text("2.00 nats a character")
    assert page.locator("#about").get_by_role("button").all_text_contents() == ["abc", "de"]
    assert generate(page, 400).startswith("abc")


def test_a_model_of_gpt_2s_family_is_offered_comes_and_plays(
    place: Place, new_page: NewPage, tmp_path: Path, repo: str
) -> None:
    small_gpt2.write(tmp_path)
    name = f"{repo}@{place.hub.add(repo, {file: (tmp_path / file).read_bytes() for file in NEEDED})}"
    page = opened(place, new_page())
    give(page, repo)
    wait_for_stage(page, "offer")
    expect(panel(page)).to_contain_text("licence: not stated")  # it has no card
    bring(page)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    expect(page.locator("#figure-kept")).to_have_text(f"{small_gpt2.SIZE:,} of {small_gpt2.SIZE:,}")
    type_into(page, "length", "8")
    generate(page)
    assert page.locator("#text .cell:not(.prompt)").count() == 8
    assert page.evaluate("() => window.playground.store.state.run.unit") == "token"


def test_nothing_is_fetched_twice_and_it_stays_in_the_list(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    give(page, repo)
    bring(page)
    wait_until_open(page, name)
    count = place.downloads(repo)
    assert count == 4
    choose_model(page, FIRST)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=DEFAULTS["model"])
    questions = len(place.hub.log)
    choose_model(page, f"{TITLE} · {repo}@{name.split('@')[1][:7]}")
    wait_until_open(page, name)
    assert len(place.hub.log) == questions
    # Another visitor has it without a second click, by any of its names.
    for text in (repo, name, f"{place.hub.url}/{repo}"):
        other = opened(place, new_page())
        give(other, text)
        wait_until_open(other, name)
    assert place.downloads(repo) == count


def test_a_bundled_model_can_be_typed_too(place: Place, page: Page) -> None:
    opened(place, page)
    questions = len(place.hub.log)
    typed = {"korean": "korean-lstm", "shakespeare-gru": "shakespeare-gru", "names · gru": "names-gru"}
    for text, model in typed.items():
        model_box(page).click()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=model)
        expect(model_box(page)).to_have_value(checkpoints.card(model)["title"])
    assert len(place.hub.log) == questions
    expect(panel(page)).to_have_attribute("data-stage", "closed")


def test_the_box_opens_with_all_models_and_escape_leaves_it_as_it_was(place: Place, page: Page) -> None:
    opened(place, page)
    model_box(page).click()
    assert page.locator("#model").get_by_role("option").count() == len(checkpoints.all_cards())
    page.keyboard.type("ada/let")
    page.keyboard.press("Escape")
    expect(model_box(page)).to_have_value(FIRST)
    assert setting(page, "model") == DEFAULTS["model"]
    expect(panel(page)).to_have_attribute("data-stage", "closed")


def test_a_link_offers_its_model_and_all_else_of_it_is_in_force(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    link = f"/?model={quote(name, safe='')}&prompt=bad&temperature=0.5&top-k=4&length=30&seed=7"
    opened(place, page, link)
    wait_for_stage(page, "offer")
    assert setting(page, "model") == DEFAULTS["model"]
    assert (setting(page, "temperature"), setting(page, "top_k"), text_of(page)) == (0.5, 4, "bad")
    page.wait_for_timeout(400)  # the address follows the settings after a pause
    assert f"model={quote(name, safe='')}" in page.url  # reloading asks again
    bring(page)
    wait_until_open(page, name)
    assert (setting(page, "temperature"), setting(page, "top_k"), text_of(page)) == (0.5, 4, "bad")
    text = generate(page, 30)
    # Now the server has it: the same link opens it at once, and gives the same text.
    questions = len(place.hub.log)
    other = opened(place, new_page(), link)
    wait_until_open(other, name)
    assert generate(other, 30) == text
    assert len(place.hub.log) == questions


def test_a_link_that_is_not_taken_leaves_the_page_with_its_model(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    place.hub.add(repo, files)
    opened(place, page, f"/?model={repo}")
    wait_for_stage(page, "offer")
    button(page, "Not now").click()
    page.wait_for_url(lambda url: f"model={DEFAULTS['model']}" in url)
    assert page.locator("#generate").evaluate("node => node === document.activeElement")
    assert not place.downloads(repo, "safetensors")


def test_whoever_went_on_with_another_model_is_not_interrupted(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    give(page, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(page)
    wait_for_stage(page, "fetching")
    choose_model(page, "Shakespeare · GRU")
    wait_for_stage(page, "here")
    assert setting(page, "model") == "shakespeare-gru"
    button(page, "Open it").click()
    wait_until_open(page, name)


@pytest.mark.parametrize("bare", [{}, {"title": 7, "prompts": "no", "validation": {"nats": "x"}, "parameters": "many"}])
def test_a_card_that_tells_nothing_is_no_trouble(
    bare: dict[str, Any], place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    config = json.loads(files["config.json"])
    config["card"] = {"title": TITLE, "licence": "mit"} | {k: v for k, v in bare.items() if k != "title"}
    name = f"{repo}@{place.hub.add(repo, {**files, 'config.json': json.dumps(config).encode()})}"
    opened(place, page)
    give(page, repo)
    bring(page)
    wait_until_open(page, name)
    assert page.locator("#about .facts").inner_text() == f"{repo}@{name.split('@')[1][:7]}"
    assert page.locator("#about .tries").inner_text() == ""
    generate(page)


def test_markup_in_a_card_stays_text(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    markup = "<img src=x onerror=alert(1)><b id=evil>x</b>"
    config = json.loads(files["config.json"])
    config["card"] |= {"title": TITLE, "corpus": {"name": markup}, "licence": markup, "prompts": [markup]}
    changed = {**files, "config.json": json.dumps(config).encode(), CARD: f"<script>alert(2)</script>{markup}".encode()}
    name = f"{repo}@{place.hub.add(repo, changed)}"
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(place, page)
    give(page, repo)
    offer = wait_for_stage(page, "offer")
    expect(offer).to_contain_text(markup)
    expect(offer.locator("pre")).to_have_text(f"<script>alert(2)</script>{markup}")
    bring(page)
    wait_until_open(page, name)
    expect(page.locator("#about .facts")).to_contain_text(markup)
    expect(page.locator("#about .tries")).to_contain_text(markup)
    assert page.locator("#evil, #hub img, #about img, #hub script").count() == 0


SOME_CAME = "() => document.querySelector('#hub [role=progressbar]').getAttribute('aria-valuenow') > 4000"


# ── Stopping ─────────────────────────────────────────────────────────────────────────────────────
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
    monkeypatch.setattr(hub_server, "SLOW_BYTES", 128)
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    settle(page)
    give(page, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(page)
    page.wait_for_function(SOME_CAME)
    button(page, "Cancel").click()
    expect(wait_for_stage(page, "stopped")).to_contain_text(
        f"{repo} was not fetched: you stopped it. What has come is kept for the next time."
    )
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
    expect(wait_for_stage(page, "stopped")).to_contain_text("you stopped it")
    assert_all_is_as_it_was(page)
    place.hub.trouble.clear()
    button(page, "Try again").click()
    wait_for_stage(page, "offer")


def test_closing_the_page_stops_the_transfer(
    place: Place, page: Page, new_page: NewPage, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_server, "SLOW_BYTES", 128)
    place.hub.add(repo, files)
    leaving = opened(place, new_page())
    give(leaving, repo)
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    bring(leaving)
    leaving.wait_for_function(SOME_CAME)
    leaving.close()
    rests(place, page)
    assert 0 < place.partly() < len(files["model.safetensors"])


# ── What fails, each with its sentence ───────────────────────────────────────────────────────────
@dataclass
class Failure:
    """How a fetch is made to fail, and what is said."""

    said: str
    trouble: Trouble | None = None
    revision: str = ""
    private: bool = False
    gated: bool = False
    missing: bool = False
    without: str = ""
    full: bool = False
    offered: bool = False  # whether the offer is there before it fails
    fits: bool = True


FAILURES = {
    "not found": Failure("is private, or not on the Hub: check the name", missing=True),
    "private": Failure("is private, or not on the Hub: check the name. If it is private, log in", private=True),
    "gated": Failure("is gated: ask for access", gated=True),
    "forbidden": Failure("Your token may not do this", Trouble("info", 403)),
    "no such revision": Failure("has no such revision", revision="@v9"),
    "silent": Failure(f"did not answer within {PATIENCE:g} seconds", Trouble("info", "silent")),
    "broken off": Failure("broke again and again", Trouble("info", "closed")),
    "too busy": Failure("had too many questions from here", Trouble("info", 429)),
    "server error": Failure("a trouble of its own (error 500)", Trouble("cdn", 500), offered=True),
    "slow": Failure(f"not fetched within {FETCH_SECONDS:g} seconds", Trouble("cdn", "slow"), offered=True),
    "wrong hash": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "altered"), offered=True),
    "too short": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "short"), offered=True),
    "too long": Failure("is damaged: what came is not what the Hub lists", Trouble("cdn", "long"), offered=True),
    "disk full": Failure("The disk is full: make room", full=True, offered=True),
    "no checkpoint": Failure("it has no tokenizer.json", without="tokenizer.json"),
    "does not fit": Failure("does not fit config.json", fits=False, offered=True),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_is_told_and_the_page_keeps_what_it_had(
    kind: str, place: Place, page: Page, files: dict[str, bytes], repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = FAILURES[kind]
    if kind == "slow":
        monkeypatch.setattr(hub_server, "SLOW_BYTES", 16)
    held = {name: data for name, data in files.items() if name != failure.without}
    if not failure.fits:
        config = json.loads(files["config.json"])
        config["config"]["hidden"] = 32
        held["config.json"] = json.dumps(config).encode()
    # Each its own weights: what another test fetched is on the disk already.
    held["model.safetensors"] = own_weights(files["model.safetensors"], repo)
    if not failure.missing:
        place.hub.add(repo, held, private=failure.private, gated=failure.gated)
    if failure.trouble:
        place.hub.trouble.append(failure.trouble)
    opened(place, page)
    settle(page)
    give(page, repo + failure.revision)
    full = place.home / "full"
    try:
        if failure.offered:
            wait_for_stage(page, "offer")
            if failure.full:
                full.touch()
            bring(page)
        refused = wait_for_stage(page, "refused")
    finally:
        full.unlink(missing_ok=True)
    expect(refused).to_contain_text(failure.said)
    sentence = refused.locator(".said")
    expect(sentence).to_have_attribute("role", "status")
    assert sentence.inner_text().endswith(".")
    assert_all_is_as_it_was(page)
    if failure.trouble or failure.full:  # it was a passing one: the next try works
        place.hub.trouble.clear()
        button(page, "Try again").click()
        if not failure.offered:
            bring(page)
        page.wait_for_function("repo => window.playground.store.state.run.model.startsWith(repo + '@')", arg=repo)
    else:
        button(page, "Close").click()
        wait_for_stage(page, "closed")
    assert page.locator("#distribution .bar").count()


def own_weights(weights: bytes, repo: str) -> bytes:
    """The same weights, with a name in their header, which safetensors has room for."""
    size = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + size])
    header["__metadata__"] = {"of": repo}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + weights[8 + size :]


def test_too_large(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    place.hub.add(repo, files)
    sizes = {name: 700_000_000 if name == "model.safetensors" else 100 for name in files}
    place.hub.repos[repo].listed = [{"rfilename": n, "size": s, "blobId": "0" * 40} for n, s in sizes.items()]
    opened(place, page)
    settle(page)
    give(page, repo)
    expect(wait_for_stage(page, "refused")).to_contain_text("over the limit of 600 MB: choose a smaller model")
    assert_all_is_as_it_was(page)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpt-9", "There is no model 'gpt-9': choose one of the list, or type owner/name"),
        ("<b>x</b>", "There is no model '<b>x</b>'"),
        ("https://huggingface.co/datasets/a/b", "not the address of a model"),
        ("ada/letters@", "The revision after @ is empty"),
    ],
)
def test_what_is_no_name_is_told(text: str, said: str, place: Place, page: Page) -> None:
    opened(place, page)
    settle(page)
    questions = len(place.hub.log)
    give(page, text)
    expect(wait_for_stage(page, "refused")).to_contain_text(said)
    assert button(page, "Try again").count() == 0
    assert_all_is_as_it_was(page)
    assert len(place.hub.log) == questions


# ── Looks and keys ───────────────────────────────────────────────────────────────────────────────
def test_the_keyboard_alone_is_enough(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    name = f"{repo}@{place.hub.add(repo, files)}"
    opened(place, page)
    model_box(page).focus()
    page.wait_for_function("() => getSelection().toString() === document.querySelector('#model input').value")
    page.keyboard.type(repo)
    page.keyboard.press("Enter")
    wait_for_stage(page, "offer")
    expect(button(page, re.compile("^Fetch"))).to_be_focused()
    page.keyboard.press("Enter")
    wait_until_open(page, name)
    expect(page.locator("#generate")).to_be_focused()
    expect(page.locator("#hub [role=status]")).to_have_text(f"{repo}@{name.split('@')[1][:7]} is open.")


def test_on_a_phone_nothing_sticks_out_and_the_slider_stays_in_view(
    place: Place, new_page: NewPage, files: dict[str, bytes], repo: str
) -> None:
    place.hub.add(repo, files)
    phone = opened(place, new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    model_box(phone).tap()
    expect(model_box(phone)).to_have_attribute("inputmode", "none")  # the list first, without the keyboard over it
    model_box(phone).tap()
    expect(model_box(phone)).to_have_attribute("inputmode", "url")
    give(phone, repo)
    wait_for_stage(phone, "offer")
    around = phone.locator("#temperature input[type=range], #temperature [role=slider]").first.bounding_box()
    assert around is not None
    assert around["y"] + around["height"] < 844
    phone.set_viewport_size({"width": 360, "height": 740})
    wide, inner = phone.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner
    for found in button(phone, re.compile("")).all():
        edge = found.bounding_box()
        assert edge is not None
        assert edge["x"] + edge["width"] <= 350


def test_a_server_that_goes_in_the_middle_is_told(
    place: Place, page: Page, files: dict[str, bytes], repo: str, tmp_path: Path, troubles: list[str]
) -> None:
    place.hub.add(repo, files)
    asks = environment(place.hub.url, tmp_path / "home")
    with running_app(tmp_path / "app.log", "-m", "tests.browser.hub_app", **asks) as address:
        opened(Place(address, place.hub, tmp_path / "home"), page)
        settle(page)
        give(page, repo)
        place.hub.trouble.append(Trouble("cdn", "silent", only=repo))
        bring(page)
        expect(page.get_by_role("progressbar")).to_be_visible()
    expect(wait_for_stage(page, "refused")).to_contain_text(WORDS["lost"])
    assert_all_is_as_it_was(page)
    page.goto("about:blank")
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
    with running_app(tmp_path / "app.log", "-m", "tests.browser.hub_app", **cut_off) as address:
        opened(Place(address, place.hub, place.home), page)
        settle(page)
        give(page, "ada/another")
        refused = wait_for_stage(page, "refused")
        expect(refused).to_contain_text("There is no way to the Hub from here: check the network")
        assert_all_is_as_it_was(page)
        give(page, repo)
        wait_until_open(page, kept)
        page.goto("about:blank")  # before its server goes
