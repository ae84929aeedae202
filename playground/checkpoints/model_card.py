"""The model card: a checkpoint's README.md, written from its config.json and nothing else.

The front matter is what the Hugging Face Hub reads. Every figure comes from the record, so that a card
cannot say what was not measured.
"""

import json
from collections.abc import Mapping
from typing import Any

from playground.text.plaintext import line

UNKNOWN = "–"  # what a table shows of what a card does not say
CELL = 200  # characters of a table's cell
LARGEST = 2**53  # no figure comes near it


def readme(name: str, config: Mapping[str, Any]) -> str:
    """The card of the checkpoint of that name, as Markdown. `config` is the parsed `config.json`."""
    card = config["card"]
    parts = [_front(card), f"# {card['title']}", _about(name, config)]
    if "validation" in card:
        parts.append(_figures(card))
    parts += [_training(config["kind"], card), _choice(card), card.get("note", ""), _story(card), _samples(card)]
    parts.append(_limits(card))
    return "\n\n".join(part for part in parts if part) + "\n"


def table(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures of the bundled checkpoints, by name, as one Markdown table; "–" for what a card does not say."""
    rows = [
        "| checkpoint | text | parameters | file | nats a character | bits | accuracy | trained in |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, card in cards.items():
        if not card.get("bundled", True):
            continue
        v = _within(card, "validation")
        nats = _number(v.get("nats"), "{:.4f}")
        cells = (
            _code(name),
            _cell(_within(card, "corpus").get("name")),
            _number(card.get("parameters"), "{:,}"),
            _number(card.get("bytes"), "{:.1f} MB", 1e-6),
            nats if unit(card) == "character" or not nats else f"{nats} a {unit(card)}",
            _number(v.get("bits"), "{:.3f}"),
            _number(v.get("accuracy"), "{:.1%}"),
            _took(card),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def textbooks(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """What textbooks report for their recipes beside what came of them here, as one Markdown table."""
    rows = [
        "| recipe | the book's | figure | reported | ours | trained in | what differs here |",
        "|---|---|---|--:|--:|--:|---|",
    ]
    for name, card in cards.items():
        if r := _within(card, "reported"):
            measured = FIGURES.get(str(r.get("figure")), UNKNOWN)
            pairs = _pair(r), _pair(_within(r, "ours"))
            cells = (_code(name), _cell(r.get("source")), measured, *pairs, _took(card), _cell(r.get("differs")))
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _within(card: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object of a card; an empty one where the card holds something else, or nothing."""
    value = card.get(name)
    return value if isinstance(value, Mapping) else {}


def _cell(value: object) -> str:
    """A text as a table can hold it."""
    return (line(value, CELL).replace("|", "\\|") if isinstance(value, str) else "") or UNKNOWN


def _code(name: str) -> str:
    return f"`{_cell(name)}`"


def _number(value: Any, shown: str, times: float | None = None) -> str:
    if type(value) not in (int, float) or not abs(value) < LARGEST:  # NaN is not under it either
        return UNKNOWN
    return shown.format(value if times is None else value * times)


# What the figures that textbooks print are measured on.
FIGURES = {
    "validation": "validation, state carried along",
    "windows": "validation, each window from a fresh state",
    "training": "mean loss of the best epoch, as it learned",
}


def _pair(figures: Mapping[str, Any]) -> str:
    """Nats, the accuracy where there is one, and the epoch where it is told."""
    parts = [_number(figures.get("nats"), "{:.4f}")]
    if figures.get("accuracy"):
        parts.append(_number(figures["accuracy"], "{:.1%}"))
    if figures.get("epoch"):
        parts.append(_number(figures["epoch"], "epoch {}"))
    return ", ".join(parts)


def _took(card: Mapping[str, Any]) -> str:
    t = _within(card, "training")
    told = [_number(t.get("seconds"), "{:,.0f} s"), _cell(t.get("machine"))]
    return ", ".join(part for part in told if part != UNKNOWN) or UNKNOWN


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
    kept = "" if card.get("bundled", True) else "Only its record is kept here: the command under Training makes it.\n\n"
    shown = next(prompt for prompt in card["prompts"] if prompt)
    return (
        f"{kept}A character-level model of kind `{config['kind']}` ({sizes}), with {card['parameters']:,} numbers in "
        f"{card['bytes'] / 1e6:.1f} MB.\n\n"
        f"Text: {corpus['name']}. Licence: {corpus['licence']}. Credit: {corpus['credit']}. "
        f"Split: {corpus['split']}.\n\n"
        "```python\n"
        "from playground.checkpoints import load\n\n"
        f'checkpoint = load("{name}")\n'
        f"ids = checkpoint.vocabulary.encode({json.dumps(shown, ensure_ascii=False)}).ids\n"
        "logits, state = checkpoint.model.advance(ids, state=None)\n"
        "```\n\n"
        f"Prompts that show it off: {prompts}."
    )


def unit(card: Mapping[str, Any]) -> str:
    """What the figures of a card count: a "character", a "jamo", a "code point" or a "token" (score.py)."""
    return str(_within(card, "validation").get("unit") or ("token" if "family" in card else "character"))


# What is to be known of a unit that is not what people call a character.
_UNITS = {
    "jamo": "A jamo is a letter of a Korean syllable, which has two or three of them: syllables are not counted.\n\n",
    "code point": "A letter and a mark on it count as two.\n\n",
}


def _figures(card: Mapping[str, Any]) -> str:
    v, counted = card["validation"], unit(card)
    over = counted if counted == "jamo" else f"{counted}s"
    text = (
        "## Figures\n\n"
        f"| nats a {counted} | bits a {counted} | accuracy | over |\n"
        "|---|---|---|---|\n"
        f"| {v['nats']:.4f} | {v['bits']:.4f} | {v['accuracy']:.2%} | {v['characters']:,} {over} |\n\n"
        f"{_UNITS.get(counted, '')}"
        "Measured on the whole validation text, with the state carried along, and the weights as they are stored here."
    )
    if "reported" in card:
        r = card["reported"]
        text += (
            f"\n\n{r['source']} reports {_pair(r)} for this recipe ({FIGURES[r['figure']]}); measured so, this one "
            f"has {_pair(r['ours'])}. What differs here: {r['differs']}."
        )
    return text


def _training(kind: str, card: Mapping[str, Any]) -> str:
    t = card["training"]
    if kind == "ngram":
        how = "Its counts come from one pass over the text"
    elif t["epochs"] == 0:
        how = "Stopped within its first epoch"
    else:
        how = f"{t['epochs']} epochs, of which the best was epoch {t['best_epoch']}"
    calibrated = (
        f" The first {card['settings']['held_back']:.0%} of the training text was not learned; by it the logits were "
        f"scaled by {t['scale']:.3f} (temperature scaling: Guo et al., 2017), because a network is too sure of itself "
        "on a text that is new to it."
        if "scale" in t
        else ""
    )
    unrounded = f" The machine has no bfloat16 of its own, so all was {t['precision']}." if "precision" in t else ""
    settings = ", ".join(f"{name} {_plain(value)}" for name, value in card.get("settings", {}).items())
    return (
        "## Training\n\n"
        f"    python -m playground.training {card['recipe']} --text {card['corpus']['file']}\n\n"
        f"{how}: {t['seconds']:,.0f} seconds on {t['machine']}, torch {t['torch']}, seed {t['seed']}."
        f"{calibrated}{unrounded}"
        + (f"\n\nSettings: {settings}." if settings else "")
    )


def said(changes: Mapping[str, Any]) -> str:
    """Changes of a recipe in words."""
    return ", ".join(f"{name} {value}" for name, value in changes.items()) or "as it stands"


def _choice(card: Mapping[str, Any]) -> str:
    rows = card.get("choice", [])
    if not rows:
        return ""
    table = "\n".join(f"| {said(row['changes'])} | {row['nats']:.4f} | {row['epoch']} |" for row in rows)
    return (
        "## How its settings were chosen\n\n"
        "Without the validation text: small twins of this recipe, each with other settings, learned a part of the "
        "training text and were measured by another part of it (`playground/training/sweep.py` says how). The "
        "validation text chose the epoch to stop at, as that other part did in each row.\n\n"
        f"    python -m playground.training.sweep {card['recipe']} --text {card['corpus']['file']}\n\n"
        "| the recipe, but for | nats of the twin | best epoch |\n|---|--:|--:|\n"
        f"{table}"
    )


def _story(card: Mapping[str, Any]) -> str:
    if "settings" not in card:
        return ""  # counted: it has no epochs
    told = (
        " Its `tellings` tell how it learned to write: after epochs 0 (untrained), 1, 2, 3, 5, 8, 13, … and the last, "
        "`texts` are what it wrote after `prompt`, one for each of `temperatures`, with the same `seed`, and "
        "`logits` what it expected next, in the order of `symbols`."
    )
    return (
        "## The record\n\n"
        "`story.json` holds the `curve`: for each epoch the mean `loss` of its batches as it learned, `nats` and "
        "`accuracy` on the validation text (read in 32 parts side by side) at its end, and the `seconds` since the "
        "beginning."
        + (told if card.get("story") else "")
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
