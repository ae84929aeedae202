"""The model card: a checkpoint's README.md, written from its config.json and nothing else.

The front matter is what the Hugging Face Hub reads. Every figure comes from the record, so that a card cannot claim
what was not measured.
"""

import json
from collections.abc import Mapping
from typing import Any

from playground.checkpoints import card as cards_of
from playground.checkpoints import card_tasks, card_translation
from playground.checkpoints.card import LARGEST, Card, Figures, Reported
from playground.text.plaintext import line

UNKNOWN = "–"  # shown in a table for a missing value
PADDED = 352  # symbols; training/reviews.py pads to this length
CELL = 200  # characters of a table cell


def readme(name: str, config: Mapping[str, Any]) -> str:
    """The card of the checkpoint of that name, as Markdown. `config`: the parsed `config.json`."""
    card = cards_of.of(config["card"], config["kind"])
    parts = [_front(card), f"# {card.title}", _about(name, card, config["config"]), _figures(card), _training(card)]
    parts += [_sweep(card), card.note, _history(card), _samples(card), _limits(card)]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(cards: Mapping[str, Card]) -> str:
    """The figures of the bundled checkpoints, by name, as one Markdown table; "–" for missing values."""
    rows = [
        "| checkpoint | text | parameters | file | nats per character | bits | accuracy | trained in |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, card in cards.items():
        if not card.bundled:
            continue
        v = card.validation or Figures()
        nats = _number(v.nats, "{:.4f}")
        place = card_tasks.of(card.kind).place or card.unit
        cells = (
            _code(name),
            _cell(card.corpus.name),
            _number(card.parameters, "{:,}"),
            _size(card.bytes),
            nats if place == "character" else f"{nats} a {place}",
            _number(v.bits, "{:.3f}"),
            _number(v.accuracy, "{:.1%}"),
            _took(card),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def textbooks(cards: Mapping[str, Card]) -> str:
    """What textbooks report for their recipes and our results, as one Markdown table."""
    rows = [
        "| recipe | the book's | figure | reported | ours | trained in | what differs here |",
        "|---|---|---|--:|--:|--:|---|",
    ]
    for name, card in cards.items():
        if r := card.reported:
            measured = FIGURES[r.figure] if r.figure else UNKNOWN
            cells = (_code(name), _cell(r.source), measured, _pair(r), _pair(r.ours), _took(card), _cell(r.differs))
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    """A text made safe for a table cell."""
    return line(text, CELL).replace("|", "\\|") or UNKNOWN


def _code(name: str) -> str:
    return f"`{_cell(name)}`"


def _number(value: float | None, shown: str, times: float | None = None) -> str:
    if value is None or not abs(value) < LARGEST:
        return UNKNOWN
    return shown.format(value if times is None else value * times)


def _size(size: int | None) -> str:
    """Bytes as a table shows them: in MB, or in kB where MB would round to 0.0."""
    small = size is not None and size < 50_000
    return _number(size, "{:.1f} kB", 1e-3) if small else _number(size, "{:.1f} MB", 1e-6)


# The texts on which textbooks measure their figures.
FIGURES = {
    "validation": "validation, state carried along",
    "windows": "validation, each window from a fresh state",
    "training": "mean loss of the best epoch, as it learned",
}


def _pair(figures: Figures | Reported) -> str:
    """Nats, plus the accuracy and the epoch if known."""
    parts = [_number(figures.nats, "{:.4f}")]
    if figures.accuracy:
        parts.append(_number(figures.accuracy, "{:.1%}"))
    if isinstance(figures, Figures) and figures.epoch:
        parts.append(f"epoch {figures.epoch}")
    return ", ".join(parts)


def _took(card: Card) -> str:
    if card.training is None:
        return UNKNOWN
    told = [_number(card.training.seconds, "{:,.0f} s"), _cell(card.training.machine)]
    return ", ".join(part for part in told if part != UNKNOWN) or UNKNOWN


def _front(card: Card) -> str:
    tags = ["character-level", "next-character-playground"]
    lines = [
        "---",
        f"license: {card.licence}",
        f"language: {card.language}",
        "library_name: pytorch",
        f"pipeline_tag: {card_tasks.of(card.kind).pipeline}",
        f"tags: {json.dumps(tags)}",
        "---",
    ]
    return "\n".join(lines)


def _about(name: str, card: Card, config: Mapping[str, Any]) -> str:
    corpus = card.corpus
    prompts = ", ".join(f"`{json.dumps(p, ensure_ascii=False)}`" for p in card.prompts)
    sizes = ", ".join(f"{field} {_plain(value)}" for field, value in config.items())
    kept = "" if card.bundled else "Only its record is kept here: the command under Training makes it.\n\n"
    shown = next((prompt for prompt in card.prompts if prompt), "\n")
    return (
        f"{kept}A character-level model of kind `{card.kind}` ({sizes}), with {_number(card.parameters, '{:,}')} "
        f"numbers in {_number(card.bytes, '{:.1f} MB', 1e-6)}.\n\n"
        f"Text: {corpus.name}. Licence: {corpus.licence}. Credit: {corpus.credit}. "
        f"Split: {corpus.split}.\n\n"
        "```python\n"
        "from playground.checkpoints import load\n\n"
        f'checkpoint = load("{name}")\n'
        f"ids = checkpoint.vocabulary.encode({json.dumps(shown, ensure_ascii=False)}).ids\n"
        f"{card_tasks.of(card.kind).usage}\n"
        "```\n\n"
        f"{card_tasks.of(card.kind).prompts}: {prompts}."
    )


# Notes on units that differ from what people call a character.
_UNITS = {
    "jamo": "A jamo is a letter of a Korean syllable, which has two or three of them: syllables are not counted.\n\n",
    "code point": "A letter and a mark on it count as two.\n\n",
}


def _figures(card: Card) -> str:
    v, counted, said = card.validation, card.unit, card_tasks.of(card.kind)
    if v is None:
        return ""
    place = said.place or counted
    over = place if place == "jamo" else f"{place}s"
    cells = (
        _number(v.nats, "{:.4f}"),
        _number(v.bits, "{:.4f}"),
        _number(v.accuracy, "{:.2%}"),
        f"{_number(v.characters, '{:,}')} {over}",
    )
    text = (
        "## Figures\n\n"
        f"| nats per {place} | bits per {place} | accuracy | over |\n"
        "|---|---|---|---|\n"
        f"| {' | '.join(cells)} |\n\n"
        f"{_UNITS.get(counted, '')}"
        f"{said.measured}{_unmasked(v)}{_best_count(card)}"
    )
    if card.translation:
        text += card_translation.figures(card.translation)
    if (r := card.reported) and r.figure:
        text += (
            f"\n\n{r.source} reports {_pair(r)} for this recipe ({FIGURES[r.figure]}); measured so, this one "
            f"has {_pair(r.ours)}. What differs here: {r.differs}."
        )
    return text


def _unmasked(figures: Figures) -> str:
    if figures.flipped is None:
        return ""
    return f" Padded to {PADDED} symbols and without its mask, it changes {figures.flipped:.1%} of its verdicts."


def _best_count(card: Card) -> str:
    if card.best_count is None:
        return ""
    order = _number(card.best_count.order, "{}")
    return (
        f"\n\nCounting alone has {_number(card.best_count.nats, '{:.4f}')} nats per {card.unit} on the same text: an "
        f"n-gram of order {order} of the training text, with interpolated modified Kneser-Ney smoothing. A held-out "
        "tenth of the training text chose the order."
    )


def _training(card: Card) -> str:
    t, settings = card.training, card.settings or {}
    if t is None:
        return ""
    if card.kind == "ngram":
        how = "Its counts come from one pass over the text"
    elif t.epochs == 0:
        how = "Stopped within its first epoch"
    else:
        how = f"{t.epochs} epochs, of which the best was epoch {t.best_epoch}"
    calibrated = (
        f" The first {settings.get('calibration_split', 0):.0%} of the training text was held out; on it the logits "
        f"were scaled by {t.scale:.3f} (temperature scaling: Guo et al., 2017), because a network is overconfident "
        "on text that is new to it."
        if t.scale is not None
        else ""
    )
    unrounded = f" The machine has no bfloat16 of its own, so all was {t.precision}." if t.precision else ""
    listed = ", ".join(f"{name} {_plain(value)}" for name, value in settings.items())
    return (
        "## Training\n\n"
        f"    python -m playground.training {card.recipe} --text {card.corpus.file}\n\n"
        f"{how}: {_number(t.seconds, '{:,.0f}')} seconds on {t.machine}, torch {t.torch}, seed {t.seed}."
        f"{calibrated}{unrounded}" + (f"\n\nSettings: {listed}." if listed else "")
    )


def describe_changes(changes: Mapping[str, Any]) -> str:
    """Changes to a recipe in words."""
    return ", ".join(f"{name} {value}" for name, value in changes.items()) or "as it stands"


def _sweep(card: Card) -> str:
    if not card.sweep:
        return ""
    table = "\n".join(
        f"| {describe_changes(row.changes)} | {_number(row.nats, '{:.4f}')} | "
        f"{UNKNOWN if row.epoch is None else row.epoch} |"
        for row in card.sweep
    )
    return (
        "## How its settings were chosen\n\n"
        "Without the validation text: small proxy models of this recipe, each with other settings, were trained on a "
        "part of the training text and evaluated on another part of it (`playground/training/sweep.py` says how). The "
        "validation text chose the epoch to stop at, as that other part did in each row.\n\n"
        f"    python -m playground.training.sweep {card.recipe} --text {card.corpus.file}\n\n"
        "| the recipe, but for | nats of the proxy model | best epoch |\n|---|--:|--:|\n"
        f"{table}"
    )


def _history(card: Card) -> str:
    if card.settings is None:
        return ""  # an n-gram has no epochs
    told = (
        " Its `snapshots` show how it learned to write: after epochs 0 (untrained), 1, 2, 3, 5, 8, 13, … and the last, "
        "`texts` are what it wrote after `prompt`, one for each of `temperatures`, with the same `seed`, and "
        "`logits` what it predicted next, in the order of `symbols`."
    )
    return (
        "## The training history\n\n"
        "`history.json` holds the `curve`: for each epoch the mean `loss` of its batches as it learned, `nats` and "
        f"`accuracy` {card_tasks.of(card.kind).curve} at its end, and the `seconds` since the beginning."
        + (told if card.snapshots else "")
    )


def _samples(card: Card) -> str:
    if not card.samples:
        return ""
    drawn = "Each is the first one drawn, with one fixed seed; the prompt is its beginning."
    parts = ["## Samples", "The most likely letter each time." if card.translation else drawn]
    for sample in card.samples:
        text = "\n".join(("    " + line).rstrip() for line in (sample.prompt + sample.text).split("\n"))
        parts.append(f"Temperature {sample.temperature:g}:\n\n{text}")
    return "\n\n".join(parts)


def _limits(card: Card) -> str:
    return (
        "## Known limits\n\n"
        f"It knows {card.corpus.name} and nothing else: the look of its text, not the meaning. "
        f"{card_tasks.of(card.kind).limits}"
    )


def _plain(value: Any) -> str:
    return ", ".join(f"{v:,}" for v in value) if isinstance(value, (list, tuple)) else str(value)
