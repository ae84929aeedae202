"""The table of settings: what comes in from a link, a control or a program, and what goes out."""

from dataclasses import asdict, fields
from math import inf
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import library
from playground.errors import BadInput
from playground.sampling import Sampling
from playground.server import bias, picks, wire
from playground.server.settings import (
    CHOICES,
    DEFAULTS,
    NAMED,
    RANGES,
    SEED_LIMIT,
    TEXT_LIMIT,
    Settings,
    link_name,
    parse,
    require,
    seeds_from,
)

some_settings = st.builds(
    Settings,
    model=st.sampled_from(library.available()),
    prompt=st.text(max_size=40),
    temperature=st.floats(0, inf),
    top_k=st.integers(0, 1_000_000),
    top_p=st.floats(0, 1),
    min_p=st.floats(0, 1),
    seed=st.integers(0, SEED_LIMIT),
    length=st.integers(1, 2_000),
    stop=st.sampled_from(["none", "line", "end"]),
    picks=st.dictionaries(st.integers(0, 9_999).map(str), st.text(min_size=1, max_size=5), max_size=5).map(picks.read),
    bias=st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-1_000, 1_000) | st.just(-inf), max_size=5).map(
        bias.read
    ),
)


def through_a_link(settings: Settings) -> tuple[Settings, list[BadInput]]:
    """The settings written into an address and read from it again."""
    link = urlencode({link_name(name): value for name, value in wire.plain(settings).items()})
    query = parse_qs(link, keep_blank_values=True, strict_parsing=True)
    return parse({name: values[-1] for name, values in query.items()})


@given(some_settings)
def test_settings_round_trip_through_a_link(settings: Settings) -> None:
    assert through_a_link(settings) == (settings, [])


def test_an_empty_link_gives_the_defaults() -> None:
    settings, problems = parse({})
    assert problems == []
    assert asdict(settings) | {"prompt": ""} == DEFAULTS | {"prompt": ""}
    assert settings.prompt == library.card(settings.model).prompts[0]


def test_the_defaults_do_not_change_the_models_distribution() -> None:
    assert Settings().sampling(library.load(Settings().model).vocabulary) == Sampling()


def test_an_empty_prompt_is_kept() -> None:
    assert parse({"prompt": ""})[0].prompt == ""


def test_without_a_prompt_the_models_own_is_used() -> None:
    for name in library.available():
        assert parse({"model": name})[0].prompt == library.card(name).prompts[0]


def test_names_may_have_hyphens_or_underscores() -> None:
    hyphens = {"top-k": "5", "top-p": "0.5", "min-p": "0.1"}
    underscores = {name.replace("-", "_"): value for name, value in hyphens.items()}
    assert parse(hyphens) == parse(underscores)
    settings, _ = parse(hyphens)
    assert (settings.top_k, settings.top_p, settings.min_p) == (5, 0.5, 0.1)


def test_unknown_names_are_ignored() -> None:
    assert parse({"__theme": "dark", "utm_source": "x"}) == parse({})


@pytest.mark.parametrize("word", ["inf", "Infinity", "∞", " inf ", inf])
def test_an_infinite_temperature_is_written_as_a_word(word: object) -> None:
    assert require({"temperature": word}).temperature == inf


BAD: dict[str, list[object]] = {
    "temperature": ["nan", "-1", "-inf", "hot", "", None, True, [1], float("nan")],
    "top_k": ["-1", "2.5", "many", "inf", "1e300", None],
    "top_p": ["-0.1", "1.1", "nan", "half"],
    "min_p": ["-0.1", "1.1", "nan", {}],
    "seed": ["-1", "0.5", str(2**53), "1e400", "dice"],
    "length": ["0", "2001", "-5", "1.5", "long", None],
    "prompt": ["x" * (TEXT_LIMIT + 1), 7, None, ["a"]],
    "stop": ["never", "", "None", None, True, 0, ["line"]],
    "bias": ["e", "e:", ":1", "e:much", "e:inf", "e:nan", "e:1001", "e:1,", ",", 3, True, ["e:1"], {"e": "x"}, {"": 1}],
    "picks": ["e", "0", "0:", ":e", "-1:e", "1.5:e", "10000:e", "0:e,", 3, {"x": "e"}, {"0": ""}, {"0": 5}],
    "model": ["gpt-9", "", "../checkpoints/shakespeare-gru", "<b>", 3, None],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_falls_back_with_one_sentence(name: str, value: object) -> None:
    settings, problems = parse({name: value})
    assert settings == parse({})[0]
    assert len(problems) == 1
    said = str(problems[0])
    assert name in said
    assert said.endswith((".", "?"))
    assert len(said) < 300
    with pytest.raises(BadInput) as raised:
        require({name: value})
    assert str(raised.value) == said


def test_the_sentence_has_the_range_and_the_value() -> None:
    def said(name: str, value: object) -> list[str]:
        return [str(problem) for problem in parse({name: value})[1]]

    assert said("length", 2_001) == ["length must be a whole number from 1 to 2,000, but was '2001'."]
    assert said("stop", "dot") == ["stop must be one of none, line, end, but was 'dot'."]
    assert said("temperature", -1) == ["temperature must be a number from 0 to ∞, but was '-1'."]


def test_a_long_bad_value_is_shortened() -> None:
    problem = str(parse({"seed": "9" * 10_000})[1][0])
    assert len(problem) < 200


def test_all_problems_are_reported_at_once_and_valid_values_stay() -> None:
    raw = {"temperature": "hot", "top_k": "-3", "seed": "7", "length": "0"}
    settings, problems = parse(raw)
    assert [str(problem).split()[0] for problem in problems] == ["temperature", "top_k", "length"]
    assert settings.seed == 7
    with pytest.raises(BadInput) as raised:
        require(raw)
    assert str(raised.value) == " ".join(map(str, problems))


def test_the_longest_allowed_prompt_is_accepted() -> None:
    assert len(require({"prompt": "x" * TEXT_LIMIT}).prompt) == TEXT_LIMIT


@pytest.mark.parametrize("times", [2, 900])
def test_a_model_is_written_by_characters_once(times: int) -> None:
    with pytest.raises(BadInput, match="no model named"):
        require({"model": "shakespeare-lstm" + ":characters" * times})


def test_seeds_that_follow_the_last_one_stay_exact_in_a_browser() -> None:
    assert list(seeds_from(7, 3)) == [7, 8, 9]
    assert list(seeds_from(SEED_LIMIT, 3)) == [SEED_LIMIT - 2, SEED_LIMIT - 1, SEED_LIMIT]


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert require({"prompt": "a\ud83db"}).prompt == "a\ufffdb"


def test_every_setting_but_a_text_has_a_range_that_holds_its_default() -> None:
    for name, allowed in RANGES.items():
        assert allowed.low <= DEFAULTS[name] <= allowed.high
    assert {f.name for f in fields(Settings)} - set(RANGES) - set(CHOICES) == {"model", "prompt", *NAMED}
    assert all(DEFAULTS[name] in allowed.words for name, allowed in CHOICES.items())
