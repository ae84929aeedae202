"""The weights of a GPT-2 as they are found in files, read as those of this project's Transformer.

Files of the same model differ. Training scripts leave prefixes before the names (`_orig_mod.`, `module.`, …). The
embedding and the output are one tensor under either name, one tensor under both, or two. A matrix lies as GPT-2's
Conv1D keeps it, (in, out), or as nn.Linear does, (out, in), which minGPT and nanoGPT write. nanoGPT can also leave
out biases. Where a configuration scales the scores of attention otherwise, the weights of the queries are scaled.

`transformers`' GPT2LMHeadModel gives the same logits on the same files. Where it would leave tensors random, because
it does not know a prefix, the logits here are those of the model that was saved.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from playground.checkpoints import configs, weights
from playground.checkpoints.configs import Written
from playground.checkpoints.weights import Place
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
# What wraps a module, anywhere in a name: torch.compile, DataParallel, FSDP, activation checkpointing, Lightning.
_WRAPPERS = ("_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module")
_OF_GPT2 = re.compile(r"(?:^|\.)((?:wte|wpe|ln_f|lm_head|h\.\d{1,3})\..*)")
# Masks, which older files keep, and heads of other tasks, which do not change the logits.
_LEFT_OUT = re.compile(r"h\.\d{1,3}\.attn\.(bias|masked_bias)|(.*\.)?(v_head|multiple_choice_head)\..*")
_BIASES = (re.compile(r"(.*\.)?ln_\w\.bias"), re.compile(r".*\.c_\w+\.bias"))  # of the norms, and of the products


def read(folder: Path, written: Written, tokens: int) -> tuple[Written, dict[str, Tensor]]:
    """What a GPT-2's folder says with its files taken into account, and the tensors by the Transformer's names.

    tokens: how many the vocabulary has; the embedding may have more rows, and they are dropped. The configuration
    that comes back has this vocabulary, and is tied if the output is the embedding; `written.config` may say
    otherwise. The card has the number of parameters, all rows included. BadCheckpoint names what does not fit, before
    a tensor is read.
    """
    with weights.open_weights(folder) as stored:
        names = _by_their_name(stored.shapes)
        expected: dict[str, Tensor] = configs.outline_model(_tie(written, True)).state_dict()
        tied = _tied_by_name(names, written, stored.metadata)
        if not tied:
            expected["output.weight"] = expected["embedding.weight"]
        places = _places(expected, names, stored.shapes)
        stored.check(expected, places, {name for their, name in names.items() if _LEFT_OUT.fullmatch(their)})
        if not tied and stored.same(names[EMBEDDING], names[HEAD]):
            tied = True
            del places["output.weight"], expected["output.weight"]
        written = _tie(written, tied)
        configs.outline_model(written)  # a head of its own may make it too large
        numbers = sum(t.numel() for t in expected.values())
        for name in {"embedding.weight", "output.weight"} & expected.keys():
            expected[name] = expected[name][:tokens]
        tensors = stored.read(expected, places)
    tensors |= {name: torch.zeros(t.shape) for name, t in expected.items() if name not in places}
    _scale_queries(tensors, written.query_scales)
    card = written.card.model_copy(update={"parameters": numbers})
    return replace(written, config={**written.config, "vocabulary": tokens}, card=card), tensors


def head_size(folder: Path) -> int:
    """Bytes that the output may take as float32 beside the embedding: none where the files have one of them only."""
    with weights.open_weights(folder) as stored:
        names = _by_their_name(stored.shapes)
        if EMBEDDING not in names or HEAD not in names:
            return 0
        return 4 * torch.Size(stored.shapes[names[HEAD]]).numel()


def their_name(name: str) -> str:
    """The name that GPT-2's model has for a tensor of the Transformer."""
    part, _, end = name.rpartition(".")  # the weight or the bias of a part
    if part in _TOPS:
        return f"{_TOPS[part]}.{end}"
    _, layer, part = part.split(".", maxsplit=2)
    return f"h.{layer}.{_PARTS[part]}.{end}"


def is_matrix(their: str) -> bool:
    """Whether GPT-2 keeps this tensor as (in, out): the weights of attention and mlp, which are Conv1D's."""
    return their.startswith("h.") and their.endswith(".weight") and ".ln_" not in their


def bare(name: str) -> str:
    """A tensor's name without prefixes: from where GPT-2's own names begin, without what wraps a module."""
    parts = ".".join(part for part in name.split(".") if part not in _WRAPPERS)
    found = _OF_GPT2.search(parts)
    return found[1] if found else name


def _by_their_name(found: Iterable[str]) -> dict[str, str]:
    """The names in files by GPT-2's own names; BadCheckpoint where one tensor has two names."""
    names: dict[str, str] = {}
    for name in sorted(found):
        their = bare(name)
        if their in names:
            raise BadCheckpoint("weights.twice", name=their[:80], one=names[their][:80], other=name[:80])
        names[their] = name
    return names


def _tied_by_name(names: Mapping[str, str], written: Written, metadata: Mapping[str, str]) -> bool:
    """Whether the output is the embedding, as far as the names of the tensors tell.

    With both in the files, their numbers decide. With one, it is both: safetensors' `save_model` keeps one of two
    names for a tensor, and its metadata says which name it dropped for which.
    """
    if EMBEDDING in names and HEAD in names:
        return False
    kept = names.get(EMBEDDING) or names.get(HEAD)
    if written.config["tied"] or kept is None:
        return bool(written.config["tied"])
    if any({bare(dropped), bare(name)} == {EMBEDDING, HEAD} for dropped, name in metadata.items()):
        return True
    lost = HEAD if EMBEDDING in names else EMBEDDING
    raise BadCheckpoint("weights.tied", kept=kept[:80], lost=lost)


def _places(expected: Iterable[str], names: Mapping[str, str], shapes: Mapping[str, list[int]]) -> dict[str, Place]:
    """Where each tensor is, and where the files have none, under which name it should be. Biases that no part of the
    model has are left out."""
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
        places[name] = Place(there, is_matrix(their) and not linear)
    return places


def _prefix(names: Mapping[str, str]) -> str:
    """What stands before GPT-2's own names in the files."""
    found = (name.removesuffix(their) for their, name in names.items() if their != HEAD and name.endswith(their))
    return next((prefix for prefix in found if prefix), "")


def _tie(written: Written, tied: bool) -> Written:
    return replace(written, config={**written.config, "tied": tied})


def _scale_queries(tensors: Mapping[str, Tensor], scales: Collection[float]) -> None:
    """Multiply the rows of each layer's queries, the first third of (3C, C) and of (3C,)."""
    for layer, scale in enumerate(scales):
        if scale != 1:
            for end in ("weight", "bias"):
                part = tensors[f"blocks.{layer}.attention.qkv.{end}"]
                part[: len(part) // 3] *= scale
