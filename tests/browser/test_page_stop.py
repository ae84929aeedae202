"""A run that ends before its length: at a line end, or at the model's end-of-text token."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import (
    WORDS,
    cells,
    choose_model,
    expect_notice,
    generate,
    run_id,
    setting,
    text_of,
    wait_until_painted,
    wait_until_written,
    write_again,
)
from tests.browser.test_page_link import wait_for_address
from tests.conftest import running_app
from tests.programs import generated

Visit = Callable[..., Page]
NAMES = "/?model=names-gru&prompt=&seed=5"
# names-gru with its "e" as the end token. No bundled model has such a token.
ENDING = """
import dataclasses
from playground import library
load = library.load

def ending(name, **more):
    checkpoint = load(name, **more)
    ids = checkpoint.vocabulary.encode("e").ids if name == "names-gru" else ()
    return dataclasses.replace(checkpoint, end_ids=tuple(ids))

library.load = ending
from playground.ui import page
page.serve(page.build())
"""


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app whose names-gru has an end token."""
    with running_app(tmp_path_factory.mktemp("ending") / "app.log", "-c", ENDING) as address:
        yield address


def names(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate, with the settings of NAMES."""
    return generated(client, **{"model": "names-gru", "prompt": "", "seed": 5, "stop": "line", **settings})


def control(page: Page) -> Locator:
    return page.locator("#stop-at")


def stop_options(page: Page) -> list[str]:
    """The options of the control, by label."""
    return control(page).locator("option").all_inner_texts()


def choose_stop(page: Page, stop: str) -> None:
    control(page).select_option(stop)


def progress(page: Page) -> Locator:
    return page.locator("#text .progress")


def sentence(key: str, **values: object) -> str:
    return WORDS[key].format(**values)


def test_a_link_that_stops_at_a_line_end_writes_one_name_like_the_api(visit: Visit, client: Client) -> None:
    page = visit(NAMES + "&stop=line")
    expect(control(page)).to_have_value("line")
    name = generate(page)
    assert name == names(client)["text"]
    assert name.index("\n") == len(name) - 1
    expect(progress(page)).to_have_text(sentence("progress_line", at=len(name), all=len(name), seed=5))
    assert write_again(page) == name


def test_the_control_adds_the_stop_to_the_address_and_removes_it(visit: Visit, client: Client) -> None:
    page = visit(NAMES + "&length=60")
    assert stop_options(page) == [WORDS["stop_none"], WORDS["stop_line"]]
    whole = generate(page, 60)
    expect(progress(page)).to_have_text(sentence("progress", at=60, all=60, seed=5))
    choose_stop(page, "line")
    wait_for_address(page, stop="line")
    page.get_by_label(WORDS["to_end"]).click()
    assert generate(page) == whole[: whole.index("\n") + 1] == names(client)["text"]
    choose_stop(page, "none")
    wait_for_address(page, stop="none")
    assert generate(page, 60) == whole


def test_generate_continues_from_the_cursor_to_the_next_line_end(visit: Visit, client: Client) -> None:
    page = visit(NAMES + "&stop=line")
    first = generate(page)
    page.get_by_label(WORDS["back"]).click()
    page.get_by_label(WORDS["forward"]).click()
    expect(page.locator("#text .from")).to_contain_text(WORDS["from_here"])
    both = generate(page)
    whole = names(client, stop="none")["text"]
    assert both == whole[: whole.index("\n", len(first)) + 1]
    expect(progress(page)).to_have_text(sentence("progress_line", at=len(both), all=len(both), seed=5))


def test_while_writing_the_length_is_shown_as_a_maximum(visit: Visit) -> None:
    page = visit("/?model=shakespeare-lstm&length=2000&stop=line&prompt=a&top-k=1&temperature=0")
    seen = page.evaluate("""() => new Promise((done) => {
      const { store } = window.playground;
      const seen = [];
      store.subscribe((state) => {
        const { run, busy } = state;
        if (run.steps.length > run.prompted) seen.push([busy, run.expected, run.steps.length - run.prompted]);
        if (!busy && seen.length) requestAnimationFrame(() => requestAnimationFrame(() => done(seen)));
      });
      document.querySelector("#generate").click();
    })""")
    *_, (busy, expected, length) = seen
    assert not busy
    assert expected == length < 2000
    assert all(expected in (2000, length) for _, expected, _ in seen)


def test_a_run_cut_by_its_length_does_not_claim_to_have_stopped(visit: Visit) -> None:
    page = visit(NAMES + "&stop=line")
    name = generate(page)
    cells(page).nth(1).click()
    page.mouse.move(5, 5)
    before = run_id(page)
    page.locator("#step").click()  # here nothing is composed: one symbol is one character
    page.wait_for_function("window.playground.store.state.cursor === 2")
    wait_until_painted(page)
    assert run_id(page) == before
    assert text_of(page) == name
    page.locator("#distribution .bar").nth(20).click()
    wait_until_written(page, before, 3)
    expect(progress(page)).to_have_text(sentence("progress", at=3, all=3, seed=5))


def test_a_step_onto_a_line_end_is_not_reported_as_a_stop(visit: Visit, client: Client) -> None:
    name = names(client)["text"]
    page = visit(NAMES + "&stop=line")
    for written in range(1, len(name) + 1):
        before = run_id(page)
        page.locator("#step").click()
        wait_until_written(page, before, written)
    assert text_of(page) == name
    expect(progress(page)).to_have_text(sentence("progress", at=len(name), all=len(name), seed=5))


def test_a_stop_at_a_missing_end_token_is_dropped_with_a_notice(visit: Visit) -> None:
    page = visit(NAMES + "&stop=end&length=30")
    expect_notice(page, WORDS["stop_lacks_end"])
    expect(control(page)).to_have_value("none")
    assert setting(page, "stop") == "none"
    wait_for_address(page, stop="none")
    assert generate(page, 30)


def test_an_unknown_stop_gets_a_notice(visit: Visit) -> None:
    page = visit(NAMES + "&stop=dot")
    assert setting(page, "stop") == "none"
    expect_notice(page, "Stop at must be one of none, line, end; 'dot' was ignored, using none.")


def test_an_end_token_is_offered_and_ends_a_run(ending: str, page: Page) -> None:
    page.goto(f"{ending}{NAMES}&stop=end")
    page.wait_for_selector("#distribution[data-step]")
    expect(control(page)).to_have_value("end")
    assert stop_options(page) == [WORDS["stop_none"], WORDS["stop_line"], WORDS["stop_end"]]
    text = generate(page)
    assert text.index("e") == len(text) - 1
    expect(progress(page)).to_have_text(sentence("progress_end", at=len(text), all=len(text), seed=5))
    asked = Client(ending, verbose=False)
    last = generated(asked, model="names-gru", prompt="", seed=5, stop="end")
    assert (last["text"], last["stopped"]) == (text, "end")


def test_choosing_a_model_without_an_end_token_resets_the_stop(ending: str, page: Page) -> None:
    page.goto(f"{ending}{NAMES}&stop=end")
    page.wait_for_selector("#distribution[data-step]")
    choose_model(page, "Shakespeare · n-gram")
    expect_notice(page, WORDS["stop_lacks_end"])
    expect(control(page)).to_have_value("none")
    assert stop_options(page) == [WORDS["stop_none"], WORDS["stop_line"]]
    choose_model(page, "Names · GRU")
    expect(page.locator("#about .facts")).to_contain_text("given names")
    assert stop_options(page) == [WORDS["stop_none"], WORDS["stop_line"], WORDS["stop_end"]]
    assert setting(page, "stop") == "none"
