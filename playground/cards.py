"""The model card: a checkpoint's README.md, written from its config.json and nothing else.

The front matter is what the Hugging Face Hub reads. Every figure comes from the record, so that a card
cannot say what was not measured.
"""

import json
from collections.abc import Mapping
from typing import Any


def readme(name: str, config: Mapping[str, Any]) -> str:
    """The card of the checkpoint of that name, as Markdown. `config` is the parsed `config.json`."""
    card = config["card"]
    parts = [_front(card), f"# {card['title']}", _about(name, config)]
    if "validation" in card:
        parts.append(_figures(card))
    parts += [_training(config["kind"], card), _samples(card), _limits(card)]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures of checkpoints, by name, as one Markdown table."""
    rows = [
        "| checkpoint | parameters | file | nats a character | bits | accuracy | trained in |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, card in cards.items():
        v, t = card["validation"], card["training"]
        rows.append(
            f"| `{name}` | {card['parameters']:,} | {card['bytes'] / 1e6:.1f} MB | {v['nats']:.4f} | {v['bits']:.3f} "
            f"| {v['accuracy']:.1%} | {t['seconds']:,.0f} s, {t['machine']} |"
        )
    return "\n".join(rows)


def _front(card: Mapping[str, Any]) -> str:
    tags = ["character-level", "next-character-playground"]
    lines = [
        "---",
        f"license: {card['licence']}",
        f"language: {card['language']}",
        "library_name: pytorch",
        "pipeline_tag: text-generation",
        f"tags: {json.dumps(tags)}",
        "---",
    ]
    return "\n".join(lines)


def _about(name: str, config: Mapping[str, Any]) -> str:
    card, corpus = config["card"], config["card"]["corpus"]
    prompts = ", ".join(f"`{json.dumps(p, ensure_ascii=False)}`" for p in card["prompts"])
    sizes = ", ".join(f"{field} {_plain(value)}" for field, value in config["config"].items())
    return (
        f"A character-level model of kind `{config['kind']}` ({sizes}), with {card['parameters']:,} numbers in "
        f"{card['bytes'] / 1e6:.1f} MB.\n\n"
        f"Text: {corpus['name']}. Licence: {corpus['licence']}. Credit: {corpus['credit']}. "
        f"Split: {corpus['split']}.\n\n"
        "```python\n"
        "from playground.checkpoints import load\n\n"
        f'checkpoint = load("{name}")\n'
        f"ids = checkpoint.vocabulary.encode({json.dumps(card['prompts'][0], ensure_ascii=False)}).ids\n"
        "logits, state = checkpoint.model.advance(ids, state=None)\n"
        "```\n\n"
        f"Prompts that show it off: {prompts}."
    )


def _figures(card: Mapping[str, Any]) -> str:
    v = card["validation"]
    return (
        "## Figures\n\n"
        "| nats a character | bits a character | accuracy | over |\n"
        "|---|---|---|---|\n"
        f"| {v['nats']:.4f} | {v['bits']:.4f} | {v['accuracy']:.2%} | {v['characters']:,} characters |\n\n"
        "Measured on the whole validation text, with the state carried along, and the weights as they are stored here."
    )


def _training(kind: str, card: Mapping[str, Any]) -> str:
    t = card["training"]
    if kind == "ngram":
        how = "Its counts come from one pass over the text"
    elif t["epochs"] == 0:
        how = "Stopped within its first epoch"
    else:
        how = f"{t['epochs']} epochs, of which the best was epoch {t['best_epoch']}"
    return (
        "## Training\n\n"
        f"    python -m playground.training {card['recipe']} --text FILE\n\n"
        f"{how}: {t['seconds']:,.0f} seconds on {t['machine']}, torch {t['torch']}, seed {t['seed']}."
    )


def _samples(card: Mapping[str, Any]) -> str:
    samples = card.get("samples", [])
    if not samples:
        return ""
    parts = ["## Samples", "Each is the first one drawn, with one fixed seed; the prompt is its beginning."]
    for sample in samples:
        text = "\n".join(("    " + line).rstrip() for line in (sample["prompt"] + sample["text"]).split("\n"))
        parts.append(f"Temperature {sample['temperature']:g}:\n\n{text}")
    return "\n\n".join(parts)


def _limits(card: Mapping[str, Any]) -> str:
    return (
        "## Known limits\n\n"
        f"It knows {card['corpus']['name']} and nothing else: the look of its text, not the meaning. What it writes "
        "is not fact, and characters that its text lacks are stood for by the nearest one it knows."
    )


def _plain(value: Any) -> str:
    return ", ".join(f"{v:,}" for v in value) if isinstance(value, (list, tuple)) else str(value)
