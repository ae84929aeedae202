"""Reads GPT-2 weights in the forms found in files as those of this project's Transformer.

Files of the same model differ. Training scripts leave prefixes before the names (`_orig_mod.`, `module.`, …). The
embedding and the output are one tensor under either name, one tensor under both, or two. A matrix is stored as in
GPT-2's Conv1D, (in, out), or as in nn.Linear, (out, in), which minGPT and nanoGPT write. nanoGPT can also omit biases.
Where a configuration scales attention scores differently, the weights of the queries are scaled.

`transformers`' GPT2LMHeadModel gives the same logits on the same files. Where it would leave tensors random because it
does not know a prefix, the logits here are still those of the saved model.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from playground.checkpoints import configs, weights
from playground.checkpoints.configs import ParsedConfig
from playground.checkpoints.weights import TensorSource
from playground.errors import BadCheckpoint

EMBEDDING, HEAD = "wte.weight", "lm_head.weight"

_TOPS = {"embedding": "wte", "position_embedding": "wpe", "norm": "ln_f", "output": "lm_head"}
_PARTS = {
    "norm_1": "ln_1",
    "attention.qkv": "attn.c_attn",
    "attention.out": "attn.c_proj",
    "norm_2": "ln_2",
    "up": "mlp.c_fc",
    "down": "mlp.c_proj",
}
# Wrappers of a module, anywhere in a name: torch.compile, DataParallel, FSDP, activation checkpointing, Lightning.
_WRAPPERS = ("_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module")
_OF_GPT2 = re.compile(r"(?:^|\.)((?:wte|wpe|ln_f|lm_head|h\.\d{1,3})\..*)")
# Masks, which older files contain, and heads of other tasks; neither changes the logits.
_LEFT_OUT = re.compile(r"h\.\d{1,3}\.attn\.(bias|masked_bias)|(.*\.)?(v_head|multiple_choice_head)\..*")
_BIASES = (re.compile(r"(.*\.)?ln_\w\.bias"), re.compile(r".*\.c_\w+\.bias"))  # of norms and matrix products


def read(folder: Path, parsed: ParsedConfig, tokens: int) -> tuple[ParsedConfig, dict[str, Tensor]]:
    """The configuration of a GPT-2 folder, adjusted to its files, and the tensors by the Transformer's names.

    tokens: the size of the vocabulary; extra rows of the embedding are dropped. The returned configuration has this
    vocabulary, and is tied if the output is the embedding; `parsed.config` may differ. The card counts the parameters
    of all rows. BadCheckpoint names what does not fit, before any tensor is read.
    """
    with weights.open_weights(folder) as stored:
        names = _by_their_name(stored.shapes)
        expected: dict[str, Tensor] = configs.outline_model(_tie(parsed, True)).state_dict()
        tied = _tied_by_name(names, parsed, stored.metadata)
        if not tied:
            expected["output.weight"] = expected["embedding.weight"]
        places = _places(expected, names, stored.shapes)
        stored.check(expected, places, {name for their, name in names.items() if _LEFT_OUT.fullmatch(their)})
        if not tied and stored.same(names[EMBEDDING], names[HEAD]):
            tied = True
            del places["output.weight"], expected["output.weight"]
        parsed = _tie(parsed, tied)
        configs.outline_model(parsed)  # a separate output head may make it too large
        numbers = sum(t.numel() for t in expected.values())
        for name in {"embedding.weight", "output.weight"} & expected.keys():
            expected[name] = expected[name][:tokens]
        tensors = stored.read(expected, places)
    tensors |= {name: torch.zeros(t.shape) for name, t in expected.items() if name not in places}
    _scale_queries(tensors, parsed.query_scales)
    card = parsed.card.model_copy(update={"parameters": numbers})
    return replace(parsed, config={**parsed.config, "vocabulary": tokens}, card=card), tensors


def head_size(folder: Path) -> int:
    """Bytes that a separate output matrix may take as float32; none if the files have only one of the two."""
    with weights.open_weights(folder) as stored:
        names = _by_their_name(stored.shapes)
        if EMBEDDING not in names or HEAD not in names:
            return 0
        return 4 * torch.Size(stored.shapes[names[HEAD]]).numel()


def their_name(name: str) -> str:
    """GPT-2's name for a tensor of the Transformer."""
    part, _, end = name.rpartition(".")  # the weight or bias of a part
    if part in _TOPS:
        return f"{_TOPS[part]}.{end}"
    _, layer, part = part.split(".", maxsplit=2)
    return f"h.{layer}.{_PARTS[part]}.{end}"


