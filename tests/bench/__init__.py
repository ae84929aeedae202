"""How fast it is: `python -m tests.bench` prints every measurement as a Markdown table.

    drag    a move of the slider → the painted bars, beside slider → Python → gr.Plot
    speed   characters a second of each model, beside its floor and beside the textbook loop
    start   `python app.py` until its page answers, beside `import torch, gradio`
    page    bytes, requests and time of a first and a second visit, beside an empty gradio page

Two things that are compared are measured in turn, in one run, so that a busy machine slows both.
It is no test: `test_bench.py` only looks that it still runs.
"""
