"""A translator's figures in its card and the README (training/translation_figures.py)."""

from collections.abc import Mapping

from playground.checkpoints.card import Card, Translation


def table(cards: Mapping[str, Card]) -> str:
    """The bundled translators side by side, highest loss first, as one Markdown table."""
    found = [
        (card.validation.nats, name, card, card.translation)
        for name, card in cards.items()
        if card.bundled and card.translation and card.validation and card.validation.nats is not None
    ]
    lengths = sorted({row.most for *_, translation in found for row in translation.lengths})
    of_up_to = f"of sources up to {', '.join(map(str, lengths))} letters"
    rows = [
        f"| checkpoint | parameters | letters read in training | nats per letter | chrF | nats {of_up_to} | chrF |",
        "|---|--:|--:|--:|--:|---|---|",
    ]
    for nats, name, card, translation in sorted(found, key=lambda one: -one[0]):
        of = {row.most: row for row in translation.lengths}
        rows.append(
            f"| `{name}` | {_shown(card.parameters, ',')} | {_shown(translation.seen, ',')} | {_shown(nats, '.4f')} "
            f"| {_shown(translation.chrf, '.1f')} "
            f"| {', '.join(_shown(of[most].nats if most in of else None, '.3f') for most in lengths)} "
            f"| {', '.join(_shown(of[most].chrf if most in of else None, '.1f') for most in lengths)} |"
        )
    return "\n".join(rows)


def figures(t: Translation) -> str:
    """chrF, its yardsticks, and the figures by source length, as Markdown; "–" for unknown values."""
    rows = "\n".join(
        f"| up to {row.most} | {_shown(row.pairs, ',')} | {_shown(row.nats, '.4f')} | {_shown(row.chrf, '.1f')} |"
        for row in t.lengths
    )
    return (
        f"\n\nchrF {_shown(t.chrf, '.1f')} (sacrebleu's chrF2, of 100) on {_shown(t.sentences, ',')} sentences, "
        "translated with the most likely letter each time; the first translation of each is the reference. "
        f"{_shown(t.exact, '.1%')} are the reference, letter by letter. In training it read {_shown(t.seen, ',')} "
        "letters.\n\n"
        f"| letters of the source | pairs | nats per character | chrF |\n|---|--:|--:|--:|\n{rows}\n\n"
        f"For comparison: the references of other sentences have a chrF of {_shown(t.shuffled, '.1f')}, second "
        f"translations by people one of {_shown(t.human, '.1f')}."
    )


def _shown(value: float | None, how: str) -> str:
    return "–" if value is None else format(value, how)
