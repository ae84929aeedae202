"""A folder on disk <-> a Checkpoint.

A folder of ours holds `config.json` (kind, sizes, start, card), `model.safetensors` (parameters as float16),
`tokenizer.json`, and `README.md`, the model card that model_card.py writes from `config.json`. It may have a
`words.json`, the words of the training text (text/wordlist.py). A folder of GPT-2's family has the same file names, its
own form of `config.json` and tokens instead of characters. All files are checked for consistency before weights take
memory. Each file is read in configs.py, weights.py, characters.py or tokens.py; boundaries.py finds the tokens that
begin and end a text. This module knows neither names nor the Hub: library.py does.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from playground.checkpoints import configs, gpt2_weights, model_card, weights
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput, PlaygroundError
from playground.models import KINDS, Task, outline, values_of
from playground.models.tasks import first_answer
from playground.text import boundaries, jsonfile, wordlist
from playground.text.characters import Symbols, Vocabulary
from playground.text.tokens import Tokens
from playground.text.wordlist import WordList
from playground.words import message

# What the models of each task do, in words.
DOES = {
    "language": message("task.language"),
    "translation": message("task.translation"),
    "classifier": message("task.classifier"),
    "masked": message("task.masked"),
}


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to use, with its vocabulary and its record.

    model:        in eval mode, float32, on the CPU, without gradients; its interface depends on the task
                  (models/tasks.py).
    card:         the record in `config.json`, or for a model without one what is known: title, parameters, prompts,
                  family, and licence if its README names one.
    start:        what primes the model, so that an empty prompt has a distribution.
    start_ids:    the same as ids.
    start_source: where the start comes from: "own" a text in the configuration, "config" a token named by it,
                  "tokenizer" the tokenizer's own special token, "line_end" a line end as a fallback.
    end_ids:      each of them ends a text; empty if the model has none.
    words:        those of the training text, if the model came with a list.
    """

    name: str
    kind: str
    config: Any
    vocabulary: Symbols
    model: Any
    card: Card
    start: str
    start_ids: tuple[int, ...]
    end_ids: tuple[int, ...] = ()
    start_source: Literal["own", "config", "tokenizer", "line_end"] = "own"
    words: WordList | None = None

    @property
    def task(self) -> Task:
        """The model's task."""
        return task_of(self.kind)


def task_of(kind: str) -> Task:
    """The task of a kind; for a kind that is not registered, to continue a text."""
    return KINDS[kind].task if kind in KINDS else "language"


def require(checkpoint: Checkpoint, *tasks: Task) -> None:
    """BadInput unless the checkpoint's model does one of these tasks."""
    if checkpoint.task not in tasks:
        raise BadInput("model.other_task", name=checkpoint.name, does=DOES[checkpoint.task])


def assemble(
    name: str,
    kind: str,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    vocabulary: Symbols,
    start: str,
    card: Card,
) -> Checkpoint:
    """A checkpoint from its parts in memory; the tensors become the model's own."""
    model = outline(kind, config)
    model.load_state_dict(tensors, assign=True)
    model.eval().requires_grad_(False)
    return _with(model, name, kind, vocabulary, start, card)


def _with(model: Any, name: str, kind: str, vocabulary: Symbols, start: str, card: Card) -> Checkpoint:
    # An invisible start has no ids, but something must precede every text.
    start_ids = tuple(vocabulary.encode(start).ids or vocabulary.encode("\n").ids)
    end_ids = (0,) if KINDS[kind].task == "translation" else ()  # pair.py
    return Checkpoint(name, kind, model.config, vocabulary, model, card, start, start_ids, end_ids)


