"""Picks by hand: their textual form, and that the same settings reproduce the text with them."""

from typing import Any

import pytest
from gradio_client import Client

from playground import library
from playground.errors import BadInput
from playground.inference import generate, prefill
from playground.sampling import Sampling, dice
from playground.server import picks
from tests.programs import generated, sentence

MODEL = "shakespeare-ngram"


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("", ""),
        (None, ""),
        ("0:e,12:t", "0:e,12:t"),
        ("12:t, 3:e", "3:e,12:t"),
        (r"0:\,,1:\:,2:\\\\,3:\#5,4:#5", r"0:\,,1:\:,2:\\\\,3:\#5,4:#5"),
        ("7::", r"7:\:"),
        ({"5": ",", "0": "\n"}, "0:\n,5:\\,"),
        ("1:a,1:b", "1:b"),
    ],
)
def test_picks_have_one_canonical_form(raw: Any, written: str) -> None:
    assert picks.read(raw) == written
    assert picks.read(written) == written


def test_picks_are_parsed_and_unknown_ones_reported() -> None:
    assert picks.ids("0:b,3:#0,4:é,5:#9", ["a", "b"]) == ({0: 1, 3: 0}, ["é", "#9"])


def test_the_number_of_picks_is_limited() -> None:
    assert picks.read(",".join(f"{step}:e" for step in range(200)))
    with pytest.raises(BadInput, match="at most 200"):
        picks.read(",".join(f"{step}:e" for step in range(201)))


def test_a_pick_is_not_drawn_and_other_steps_keep_their_draws() -> None:
    checkpoint = library.load(MODEL)
    begin = prefill.prefill(checkpoint, checkpoint.vocabulary.encode("To be").ids, rows=1)
    steps = generate.generate(checkpoint, begin, Sampling(), seed=7, picks={1: 3, 4: 5})
    first = [next(steps) for _ in range(6)]
    assert [step.u for step in first] == [dice(7, 0), None, dice(7, 2), dice(7, 3), None, dice(7, 5)]
    assert (first[1].id, first[4].id) == (3, 5)
    again = generate.generate(checkpoint, begin, Sampling(), seed=7, first=0)
    assert next(again).id == first[0].id


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def test_generate_accepts_picks(client: Client) -> None:
    settings = {"model": MODEL, "prompt": "To be", "length": 60, "seed": 3}
    free = generated(client, **settings)
    given = generated(client, picks={"10": "Z", "20": ","}, **settings)
    assert given["written"][:10] == free["written"][:10]
    assert (given["written"][10], given["written"][20]) == ("Z", ",")
    assert given["u"][10] is None
    assert given["u"][11] == free["u"][11]
    assert generated(client, picks=r"10:Z,20:\,", **settings) == given
    assert "must name symbols" in sentence(client, "/generate", picks={"0": "é"}, **settings)
    assert "such as 0:e,12:t" in sentence(client, "/generate", picks="e", **settings)
