"""chrF, the similarity of translations to references: the F-score of shared character n-grams (Popović, 2015).

For each length n from 1 to ORDER, the n-grams of all sentences are counted, without spaces. Precision is the share of
the translation's n-grams found in the reference, recall the share of the reference's found in the translation; both are
averaged over n. Recall weighs BETA times as much. Equals sacrebleu's chrF2, as the tests check.
"""

from collections import Counter
from collections.abc import Sequence

ORDER, BETA = 6, 2


def chrf(found: Sequence[str], references: Sequence[str]) -> float:
    """0 to 100 for translations and their references. 0 if no n-gram is shared."""
    texts = [("".join(a.split()), "".join(b.split())) for a, b in zip(found, references, strict=True)]
    precisions, recalls = [], []
    for n in range(1, ORDER + 1):
        pairs = [(_grams(a, n), _grams(b, n)) for a, b in texts]
        shared = sum((a & b).total() for a, b in pairs)
        ours, theirs = (sum(pair[side].total() for pair in pairs) for side in (0, 1))
        if ours and theirs:
            precisions.append(shared / ours)
            recalls.append(shared / theirs)
    if not sum(precisions):
        return 0.0
    precision, recall = (sum(values) / len(values) for values in (precisions, recalls))
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _grams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))