def save(
    folder: str | os.PathLike[str],
    kind: str,
    model: Any,
    vocabulary: Symbols,
    start: str,
    card: Card,
) -> None:
    """Write a checkpoint's four files, each atomically, so that a reader never finds half a file.

    Parameters become float16; buffers keep their type. `card` gains "parameters" (numbers) and "bytes".
    BadInput for a vocabulary of tokens: models from elsewhere are kept unchanged.
    """
    if vocabulary.unit != "character":
        raise BadInput("checkpoint.not_saved")
    assert isinstance(model, nn.Module)
    sizes_of: Any = model.config
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    tensors |= {name: tensors[name].half() for name, _ in model.named_parameters()}
    jsonfile.replace(folder / "model.safetensors", lambda path: weights.write(path, tensors))
    jsonfile.replace(folder / "tokenizer.json", vocabulary.save)
    sizes = {
        "parameters": sum(t.numel() for t in tensors.values()),
        "bytes": (folder / "model.safetensors").stat().st_size,
    }
    config = {
        "format": configs.FORMAT,
        "kind": kind,
        "config": values_of(sizes_of),
        "start": start,
        "card": {**card.record(), **sizes},
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    jsonfile.replace(folder / "config.json", lambda path: path.write_text(text, encoding="utf-8"))
    readme = model_card.readme(folder.absolute().name, config)
    jsonfile.replace(folder / "README.md", lambda path: path.write_text(readme, encoding="utf-8"))


def read(folder: Path, name: str) -> Checkpoint:
    """The checkpoint in a folder, after a first step; BadCheckpoint says what is wrong with the files."""
    parsed = configs.read(folder, name)
    model = configs.outline_model(parsed)
    rows = model.config.vocabulary
    if parsed.begins is not None:  # of GPT-2's family
        checkpoint = _assemble_gpt2(folder, name, parsed, rows)
    else:
        vocabulary = _vocabulary(folder, rows)
        tensors = weights.read(folder, model.state_dict())
        checkpoint = assemble(name, parsed.kind, parsed.config, tensors, vocabulary, parsed.start, parsed.card)
    try:
        with torch.inference_mode():
            # Some kinds prepare tables on first use.
            logits = first_answer(checkpoint.task, checkpoint.model, checkpoint.start_ids)
    except PlaygroundError:
        raise
    except Exception as error:
        raise BadCheckpoint("checkpoint.first_step", kind=type(error).__name__) from error
    if not _can_choose(logits):
        raise BadCheckpoint("checkpoint.not_finite")
    return replace(checkpoint, words=wordlist.read(folder))


def read_outline(folder: Path, name: str) -> Checkpoint:
    """Everything except the weights: the `model` is an outline, which has shapes and no numbers, and cannot be run."""
    parsed = configs.read(folder, name)
    model = configs.outline_model(parsed)
    rows = model.config.vocabulary
    if parsed.begins is None:
        made = _with(model, name, parsed.kind, _vocabulary(folder, rows), parsed.start, parsed.card)
        return replace(made, words=wordlist.read(folder))
    tokens = Tokens.load(folder / "tokenizer.json", rows)
    model = configs.outline_model(replace(parsed, config={**parsed.config, "vocabulary": len(tokens)}))
    text, known = _bounds(tokens, parsed)
    made = _with(model, name, parsed.kind, tokens, text, parsed.card)
    return replace(made, words=wordlist.read(folder), **known)


def _vocabulary(folder: Path, rows: int) -> Vocabulary:
    vocabulary = Vocabulary.load(folder / "tokenizer.json")
    if len(vocabulary) != rows:
        raise BadCheckpoint("checkpoint.sizes", symbols=len(vocabulary), rows=rows)
    return vocabulary


def _assemble_gpt2(folder: Path, name: str, parsed: configs.ParsedConfig, rows: int) -> Checkpoint:
    """A checkpoint of GPT-2's family. rows: of the embedding; tokens without a row are left out of the vocabulary."""
    tokens = Tokens.load(folder / "tokenizer.json", rows)
    # Rows without a token are left out too: they have no text, and must never be drawn.
    parsed, tensors = gpt2_weights.read(folder, parsed, len(tokens))
    text, known = _bounds(tokens, parsed)
    return replace(assemble(name, parsed.kind, parsed.config, tensors, tokens, text, parsed.card), **known)


def _bounds(tokens: Tokens, parsed: configs.ParsedConfig) -> tuple[str, dict[str, Any]]:
    """The start of a token vocabulary as a text; and the checkpoint's fields for its ids and ends."""
    start = boundaries.start_of(tokens, parsed.begins or ())
    ends = boundaries.ends_of(tokens, parsed.ends)
    tokens.mark_special((*ends, *(start.ids if start.source == "config" else ())))
    known = {"start_ids": start.ids, "start_source": start.source, "end_ids": ends}
    return "".join(tokens.symbols[id] for id in start.ids), known


def _can_choose(logits: Tensor) -> bool:
    """Whether logits leave a choice at each position: all finite or minus infinity, and not all minus infinity."""
    return bool(((logits.isfinite() | logits.isneginf()).all(-1) & logits.isfinite().any(-1)).all())
