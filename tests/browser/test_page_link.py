"""The link holds the state: opened elsewhere, it gives the same page and the same text."""

from collections.abc import Callable
from math import inf
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from playground.server.settings import DEFAULTS, link_name
from tests.browser.hands import (
    WORDS,
    bars,
    expect_notice,
    generate,
    input_box,
    moment,
    run_id,
    set_prompt,
    set_temperature,
    setting,
    text_of,
    type_into,
    wait_until_written,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
WHOLE = {
    "model": "shakespeare-ngram",
    "prompt": "Küß mich,\n나는 <b>&amp;+%20",
    "temperature": "1.7",
    "top-k": "20",
    "top-p": "0.9",
    "min-p": "0.02",
    "seed": "123456789012345",
    "length": "30",
    "stop": "line",
    "bias": "e:-inf,\\,:1.5",
    "picks": "3:e,7: ",
}


def address_of(page: Page) -> dict[str, str]:
    """The parameters in the address, by name."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def wait_for_address(page: Page, **expected: str) -> dict[str, str]:
    """Wait until the address has these parameters."""
    page.wait_for_function(
        "wanted => { const told = new URL(location.href).searchParams; "
        "return Object.entries(wanted).every(([name, value]) => told.get(name) === value); }",
        arg={link_name(name): value for name, value in expected.items()},
    )
    return address_of(page)


def settings_of(page: Page) -> dict[str, Any]:
    """The page's settings, by their names in a link."""
    told: dict[str, Any] = page.evaluate("window.playground.store.requestSettings()")
    return {link_name(name): str(value) for name, value in told.items()}


def test_a_link_with_every_parameter_opens_the_page_it_describes(visit: Visit) -> None:
    page = visit("/?" + urlencode(WHOLE))
    assert settings_of(page) == WHOLE
    assert text_of(page) == WHOLE["prompt"]
    assert input_box(page, "prompt").input_value() == WHOLE["prompt"]
    for control in ("top-k", "top-p", "min-p", "seed", "length"):
        expect(input_box(page, control)).to_have_value(WHOLE[control])
    expect(page.get_by_label(WORDS["temperature_value"])).to_have_value("1.70")
    expect(page.locator("#notice p")).to_have_count(1)  # about the characters that the model does not know


def test_changes_go_into_the_address_and_another_page_shows_the_same(visit: Visit, new_page: NewPage) -> None:
    page = visit("/?model=shakespeare-gru")
    set_prompt(page, "ROMEO:\nO, ")
    set_temperature(page, 0.7)
    for control, value in (("top-k", "30"), ("top-p", "0.95"), ("min-p", "0.01"), ("seed", "77"), ("length", "50")):
        type_into(page, control, value)
    page.evaluate("window.playground.store.set({ bias: 'e:-inf, :0.5' })")
    told = wait_for_address(page, temperature="0.7", min_p="0.01", seed="77", length="50")
    assert told | {"picks": ""} == settings_of(page)  # an empty value is left out of a link, except for the prompt
    assert set(told) == {link_name(name) for name in DEFAULTS} - {"picks"}

    other = visit(page.url.removeprefix(page.url.split("/?")[0]), new_page())
    assert settings_of(other) == settings_of(page)
    assert moment(other) == moment(page)
    assert bars(other) == bars(page)
    assert other.locator("#distribution .dart").inner_text() == page.locator("#distribution .dart").inner_text()
    assert generate(other, 50) == generate(page, 50)


def test_infinite_and_exact_temperatures_survive_the_address(visit: Visit, new_page: NewPage) -> None:
    page = visit("/?temperature=inf")
    assert page.locator("#distribution").get_attribute("data-temperature") == "Infinity"
    set_temperature(page, 0.123456789012345)
    wait_for_address(page, temperature="0.123456789012345")
    set_temperature(page, "Infinity")
    wait_for_address(page, temperature="inf")
    again = visit(page.url[page.url.index("/?") :], new_page())
    assert page.evaluate("window.playground.store.state.settings.temperature") == inf
    assert again.locator("#distribution").get_attribute("data-temperature") == "Infinity"


def test_a_parameter_name_may_have_an_underscore(visit: Visit) -> None:
    page = visit("/?top_k=7&top_p=0.5&min_p=0.1")
    assert [setting(page, name) for name in ("top_k", "top_p", "min_p")] == [7, 0.5, 0.1]
    set_temperature(page, 2)
    told = wait_for_address(page, temperature="2")
    assert told["top-k"] == "7"
    assert "top_k" not in told


def test_bad_values_fall_back_to_the_defaults_with_a_notice(visit: Visit) -> None:
    bad = {
        "model": "gpt 9",
        "temperature": "hot",
        "top-k": "-3",
        "top-p": "2",
        "min-p": "nan",
        "seed": "x",
        "length": "0",
    }
    page = visit("/?" + urlencode(bad | {"prompt": "To be"}))
    for name, default in DEFAULTS.items():
        assert setting(page, name) == ("To be" if name == "prompt" else default), name
    told = expect_notice(page, "gpt 9")
    for name, value in bad.items():
        assert name == "model" or WORDS[name.replace("-", "_")].split(" (")[0] in told  # the name of its control
        assert value in told
    assert len(page.locator("#notice p").all()) >= 7


def test_a_valid_value_beside_an_invalid_one_stays(visit: Visit) -> None:
    page = visit("/?temperature=-1&seed=9&length=7")
    assert setting(page, "temperature") == 1
    assert (setting(page, "seed"), setting(page, "length")) == (9, 7)
    expect_notice(page, "Temperature")


def test_the_link_of_a_run_written_by_steps_gives_the_same_text(visit: Visit, new_page: NewPage) -> None:
    page = visit("/?model=shakespeare-gru&temperature=2&seed=3&length=2")
    before = run_id(page)
    page.locator("#step").click()
    wait_until_written(page, before, 1)
    before = run_id(page)
    page.locator("#step").click()
    wait_until_written(page, before, 2)
    other = visit(page.url[page.url.index("/?") :], new_page())
    assert generate(other, 2) == text_of(page)


def test_share_copies_the_address(server: str, new_page: NewPage, visit: Visit) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    visit("/?model=shakespeare-gru", page)
    page.evaluate("window.playground.setTemperature(0.25)")
    page.locator("#share").click()
    expect(page.locator("#shared")).to_have_text(WORDS["shared"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(server)
    assert parse_qs(urlsplit(copied).query)["temperature"] == ["0.25"]


@pytest.mark.parametrize("extra", ["__theme=dark", "unknown=1&x=%3Cscript%3E"])
def test_unknown_parameters_are_ignored(visit: Visit, extra: str) -> None:
    page = visit(f"/?seed=8&{extra}")
    assert setting(page, "seed") == 8
    expect(page.locator("#notice p")).to_have_count(0)
