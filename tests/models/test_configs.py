"""Configurations: what is recorded of one, and what is refused before it takes memory."""

from typing import Any

import pytest

from playground.errors import BadInput
from playground.models import build, outline, values_of
from playground.models.transformer import TransformerConfig
from tests.models.hands import SMALL


def test_default_values_are_not_recorded() -> None:
    usual = {**SMALL["transformer"], "dropout": 0.0}
    assert values_of(TransformerConfig(**usual)) == usual
    told = {**SMALL["transformer/learned"], "dropout": 0.0}
    assert values_of(TransformerConfig(**told)) == told


def test_every_problem_of_a_configuration_is_named_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        build("lstm", {"hidden": 10**9, "layers": "two", "dropout": float("nan"), "colour": 1})
    said = str(caught.value)
    assert "'colour' is not a field" in said
    assert "vocabulary is missing" in said
    assert "hidden must be a whole number from 1 to 4,096, not 1000000000" in said
    assert "layers must be a whole number from 1 to 48, not 'two'" in said
    assert "dropout must be a number from 0 to 0.9, not nan" in said


def test_string_and_boolean_fields_are_checked() -> None:
    with pytest.raises(BadInput) as caught:
        build("transformer", {"vocabulary": 9, "positions": "sine", "activation": ["gelu"], "tied": 1, "biases": "no"})
    said = str(caught.value)
    assert "positions must be one of rotary, learned, not 'sine'" in said
    assert "activation must be one of relu2, relu, gelu, gelu_tanh, not ['gelu']" in said
    assert "tied must be true or false, not 1" in said
    assert "biases must be true or false, not 'no'" in said


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("perceptron", {}, "kind must be one of bigram"),
        ("gru", {"vocabulary": True}, "vocabulary"),
        ("gru", {"vocabulary": 65.0}, "vocabulary"),
        ("transformer", {"vocabulary": 65, "width": 30, "heads": 4}, "multiple of twice heads"),
        ("transformer", {"vocabulary": 65, "width": 30, "heads": 4, "positions": "learned"}, "multiple of heads"),
        ("lstm", {"vocabulary": 65, "hidden": 4096, "layers": 48}, "too many"),
        ("lstm", {"vocabulary": 200_000, "embedding": 4096}, "too many"),
        ("lstm", {"vocabulary": 2_000, "embedding": 0}, "embedding must be at least 1 where the vocabulary is over"),
    ],
)
def test_absurd_models_are_refused_before_they_take_memory(kind: str, config: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        outline(kind, config)


def test_an_outline_takes_no_memory() -> None:
    assert all(t.is_meta for t in outline("lstm", {"vocabulary": 65}).state_dict().values())
