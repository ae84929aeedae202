"""The textual form of a bias, by symbol, in a link and in JSON, and its effect on the endpoints."""

from math import inf
from typing import Any

import numpy as np
import pytest
from gradio_client import Client
from hypothesis import given
from hypothesis import strategies as st

from playground import library
from playground.errors import BadInput
from playground.sampling import Sampling, distribution, ranks
from playground.server import bias, wire
from playground.server.settings import Settings, check_names, require
from playground.text.characters import Vocabulary
from tests.programs import generated, sentence

MODEL = "shakespeare-ngram"
NUMBERS = st.floats(-1_000, 1_000).filter(bool) | st.just(-inf)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("", {}),
        ("e:-inf,t:2.5", {"e": -inf, "t": 2.5}),
        (r"\,:1,\::-1,\\:2", {",": 1, ":": -1, "\\": 2}),
        (" :1,\n:-2,\t:3", {" ": 1, "\n": -2, "\t": 3}),
        (r"\#5:1,#:2,# 5:3", {"#5": 1, "#": 2, "# 5": 3}),
        ("the:1e-05, the:0.1", {"the": 1e-5, " the": 0.1}),
        ("한:1,😀:2", {"한": 1, "😀": 2}),
    ],
)
def test_each_textual_form_has_its_meaning(written: str, numbers: dict[str, float]) -> None:
    symbols = ["x", *numbers]
    assert bias.read(written) == written
    assert bias.ids(written, symbols) == ({symbols.index(name): number for name, number in numbers.items()}, [])


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("e:0", ""),
        ("e:1,e:2", "e:2"),
        ("::1", r"\::1"),
        ("a:b:1", r"a\:b:1"),
        (r"\e:1", "e:1"),
        ("e: 2.50 ", "e:2.5"),
        ("e:−∞", "e:-inf"),
    ],
)
def test_equivalent_spellings_have_one_canonical_form(written: str, form: str) -> None:
    assert bias.read(written) == form


@pytest.mark.parametrize("written", ["\ud83d:-inf", {"\ud83d": "-inf"}])
def test_a_lone_surrogate_does_not_ban_the_question_mark(written: object) -> None:
    assert bias.ids(bias.read(written), ["?"]) == ({}, ["\ufffd"])


@given(st.dictionaries(st.text(min_size=1, max_size=8), NUMBERS, max_size=6))
def test_any_text_can_be_a_symbol_and_round_trips(numbers: dict[str, float]) -> None:
    numbers = {
        name.encode("utf-8", "replace").decode(): number for name, number in numbers.items() if not name.startswith("#")
    }
    written = bias.read(numbers)
    assert bias.read(written) == written
    found, unknown = bias.ids(written, list(numbers))
    assert (found, unknown) == (dict(enumerate(numbers.values())), [])


def test_ids_name_symbols_that_no_text_can() -> None:
    assert bias.ids(bias.read("#1:2,a:3"), ["a", "a", "b"]) == (
        {1: 2.0, 0: 3.0},
        [],
    )  # of two equal ones, the text names the first
    assert bias.ids(bias.read({"#2": "-inf"}), ["a", "a", "b"]) == ({2: -inf}, [])


def test_names_of_no_symbol_are_reported() -> None:
    assert bias.ids("é:1,#9:2,a:3", ["a"]) == ({0: 3.0}, ["é", "#9"])


def test_a_bias_is_limited_in_size_and_number() -> None:
    with pytest.raises(BadInput, match="at most 200"):
        bias.read(",".join(f"#{id}:1" for id in range(201)))
    with pytest.raises(BadInput, match="bias must be"):
        bias.read({"x" * 101: 1})
    with pytest.raises(BadInput, match="bias must be"):
        bias.read("x" * 101 + ":1")


def test_settings_turn_a_bias_into_a_sampling_stage() -> None:
    settings = require({"temperature": 0.5, "bias": {"b": "-inf", "c": 2, "é": 1}})
    assert settings.bias == "b:-inf,c:2,é:1"
    assert settings.sampling(Vocabulary.from_text("abc")) == Sampling(0.5, bias={1: -inf, 2: 2})
    assert wire.plain(settings)["bias"] == settings.bias


def test_symbols_that_a_model_lacks_are_reported_to_programs() -> None:
    checkpoint = library.load(MODEL)
    check_names(checkpoint, Settings(bias="e:1"))
    with pytest.raises(
        BadInput, match=r"bias must name symbols of shakespeare-ngram, which has none .* 'é', '日'\."
    ):
        check_names(checkpoint, Settings(bias="é:1,e:1,日:2"))


# ── The endpoints ────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.mark.parametrize("given_as", [{"e": "-inf", "a": 2.5}, "e:-inf,a:2.5"])
def test_a_bias_changes_the_distribution(client: Client, given_as: Any) -> None:
    told = client.predict(MODEL, "To be or not to b", bias=given_as, temperature=0.7, api_name="/distribution")
    symbols = told["symbols"]
    logits = [float(x) for x in told["logits"]]
    free = client.predict(MODEL, "To be or not to b", temperature=0.7, api_name="/distribution")
    assert told["logits"] == free["logits"]  # the model's own row
    expected = distribution(logits, Sampling(0.7, bias={symbols.index("e"): -inf, symbols.index("a"): 2.5}))
    np.testing.assert_allclose(told["probabilities"], expected, rtol=0, atol=1e-12)
    assert told["probabilities"][symbols.index("e")] == 0
    assert told["likeliest_id"] == int(ranks(expected)[0])


def test_a_banned_symbol_is_not_written(client: Client) -> None:
    settings = {"model": MODEL, "prompt": "To be", "length": 300, "seed": 3}
    free = generated(client, **settings)["written"]
    assert "e" in free
    assert " " in free
    bent = generated(client, bias={"e": "-inf", " ": "-inf"}, **settings)["written"]
    assert len(bent) == 300
    assert not {"e", " "} & set(bent)
    assert generated(client, bias=r"e:-inf, :-inf", **settings)["written"] == bent


def test_an_invalid_bias_is_refused_with_one_sentence(client: Client) -> None:
    assert sentence(client, "/distribution", model=MODEL, bias={"é": 1}).endswith("'é'.")
    assert "such as e:-inf,t:2.5" in sentence(client, "/distribution", model=MODEL, bias="e")
    checkpoint = library.load(MODEL)
    everything = {f"#{id}": "-inf" for id in range(len(checkpoint.vocabulary))}
    for endpoint in ("/distribution", "/generate"):
        said = sentence(client, endpoint, model=MODEL, bias=everything)
        assert said == "bias bans every symbol that is possible; at least one must be left."
