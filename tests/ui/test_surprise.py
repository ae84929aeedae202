"""The figures are ones that Plotly accepts, and its script is where the page looks for it."""

from __future__ import annotations

import plotly.graph_objects as go

from playground.ui import surprise


def test_the_figure_of_surprise_is_valid_and_holds_no_numbers_of_its_own() -> None:
    figure = go.Figure(surprise.surprise())
    assert [trace.type for trace in figure.data] == ["bar", "scatter"]
    assert all(trace.y is None for trace in figure.data)
    assert figure.layout.yaxis.title.text == "bits"


def test_plotlys_script_is_found() -> None:
    script = surprise.script()
    assert script.is_file()
    assert b"plotly.js v" in script.read_bytes()[:2000]
