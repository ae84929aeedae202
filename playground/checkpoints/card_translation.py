"""What a model card says of a translator's figures beside its nats (training/translation_figures.py)."""

from playground.checkpoints.card import Translation


def figures(t: Translation) -> str:
    """chrF, its yardsticks, and the figures by the length of the source, as Markdown; "–" for what is not known."""
    rows = "\n".join(
        f"| up to {row.most} | {_shown(row.pairs, ',')} | {_shown(row.nats, '.4f')} | {_shown(row.chrf, '.1f')} |"
        for row in t.lengths
    )
    return (
        f"\n\nchrF {_shown(t.chrf, '.1f')} (sacrebleu's chrF2, of 100) on {_shown(t.sentences, ',')} sentences, "
        "translated with the most likely letter each time; the first translation of each is the reference. "
        f"{_shown(t.exact, '.1%')} are the reference, letter by letter. In training it read {_shown(t.seen, ',')} "
        "letters.\n\n"
        f"| letters of the source | pairs | nats a character | chrF |\n|---|--:|--:|--:|\n{rows}\n\n"
        f"For comparison: the references of other sentences have a chrF of {_shown(t.shuffled, '.1f')}, second "
        f"translations by people one of {_shown(t.human, '.1f')}."
    )


def _shown(value: float | None, how: str) -> str:
    return "–" if value is None else format(value, how)
