"""Hands on a written text: the player's buttons, the place in it, and what the API says of it."""

from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page

from tests.browser.hands import (
    WORDS,
    assert_bars_show,
    moment,
    seen,
)

PROMPT = "To be or not to b"
HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b&length=60&seed=5"
STATE = "window.playground.store.state"


def by_the_api(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate, with the settings of HERE."""
    defaults = {"model": "shakespeare-gru", "prompt": PROMPT, "length": 60, "seed": 5}
    job = client.submit(api_name="/generate", **(defaults | settings))
    job.result(timeout=60)
    last: dict[str, Any] = job.outputs()[-1]
    return last


def assert_this_moment_is_after(page: Page, client: Client, prefix: str, temperature: float = 1) -> None:
    """The bars are what the API says comes after `prefix`."""
    told = client.predict(model="shakespeare-gru", prompt=prefix, temperature=temperature, api_name="/distribution")
    assert_bars_show(page, dict(zip(map(seen, told["symbols"]), told["probabilities"], strict=True)))
    assert moment(page).logits == pytest.approx(told["logits"], abs=1e-3)


def press(page: Page, key: str) -> None:
    """Press one of the player's buttons, by its name."""
    page.get_by_role("button", name=WORDS[key], exact=True).click()


def place(page: Page) -> int:
    """How many characters stand after the prompt, before the place in the text."""
    return int(page.evaluate(f"{STATE}.cursor - {STATE}.run.prompted"))
