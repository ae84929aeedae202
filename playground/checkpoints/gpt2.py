"""GPT-2's model format (Radford et al., 2019; `transformers`' GPT2LMHeadModel), and this project's.

    recognises(parsed)     whether a parsed `config.json` is of this family
    translate(parsed)      it as a configuration of the Transformer, and the ids that may begin a text
    ids_named(parsed, …)   the ids that a configuration has under some names
    query_scales(parsed)   the factor for each layer's queries
    describe(name, readme) a card for a model without one

Knows neither torch nor files; the weights are read in gpt2_weights.py. Features that our Transformer lacks are rejected
here; sizes are checked where it is built.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint
from playground.words import Message, message

FAMILY = "gpt2"
KIND = "transformer"

ACTIVATIONS = {"gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu": "gelu", "relu": "relu"}
ARCHITECTURES = ("GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel")
# Options that change the arithmetic, each with the value at which it does not.
PLAIN = {
    "add_cross_attention": False,
    "is_encoder_decoder": False,
    "quantization_config": None,
    "auto_map": None,  # names the file with a custom model class
}
# Options that change the arithmetic and are supported, each with its default.
FLAGS = {"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "tie_word_embeddings": True}
# Defaults of a configuration's fields (transformers' GPT2Config).
USUAL = {"vocab_size": 50_257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12, "n_inner": None}
END_OF_TEXT = 50_256
ENDS = {"bos_token_id": END_OF_TEXT, "eos_token_id": END_OF_TEXT}

PROMPTS = (
    "The meaning of life is",
    "Once upon a time,",
    "Scientists have discovered that",
    "To make a good cup of tea,",
)


def recognises(parsed: Any) -> bool:
    """Whether a parsed `config.json` belongs to GPT-2's family."""
    return isinstance(parsed, dict) and parsed.get("model_type") == FAMILY and "format" not in parsed


def translate(parsed: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The values of a TransformerConfig, not yet checked against its bounds, and the ids that may begin a text, best
    first; only the tokenizer knows which of them are special tokens.

    BadCheckpoint when the model computes something that the Transformer does not.
    """
    get = {**USUAL, "n_positions": parsed.get("n_ctx", USUAL["n_positions"]), **parsed}.get
    problems = [
        _bad(name, message("allowed.left_out") if plain is None else str(plain).lower(), parsed[name])
        for name, plain in PLAIN.items()
        if name in parsed and parsed[name] is not plain and parsed[name] is not None
    ]
    architectures = get("architectures") or [ARCHITECTURES[0]]
    if not isinstance(architectures, list) or any(a not in ARCHITECTURES for a in architectures):
        problems.append(_bad("architectures", ARCHITECTURES[0], architectures))
    activation = get("activation_function", "gelu_new")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        problems.append(_bad("activation_function", message("allowed.words", words=list(ACTIVATIONS)), activation))
    problems += [
        _bad(name, message("allowed.switch"), parsed[name])
        for name in FLAGS
        if not isinstance(_flag(parsed, name), bool)
    ]
    if problems:
        raise BadCheckpoint("config.gpt2", problems=problems[:20])
    config = {
        "vocabulary": get("vocab_size"),
        "width": get("n_embd"),
        "layers": get("n_layer"),
        "heads": get("n_head"),
        "window": get("n_positions"),
        "positions": "learned",
        "activation": ACTIVATIONS[activation],
        "biases": True,
        "tied": _flag(parsed, "tie_word_embeddings"),
        "d_ff": 0 if get("n_inner") is None else get("n_inner"),
        "epsilon": get("layer_norm_epsilon", 1e-5),
    }
    return config, ids_named({**ENDS, **parsed}, "bos_token_id", "eos_token_id")


def ids_named(parsed: Mapping[str, Any], *names: str) -> tuple[int, ...]:
    """The ids that a configuration has under these names, one or a list under each; invalid ids are skipped."""
    given = [parsed.get(name) for name in names]
    listed = [id for value in given for id in (value if isinstance(value, list) else [value])]
    return tuple(id for id in listed if type(id) is int and id >= 0)


def query_scales(parsed: Mapping[str, Any]) -> tuple[float, ...]:
    """The factor for each layer's queries that makes q k' / √D, with D features per head, match the model (`scaling` in
    transformers' GPT2Attention). For a configuration that `translate` accepts."""
    get: Callable[[str], Any] = {**USUAL, **parsed}.get
    head = 1.0 if _flag(parsed, "scale_attn_weights") else math.sqrt(get("n_embd") // get("n_head"))
    by_layer = _flag(parsed, "scale_attn_by_inverse_layer_idx")
    return tuple(head / (layer + 1) if by_layer else head for layer in range(get("n_layer")))


def _flag(parsed: Mapping[str, Any], name: str) -> Any:
    return FLAGS[name] if parsed.get(name) is None else parsed[name]


def describe(name: str, readme: str) -> Card:
    """A card without its number of parameters. name: of the folder, or owner/name. readme: the text of its README."""
    title = name.rsplit("/", maxsplit=1)[-1] or FAMILY
    return Card(kind=KIND, title=title, licence=licence_of(readme), prompts=PROMPTS, family=FAMILY)


def licence_of(readme: str) -> str:
    """The licence named in a README's front matter; "" if there is none.

    `huggingface_hub.metadata_load` would parse all of it as YAML, which takes seconds for an untrusted megabyte.
    """
    lines = [line.rstrip() for line in readme.lstrip()[:20_000].splitlines()]
    front = lines[1 : lines.index("---", 1)] if lines[:1] == ["---"] and "---" in lines[1:] else []
    found = (re.fullmatch(r"license:\s*([\"']?)([\w.+-]{1,60})\1", line) for line in front)
    return next((match[2] for match in found if match), "")


def _bad(name: str, wanted: object, value: Any) -> Message:
    text = repr(value)
    return message("config.field", field=name, wanted=wanted, value=text if len(text) <= 60 else text[:60] + "…")
