"""How hard a run was to foretell, step by step: a Plotly figure without its numbers.

The numbers are in the browser already, as raw logits, so the figure is sent once and filled there. It is plain data;
`plotly.graph_objects` would cost every start of the app its import, so a test validates it instead.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any


def surprise() -> dict[str, Any]:
    """The figure: bars for the surprise of what came, a line for the entropy before it came, both in bits.

    Who draws from a distribution is surprised by its entropy on average (Shannon 1948). Both are taken after
    temperature and truncation, so the bars' mean goes to the line's.
    """
    return {
        "data": [
            {
                "type": "bar",
                "name": "surprise of what came",
                "hovertemplate": "%{customdata}: %{y:.2f} bits<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "entropy before it came",
                "line": {"width": 1.5, "shape": "hvh"},
                "hovertemplate": "entropy %{y:.2f} bits<extra></extra>",
            },
        ],
        "layout": {
            "height": 220,
            "margin": {"l": 42, "r": 6, "t": 28, "b": 34},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "bargap": 0.15,
            "hovermode": "x unified",
            "legend": {"orientation": "h", "x": 0, "y": 1.16},
            "xaxis": {"title": {"text": "step"}, "showgrid": False, "zeroline": False},
            "yaxis": {"title": {"text": "bits"}, "rangemode": "tozero", "zeroline": False},
        },
    }


def script() -> Path:
    """Plotly's own script, as the Python package brings it: the page's charts share this one copy."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("plotly is not installed: install requirements.txt.")
    return Path(spec.submodule_search_locations[0], "package_data", "plotly.min.js")
