"""Our own elements: gr.HTML with a script and a style of their own, read from `assets/` as text.

A component's script is `assets/NAME.js`, run once in the browser with gradio's `element`, `props`, `trigger` and
`watch`. Its template is empty: scripts build the page with `textContent`, so that text from a model or a
person is never read as markup.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from playground import library
from playground.server import sanitize
from playground.server.settings import CHOICES, DEFAULTS, RANGES, TEXT_LIMIT, jsonable, link_name
from playground.ui import surprise as views

ASSETS = Path(__file__).parent / "assets"
WORDS = Path(__file__).parent / "i18n"

# In the order in which they build on each other.
SHARED_SCRIPTS = (
    *("sampling", "characters", "bytes", "run", "cells", "writing", "format", "groups", "sum", "dom", "cumulative"),
    *("frame", "store", "figures", "server", "opening", "playback", "branches", "stops", "typing", "player", "presses"),
)
STYLES = ("page", "about", "hub", "temperature", "distribution", "knobs", "text", "chart")


def words(language: str = "en") -> dict[str, str]:
    """What the page says, by key."""
    said: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    return said


def _script(name: str) -> str:
    return (ASSETS / f"{name}.js").read_text("utf-8")


def _element(name: str, **props: Any) -> gr.HTML:
    # A function, not a subclass: for every subclass gradio writes a stub file beside the source.
    script = _script(name)
    return gr.HTML(html_template="<div></div>", js_on_load=script, apply_default_css=False, elem_id=name, **props)


def header() -> gr.HTML:
    """The title, and the page's own buttons: keys, theme, share."""
    return _element("header")


def about() -> gr.HTML:
    """What the model is, prompts to try, and notices."""
    return _element("about")


def hub_panel() -> gr.HTML:
    """What the Hub has of a name that was typed. Its value is the newest message of `ui/hub.py`.

    Triggers `ask` with a name, `fetch` with what was offered, and `stop`.
    """
    return _element("hub")


def temperature_slider() -> gr.HTML:
    """T = p ÷ (1 − p): the slider, its marks and the typed value."""
    return _element("temperature")


def distribution() -> gr.HTML:
    """The bars, the cumulative line with the dart, and the figures, of the moment that the store points at."""
    return _element("distribution")


def knobs() -> gr.HTML:
    """Truncation, length and seed: a box each that takes whatever a link may say, some with a slider beside it."""
    return _element("knobs")


def run_text() -> gr.HTML:
    """The text and its player. Its value is the newest message of `wire.py`.

    Triggers `look` and `write` with a request, `stop` to end them, `open` to open the page again where that failed, and
    `show` where the controls are to follow the store.
    """
    return _element("text")


def surprise_chart() -> gr.HTML:
    """The chart of the whole run. The browser fetches Plotly when somebody opens it."""
    gr.set_static_paths([views.script()])
    return _element("chart", figure=views.surprise(), plotly=views.script().as_posix())


def head() -> str:
    """The scripts that the components share, for the page's head."""
    table = {name: {"link": link_name(name), "default": jsonable(value)} for name, value in DEFAULTS.items()}
    table["prompt"]["most"] = TEXT_LIMIT
    for name, allowed in RANGES.items():
        limits = {"low": allowed.low, "high": jsonable(allowed.high), "whole": allowed.whole}
        table[name] |= {**limits, "range": str(allowed)}
    for name, words_of in CHOICES.items():
        table[name] |= {"words": words_of.words, "range": str(words_of)}
    cards = library.all_cards()
    prompts = {name: sanitize.of_card(card).get("prompts", []) for name, card in cards.items()}
    given = json.dumps({"words": words(), "settings": table, "models": sanitize.labels(cards), "prompts": prompts})
    given = given.replace("<", "\\u003c")
    scripts = [f"window.playground = {given};", *map(_script, SHARED_SCRIPTS)]
    return "".join(f"<script>{script}</script>" for script in scripts)


def styles() -> list[Path]:
    """The style sheets, the page's own first."""
    return [ASSETS / f"{name}.css" for name in STYLES]
