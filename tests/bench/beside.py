"""The pages that ours is measured beside: `python -m tests.bench.beside plot`, or `empty`.

    plot    the usual way: gr.Slider → Python → gr.Plot, a bar figure of the same probabilities
    empty   gradio's own weight: a page with nothing on it
"""

import sys
from math import inf
from typing import Any

import gradio as gr

PROMPT = "To be or not to b"


def plot() -> gr.Blocks:
    """A slider from 0 to 1 that stands for T = p ÷ (1 − p), as ours does, and the bars of the default model."""
    import plotly.graph_objects as go

    from playground import threads
    from playground.inference.prefill import prefill
    from playground.library import available, load
    from playground.sampling import Sampling, distribution, ranks

    threads.limit_this_thread()
    checkpoint = load(available()[0])
    logits = prefill(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids).logits[-1]
    order = ranks(logits)
    names = [repr(checkpoint.vocabulary.symbols[id]) for id in order]

    def draw(position: float) -> Any:
        temperature = inf if position >= 1 else position / (1 - position)
        figure = go.Figure(go.Bar(x=names, y=distribution(logits, Sampling(temperature))[order]))
        return figure.update_yaxes(range=[0, 1])

    with gr.Blocks(analytics_enabled=False) as page:
        slider = gr.Slider(0, 1, value=0.5, step=0.001, elem_id="slider")
        chart = gr.Plot(draw(0.5), elem_id="chart")
        slider.input(draw, slider, chart, show_progress="hidden", trigger_mode="always_last")
    return page


def empty() -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as page:
        pass
    return page


if __name__ == "__main__":
    {"plot": plot, "empty": empty}[sys.argv[1]]().launch(ssr_mode=False)
