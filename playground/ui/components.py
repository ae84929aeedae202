"""Our own elements: gr.HTML, each built by a module of `web/`.

A component's script imports `web/page.js`, which mounts the part of that name with gradio's `element`, `props`,
`trigger` and `watch`. Its template is empty: modules build the page with `textContent`, so that text from a model or a
user is never parsed as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from string import Template
from typing import Any

import gradio as gr

from playground import library
from playground.server import sanitize, static
from playground.server.settings import CHOICES, DEFAULTS, RANGES, TEXT_LIMIT, jsonable, link_name
from playground.words import LANGUAGES, catalogue, everywhere

STYLES = (
    *("page", "controls", "about", "hub", "temperature", "strip", "distribution", "figures"),
    *("charts", "bars", "cumulative", "knobs", "text", "layout", "loading", "forced", "hide"),
)

# JavaScript for the promise of web/page.js. Code that may run before the modules are loaded waits for it.
PAGE = f'import(new URL("{static.folder()}/pack/page.js", document.baseURI))'


def words(language: str = "en") -> dict[str, str]:
    """The page's texts, by key; the keys of errors, which the server writes, contain a dot."""
    return {key: said for key, said in catalogue(language).items() if "." not in key}


def _element(name: str, *events: str, **props: Any) -> gr.HTML:
    # A function, not a subclass: for every subclass gradio writes a stub file beside the source. Gradio recognises an
    # event only if its name is in quotes in the script.
    script = (
        f"// Triggers {json.dumps(events)}\n"
        f"{PAGE}.then((page) => page.mount({json.dumps(name)}, {{ element, trigger, props, watch }}));"
    )
    return gr.HTML(html_template="<div></div>", js_on_load=script, apply_default_css=False, elem_id=name, **props)


def tab(name: str, *events: str, **props: Any) -> gr.HTML:
    """The content of a tab built by `web/tabs/NAME.js`. That module is loaded when the tab is first opened."""
    script = (
        f"// Triggers {json.dumps(events)}\n"
        f"{PAGE}.then((page) => page.open({json.dumps(name)}, {{ element, trigger, props, watch }}));"
    )
    return gr.HTML(html_template="<div></div>", js_on_load=script, apply_default_css=False, elem_id=name, **props)


def script_for_tab(name: str) -> str:
    """JavaScript for when the tab of this name is selected."""
    return f"() => {{ {PAGE}.then((page) => page.playground.tabs.selected({json.dumps(name)})); return []; }}"


def header() -> gr.HTML:
    """The title, and the page's own buttons: language, keys, theme, share. Triggers `language` when it changes."""
    return _element("header", "language")


def about() -> gr.HTML:
    """What the model is, and prompts to try."""
    return _element("about")


def notices() -> gr.HTML:
    """The page's messages about the prompt or a request. Each can be closed."""
    return _element("notices")


def hub_panel() -> gr.HTML:
    """What the Hub has for a typed name."""
    return _element("hub")


def temperature_slider() -> gr.HTML:
    """T = p ÷ (1 − p): the slider, its marks and the typed value."""
    return _element("temperature")


def distribution() -> gr.HTML:
    """The bars, and the cumulative line with the dart, at the store's current position."""
    return _element("distribution")


def figures() -> gr.HTML:
    """The figures of the same position, what the draw would give, and how the bars are drawn."""
    return _element("figures")


def knobs() -> gr.HTML:
    """Truncation, length and seed: a box each that accepts any value of a link, some with a slider."""
    return _element("knobs")


def run_text() -> gr.HTML:
    """The text and its player. Triggers `show` when the controls must follow the store."""
    return _element("text", "show")


def surprise_chart() -> gr.HTML:
    """The chart of the whole run: surprise and entropy, step by step."""
    return _element("chart")


def head() -> str:
    """The content of the page's head: its styles, the data for the modules, and the script that works before they are
    loaded. It waits for none of gradio's files."""
    table = {name: {"link": link_name(name), "default": jsonable(value)} for name, value in DEFAULTS.items()}
    table["prompt"]["most"] = TEXT_LIMIT
    for name, allowed in RANGES.items():
        limits = {"low": allowed.low, "high": jsonable(allowed.high), "whole": allowed.whole}
        table[name] |= {**limits, "range": everywhere(allowed.requirement)}
    for name, words_of in CHOICES.items():
        table[name] |= {"words": words_of.words, "range": everywhere(words_of.requirement)}
    cards = library.all_cards()
    prompts = {name: sanitize.of_card(card).get("prompts", []) for name, card in cards.items()}
    spoken = {language: words(language) for language in LANGUAGES}
    given = {"words": spoken, "settings": table, "models": sanitize.labels(cards), "prompts": prompts}
    text = json.dumps({**given, "web": static.folder()}).replace("<", "\\u003c")
    return (
        f'<style id="styles">{styles()}</style>'
        f'<script type="application/json" id="given">{text}</script><script>{_web("early.js")}</script>'
    )


def front(tabs: Iterable[str], font: str) -> str:
    """The page's content until gradio has built it.

    tabs: the keys of their titles, in order. font: CSS for the font of the page.
    """
    inside = Template(_web("front.html")).substitute(
        tabs="".join(f'<button data-word="{title}"></button>' for title in tabs).replace(" ", ' class="selected" ', 1),
        languages="".join(f'<button data-language="{language}"></button>' for language in LANGUAGES),
    )
    shadow = f'<template shadowrootmode="open"><style>{_web("css/front.css")}</style>{inside}</template>'
    return (
        f'<div id="front" inert aria-hidden="true" style="display: none; font-family: {font}">{shadow}</div>'
        f"<script>{_web('front.js')}</script>"
    )


def _web(name: str) -> str:
    return (static.WEB / name).read_text("utf-8")


def styles() -> str:
    """The style sheets in their order.

    They are put into the head unchanged. Gradio's own way, `css_paths`, repeats each rule with higher specificity, so
    every rule is matched twice. And it loses some: @supports, and media queries about the page's frame.
    """
    return "\n".join(_web(f"css/{name}.css") for name in STYLES)
