"""A translator's figures: nats per letter of human translations, and the similarity of its own translations to them.

The two rank models differently: nats are for the correct letters, each after correct ones (teacher forcing); chrF is
for whole sentences decoded greedily.
"""

from collections.abc import Sequence
from typing import Any

import torch

from playground.checkpoints.card import OfLength, Sample, Translation
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.models.pair import SEPARATOR
from playground.training.chrf import chrf
from playground.training.evaluate import Evaluation
from playground.training.sentences import LONGEST, Sentences, encode, evaluate

SENTENCES = 500  # of the translated sample
STEP = 10  # letters of a source per length group
MAX_LETTERS = 100  # letters of a translation
ROWS = 50  # sentences translated in parallel


def measure(checkpoint: Checkpoint, validation: Sequence[Sentences]) -> tuple[Evaluation, Translation]:
    """For the validation pairs: how well their letters are predicted, and the figures of a translator's card."""
    model, separator = checkpoint.model, len(checkpoint.vocabulary) - 1
    pairs = encode(checkpoint.vocabulary.symbols, validation)
    sampled = sample(validation)
    found = translate(checkpoint, [source for source, _ in sampled])
    rows = []
    for low in range(0, LONGEST, STEP):
        some = [pair for pair in pairs if low < len(pair.source) <= low + STEP]
        ours = [at for at, (source, _) in enumerate(sampled) if low < len(source) <= low + STEP]
        if some and ours:
            score = chrf([found[at] for at in ours], [sampled[at].target for at in ours])
            nats = evaluate(model, some, separator).nats
            rows.append(OfLength(most=low + STEP, pairs=len(some), nats=nats, chrf=score))
    whole = chrf(found, [target for _, target in sampled])
    exact = sum(a == b.target for a, b in zip(found, sampled, strict=True)) / len(sampled)
    shuffled, human = yardsticks(validation)
    figures = Translation(
        chrf=whole, shuffled=shuffled, human=human, exact=exact, sentences=len(sampled), lengths=tuple(rows)
    )
    return evaluate(model, pairs, separator), figures


def sample(validation: Sequence[Sentences]) -> list[Sentences]:
    """A sample, evenly spaced: each source once, with its first translation."""
    first: dict[str, Sentences] = {}
    for pair in validation:
        first.setdefault(pair.source, pair)
    every = list(first.values())
    count = min(SENTENCES, len(every))
    return [every[at * len(every) // count] for at in range(count)]


def yardsticks(validation: Sequence[Sentences]) -> tuple[float, float]:
    """chrF of references assigned to the neighbouring sentences of the sample, and of second translations."""
    targets = [target for _, target in sample(validation)]
    others: dict[str, list[str]] = {}
    for source, target in validation:
        others.setdefault(source, []).append(target)
    twice = [found[:2] for found in others.values() if len(found) > 1][:SENTENCES]
    return chrf([*targets[1:], targets[0]], targets), chrf([b for _, b in twice], [a for a, _ in twice])


def translate(checkpoint: Checkpoint, sources: Sequence[str]) -> list[str]:
    """What the model writes for each source by greedy decoding, without the end."""
    return [text for at in range(0, len(sources), ROWS) for text in _side_by_side(checkpoint, sources[at : at + ROWS])]


@torch.inference_mode()
def _side_by_side(checkpoint: Checkpoint, sources: Sequence[str]) -> list[str]:
    model: Any = checkpoint.model
    encode_text = checkpoint.vocabulary.encode
    read = [prefill(checkpoint, encode_text(source + SEPARATOR).ids, rows=1) for source in sources]
    state = model.merge([one.state for one in read])
    ids = [int(one.logits[-1].argmax()) for one in read]
    written = [[id] for id in ids]
    for _ in range(MAX_LETTERS):
        if all(0 in text for text in written):
            break
        rows, state = model.step(ids, state)
        ids = rows.argmax(axis=1).tolist()
        for text, id in zip(written, ids, strict=True):
            text.append(id)
    ended = [text[: text.index(0)] if 0 in text else text for text in written]
    return [checkpoint.vocabulary.decode(text) for text in ended]


def samples(checkpoint: Checkpoint) -> tuple[Sample, ...]:
    """What it writes for the card's prompts, each a source with its separator."""
    found = translate(checkpoint, [prompt.removesuffix(SEPARATOR) for prompt in checkpoint.card.prompts])
    return tuple(
        Sample(temperature=0.0, prompt=prompt, text=text)
        for prompt, text in zip(checkpoint.card.prompts, found, strict=True)
    )