def is_matrix(their: str) -> bool:
    """Whether GPT-2 stores this tensor as (in, out): the weights of attention and mlp, which use Conv1D."""
    return their.startswith("h.") and their.endswith(".weight") and ".ln_" not in their


def bare(name: str) -> str:
    """A tensor's name without prefixes: from where GPT-2's own names begin, without names of wrappers."""
    parts = ".".join(part for part in name.split(".") if part not in _WRAPPERS)
    found = _OF_GPT2.search(parts)
    return found[1] if found else name


def _by_their_name(found: Iterable[str]) -> dict[str, str]:
    """The names in files by GPT-2's own names; BadCheckpoint if one tensor has two names."""
    names: dict[str, str] = {}
    for name in sorted(found):
        their = bare(name)
        if their in names:
            raise BadCheckpoint("weights.twice", name=their[:80], one=names[their][:80], other=name[:80])
        names[their] = name
    return names


def _tied_by_name(names: Mapping[str, str], parsed: ParsedConfig, metadata: Mapping[str, str]) -> bool:
    """Whether the output is the embedding, judging by the tensors' names.

    If the files have both, their values decide later. If they have one, it serves as both: safetensors' `save_model`
    keeps one of two names for a shared tensor, and its metadata records the dropped name.
    """
    if EMBEDDING in names and HEAD in names:
        return False
    kept = names.get(EMBEDDING) or names.get(HEAD)
    if parsed.config["tied"] or kept is None:
        return bool(parsed.config["tied"])
    if any({bare(dropped), bare(name)} == {EMBEDDING, HEAD} for dropped, name in metadata.items()):
        return True
    lost = HEAD if EMBEDDING in names else EMBEDDING
    raise BadCheckpoint("weights.tied", kept=kept[:80], lost=lost)


def _places(
    expected: Iterable[str], names: Mapping[str, str], shapes: Mapping[str, list[int]]
) -> dict[str, TensorSource]:
    """Where each tensor is, or, if it is missing, under which name it should be. Biases that the model has nowhere are
    left out."""
    prefix = _prefix(names)
    first = shapes.get(names.get("h.0.attn.c_attn.weight", ""), [])
    linear = len(first) == 2 and first[0] == 3 * first[1]  # (out, in); GPT-2's is (C, 3C)
    without = [biases for biases in _BIASES if not any(biases.fullmatch(their) for their in names)]
    places = {}
    for name in expected:
        their = their_name(name)
        if any(biases.fullmatch(their) for biases in without):
            continue
        if their == EMBEDDING and their not in names and HEAD in names:
            their = HEAD
        there = names.get(their, their if their == HEAD else prefix + their)
        places[name] = TensorSource(there, is_matrix(their) and not linear)
    return places


def _prefix(names: Mapping[str, str]) -> str:
    """The prefix of GPT-2's own names in the files."""
    found = (name.removesuffix(their) for their, name in names.items() if their != HEAD and name.endswith(their))
    return next((prefix for prefix in found if prefix), "")


def _tie(parsed: ParsedConfig, tied: bool) -> ParsedConfig:
    return replace(parsed, config={**parsed.config, "tied": tied})


def _scale_queries(tensors: Mapping[str, Tensor], scales: Collection[float]) -> None:
    """Multiply the rows of each layer's queries, the first third of (3C, C) and of (3C,)."""
    for layer, scale in enumerate(scales):
        if scale != 1:
            for end in ("weight", "bias"):
                part = tensors[f"blocks.{layer}.attention.qkv.{end}"]
                part[: len(part) // 3] *= scale
