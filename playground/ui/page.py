"""The one page: header, tabs, and how it is served."""

from __future__ import annotations

import gc
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from playground import logs, threads
from playground.errors import BadInput
from playground.server import (
    api,
    closed,
    headers,
    insertion,
    jobs,
    limits,
    messages,
    packs,
    page_cache,
    program_queue,
    programs,
    refusals,
    routes,
    shares,
    startup,
    static,
    throttle,
    unreadable,
    visitors,
)
from playground.ui import components, language
from playground.ui.tabs import models, play, score, search, shapes, temperatures

TITLE = "Next-Character Playground"

# Each is a module with TITLE, a key of the texts, and `build`. The names are those in the address: ?tab=score
TABS = {
    "play": play, "temperatures": temperatures, "models": models, "search": search, "score": score, "shapes": shapes,
}  # fmt: skip

QUEUE = 200  # waiting requests of programs, at most; others are refused
STATUS_SECONDS = 5  # how often waiting programs are told their position in the queue

NOT_COMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, jobs.FRAMES)

# System fonts: the page must look the same in a room without internet.
FONTS = ["ui-sans-serif", "system-ui", "Noto Sans", "Noto Sans KR", "sans-serif"]
CSS_FONTS = ", ".join(f"'{name}'" if " " in name else name for name in FONTS)
MONO = ["ui-monospace", "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK KR", "monospace"]


def build() -> gr.Blocks:
    """Lay out the whole page; nothing is loaded until somebody opens it."""
    threads.limit_this_thread()
    programs.answer_mcp_clients_in_json()
    programs.print_no_values()
    programs.write_values_quickly()
    programs.skip_imports_of_matplotlib()
    page = programs.Page(title=TITLE, analytics_enabled=False, fill_width=True)  # page.css says how wide it is
    with page:
        with gr.Column(elem_classes="top"):
            header = components.header()
        tabs()
        language.follow(page, header, {f"tab-{name}": module.TITLE for name, module in TABS.items()})
        with gr.Column(visible=False):  # otherwise the browser builds a part of the page for each of their values
            api.build()
    # Nobody bypasses the queue. By default gradio notifies everybody who waits whenever somebody leaves it.
    page.queue(max_size=QUEUE, api_open=False, status_update_rate=STATUS_SECONDS)
    messages.install(page)
    program_queue.install(page, programs.ENDS)
    return page


def tabs() -> None:
    """The tabs. Gradio builds the content of one when it is first opened, and keeps it from then on."""
    words = components.words()
    with gr.Tabs(elem_id="tabs"):
        for name, module in TABS.items():
            # Play is built at once, whichever tab is shown: its parts are always needed.
            with gr.Tab(words[module.TITLE], id=name, elem_id=f"tab-{name}", render_children=module is play) as tab:
                module.build()
            tab.select(None, js=components.script_for_tab(name), api_visibility="private")


def launch_options() -> dict[str, Any]:
    """Options of `launch` for the page's look and behaviour."""
    front = components.front([module.TITLE for module in TABS.values()], CSS_FONTS)
    shares.SHARES.factor = shares.factor_from_environment()
    return {
        "theme": gr.themes.Base(font=FONTS, font_mono=MONO, primary_hue="violet", neutral_hue="zinc"),
        "footer_links": ["api"],
        "mcp_server": True,
        "max_threads": sum(api.ENDPOINTS.values()),  # the limit of gradio's concurrent answers
        "max_file_size": "1kb",  # the page takes no files, so nobody needs to upload any
        "ssr_mode": False,
        "run_history": False,  # a gradio feature that nothing here shows
        "enable_monitoring": False,
        # Gradio compresses its own files, but neither the page itself nor our modules.
        "app_kwargs": {
            "lifespan": startup.prepare,
            "routes": [packs.route(), static.route(), *routes.routes(), *closed.routes()],
            "middleware": [
                Middleware(throttle.Throttle),
                Middleware(limits.BodyLimit),
                Middleware(refusals.ProgramsShares, size=QUEUE, pace=programs.ENDS),
                Middleware(page_cache.PageCache),
                Middleware(GZipMiddleware, minimum_size=1_000, exclude_content_types=NOT_COMPRESSED),
                Middleware(headers.SecurityHeaders, frames=headers.frame_hosts()),
                Middleware(insertion.Insertion, head=components.head(), body=front),
                Middleware(unreadable.Unreadable),
            ],
        },
    }


def serve(page: gr.Blocks) -> None:
    """Launch the page; if its port is taken, say in one sentence what to do."""
    logs.keep_values_out()
    visitors.trust_the_proxies_of_a_space()
    try:
        options = launch_options()
    except BadInput as error:  # about an environment variable
        raise SystemExit(str(error)) from None
    # The page, gradio and torch are 350,000 permanent objects. A full garbage collection went through them all, and
    # everybody waited 0.2 to 0.4 s for it.
    gc.collect()
    gc.freeze()
    try:
        page.launch(**options)
    except OSError as error:
        if error.errno is not None:  # gradio's own error about ports has no number
            raise
        advice = "Close the program that uses the port, or set GRADIO_SERVER_PORT to another."
        raise SystemExit(f"{error}\n{advice}") from None
