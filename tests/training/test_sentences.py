"""The translation training task: pairs by source hash, batches of one length, letters that count, and chrF."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import sacrebleu
import torch
from torch.nn import functional as F

from playground import library
from playground.errors import BadCorpus
from playground.models import build
from playground.training import corpora, sentences
from playground.training.chrf import chrf
from playground.training.recipes import RECIPES
from playground.training.train import main
from playground.training.translation_figures import sample

ANY = replace(corpora.PAIRS, sha256="", common=1)
PLAN = RECIPES["translate-luong"].training
NOUNS = ("cat", "dog", "hen", "pig", "cow", "ant", "bee", "fox")


def table() -> str:
    """240 pairs with something to learn: the words of a sentence, in another order and spelling."""
    articles, verbs = ("a", "the", "one", "my", "no"), ("eats", "runs", "sees", "is", "has", "am")
    rows = [(a, n, b) for a in NOUNS for n in articles for b in verbs]
    return "".join(f"{n} {a} {b}\t{b}o {n}a {a}{a}\tCC-BY\n" for a, n, b in rows)


def test_the_hash_of_a_source_decides_the_split_of_its_translations() -> None:
    vocabulary, train, validation = sentences.prepare(ANY, table() + "one cat eats\tun gato come\n", "t.tsv")
    for part, side in ((train, False), (validation, True)):
        for source, _ in part:
            assert (int(hashlib.sha256(source.encode()).hexdigest(), 16) % 20 == 0) is side
    assert len(train) + len(validation) == 241
    assert (vocabulary.symbols[0], vocabulary.symbols[-1]) == ("\n", "→")
    both = {source for source, _ in train} & {source for source, _ in validation}
    assert not both


def test_long_and_rare_pairs_are_left_out() -> None:
    more = "a" * 51 + "\tx\nzig\tzag\n"
    vocabulary, train, validation = sentences.prepare(replace(ANY, common=3), table() + more, "t.tsv")
    assert len(train) + len(validation) == 240
    assert "z" not in vocabulary.symbols


@pytest.mark.parametrize(
    ("text", "said"),
    [("a cat\n", "line 1"), ("a cat\t \n", "line 1"), ("a cat\tun gato\n", "too few"), (table() + "a ﾀ\tb ﾀ\n", "→")],
)
def test_an_invalid_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadCorpus, match=said):
        sentences.prepare(ANY, text, "t.tsv")


def test_a_batch_has_sources_of_one_length_and_each_pair_once() -> None:
    vocabulary, train, validation = sentences.prepare(ANY, table(), "t.tsv")
    pairs, other = (sentences.encode(vocabulary.symbols, part) for part in (train, validation))
    objective = sentences.Translations(replace(PLAN, batch=7), pairs, other, len(vocabulary))  # type: ignore[arg-type]
    found = list(objective.batches(torch.Generator().manual_seed(1)))
    assert len(found) == objective.epoch_steps
    texts = sorted(tuple(row.tolist()) for batch in found for row in batch.sources)
    assert texts == sorted(tuple(pair.source.tolist()) for pair in pairs)
    for batch in found:
        assert batch.before.shape == batch.after.shape
        assert (batch.before[:, 0] == len(vocabulary) - 1).all()
        assert ((batch.after == 0).sum(1) == 1).all()  # each has its end, once


def test_padding_counts_for_nothing() -> None:
    vocabulary, train, _ = sentences.prepare(ANY, table(), "t.tsv")
    pairs = [pair for pair in sentences.encode(vocabulary.symbols, train) if len(pair.source) == 12]
    torch.manual_seed(1)
    model = build("seq2seq", {"vocabulary": len(vocabulary), "embedding": 4, "encoder": 5, "hidden": 6, "readout": 7})
    whole = sentences.evaluate(model, pairs, len(vocabulary) - 1)
    alone, letters = 0.0, 0
    for pair in pairs:
        batch = sentences.batch_of([pair], len(vocabulary) - 1)
        with torch.no_grad():
            logits = model.teach(batch.sources, batch.before)[0]
        alone += float(F.cross_entropy(logits, batch.after[0], reduction="sum"))
        letters += len(pair.target) + 1
    assert whole.characters == letters
    assert whole.nats == pytest.approx(alone / letters, abs=1e-5)


def test_one_command_makes_a_translator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, epochs=3, batch=8, lr=1e-2)  # type: ignore[arg-type]
    config = {"attention": "luong", "embedding": 8, "encoder": 8, "hidden": 16, "readout": 16}
    recipe = replace(RECIPES["translate-luong"], corpus=ANY, training=plan, config=config, prompts=("a cat is→",))
    monkeypatch.setitem(RECIPES, "small", recipe)
    (tmp_path / "pairs.tsv").write_text(table(), "utf-8")
    assert main(["small", "--text", str(tmp_path / "pairs.tsv"), "--out", str(tmp_path / "made")]) == 0
    made = library.load(tmp_path / "made")
    assert made.task == "translation"
    assert made.card.validation
    assert made.card.validation.nats
    assert made.card.validation.nats < 2.5  # ln 23 = 3.1 for one that has learned nothing
    told = made.card.translation
    assert told
    assert told.sentences == len(sample(sentences.prepare(ANY, table(), "t")[2]))
    assert "| up to 20 |" in (tmp_path / "made" / "README.md").read_text("utf-8")


def test_chrf_by_hand() -> None:
    assert chrf(["abc"], ["abc"]) == 100
    assert chrf(["abc"], ["xyz"]) == 0
    # "ab" in "abc": of single letters precision 1 and recall 2/3, of pairs 1 and 1/2; means 1 and 7/12.
    assert chrf(["ab"], ["abc"]) == pytest.approx(100 * 5 * (7 / 12) / (4 + 7 / 12))
    assert chrf(["a b c"], ["abc"]) == 100


def test_chrf_equals_sacrebleus() -> None:
    found = ["¿Dónde está el estación?", "Ella tiene gatos.", "No.", ""]
    right = ["¿Dónde está la estación?", "Ella tiene dos gatos.", "Sí, claro.", "Vete."]
    assert chrf(found, right) == pytest.approx(sacrebleu.corpus_chrf(found, [right]).score, abs=1e-9)
