"""The positions of the endpoints' arguments, on which programs with lists rely; new ones may only follow them."""

import inspect

import pytest

from playground.server import api

PLACES = {
    "temperatures": ("model", "prompt", "temperatures", "seed", "length"),
    "compare": ("models", "prompt"),
    "beam": ("model", "prompt", "width", "length", "length_penalty"),
    "next_character": ("model", "prompt", "temperature"),
    "generate": ("model", "prompt", "temperature", "top_k", "top_p", "min_p", "seed", "length", "stop", "start"),
}


@pytest.mark.parametrize("endpoint", PLACES)
def test_arguments_keep_their_positions(endpoint: str) -> None:
    own = tuple(inspect.signature(getattr(api, endpoint)).parameters)
    assert own[: len(PLACES[endpoint])] == PLACES[endpoint]
