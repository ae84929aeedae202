"""Helpers for a written text: the player's buttons, the position, and the API's answer for it."""

from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page

from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    label_of,
    moment,
)

PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5"
STATE = "window.playground.store.state"


def generate_by_api(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate with the settings of HERE."""
    defaults = {"model": "shakespeare-gru", "prompt": PROMPT, "length": 60, "seed": 5}
    job = client.submit(api_name="/generate", **(defaults | settings))
    job.result(timeout=60)
    last: dict[str, Any] = job.outputs()[-1]
    return last


def assert_bars_are_after(page: Page, client: Client, prefix: str, temperature: float = 1) -> None:
    """The bars show the API's distribution after `prefix`."""
    told = client.predict(model="shakespeare-gru", prompt=prefix, temperature=temperature, api_name="/distribution")
    assert_bars_show(page, dict(zip(map(label_of, told["symbols"]), told["probabilities"], strict=True)))
    assert moment(page).logits == pytest.approx(told["logits"], abs=1e-3)


def press_player_button(page: Page, key: str) -> None:
    """Press one of the player's buttons, by name."""
    page.get_by_role("button", name=WORDS[key], exact=True).click()


def place(page: Page) -> int:
    """How many characters are between the prompt and the position in the text."""
    return int(page.evaluate(f"{STATE}.cursor - {STATE}.run.prompted"))
