"""The named endpoints for programs: `gradio_client`, curl, and MCP clients.

Every endpoint takes and returns plain JSON; answers.py defines its form. An infinite temperature is the word "inf". A
bad parameter is answered with one sentence that names it, its range and the value.
"""

from gradio.events import api

from playground.server.endpoints.beam import beam
from playground.server.endpoints.classify import classify
from playground.server.endpoints.compare import compare
from playground.server.endpoints.distribution import distribution
from playground.server.endpoints.fill import fill
from playground.server.endpoints.generate import generate
from playground.server.endpoints.models import models
from playground.server.endpoints.next_character import next_character
from playground.server.endpoints.score import score
from playground.server.endpoints.temperatures import temperatures
from playground.server.endpoints.translate import translate

__all__ = [
    "ENDPOINTS", "beam", "build", "classify", "compare", "distribution", "fill", "generate", "models",
    "next_character", "score", "temperatures", "translate",
]  # fmt: skip

WRITERS = 1_000  # concurrent texts of programs, which share their steps

# Each with its number of concurrent calls.
ENDPOINTS = {
    distribution: 8, generate: WRITERS, score: 8, beam: 8, compare: 8, next_character: 8, models: 8, temperatures: 8,
    fill: 8, translate: 8, classify: 8,
}  # fmt: skip


def build() -> None:
    """Add the endpoints to the page being built."""
    for endpoint, limit in ENDPOINTS.items():
        # Gradio shows only the part of a docstring before the arguments.
        described = " ".join((endpoint.__doc__ or "").split())
        api(endpoint, api_name=endpoint.__name__, api_description=described, concurrency_limit=limit)
