"""The sweep: it uses only a part of the training text, results are stored, and the recipes follow them."""

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from playground import library
from playground.errors import BadCheckpoint, BadInput
from playground.training import corpora, records, sweep, texts, train
from playground.training.masks import Gaps
from playground.training.objective import NextSymbol
from playground.training.recipes import RECIPES, Counting, GradientTraining, Recipe
from tests.conftest import LONG

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
ANY = dataclasses.replace(corpora.SHAKESPEARE, sha256="")
PLAN = GradientTraining(epochs=2, batches="streams", batch=8, length=8, lr=1e-2)
SMALL = Recipe(
    "Small",
    ANY,
    "gru",
    PLAN,
    ("a", "de"),
    {"embedding": 4, "hidden": 16, "layers": 1},
    alternatives=({"lr": 1e-5}, {"dropout": 0.5, "batch": 4}),
)
CHOSEN = [name for name, recipe in RECIPES.items() if recipe.alternatives]


def _write(path: Path, last_tenth: str) -> Path:
    """3,600 characters, the same each time, and then 400 of a kind."""
    dice = random.Random(1)
    words = [dice.choice("bdk") + dice.choice("aeiou") * 2 for _ in range(9)]
    path.write_text("abcdefghijklmnopqrstuvwxyz" + "".join(f"{dice.choice(words)} " for _ in range(900))[:3574]
                    + (last_tenth * 400)[:400])  # fmt: skip
    return path


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    return _write(tmp_path / "text.txt", "bee ")


def test_settings_are_changed_by_their_names() -> None:
    changed = SMALL.changed({"dropout": 0.5, "batch": 4})
    assert changed.config == {"embedding": 4, "hidden": 16, "layers": 1, "dropout": 0.5}
    assert changed.training == dataclasses.replace(PLAN, batch=4)
    assert dataclasses.replace(changed, config=SMALL.config, training=PLAN) == SMALL


def test_a_proxy_is_half_of_its_recipe() -> None:
    proxy = sweep.proxy_of(SMALL)
    assert proxy.config == {"embedding": 4, "hidden": 8, "layers": 1}
    assert proxy.training == dataclasses.replace(PLAN, batch=4)
    wide = sweep.proxy_of(dataclasses.replace(SMALL, kind="transformer", config={"width": 64, "heads": 4}))
    assert wide.config == {"width": 32, "heads": 4}
    with pytest.raises(BadInput, match="counts"):
        sweep.proxy_of(dataclasses.replace(SMALL, training=Counting(order=3)))


def test_a_proxy_learns_one_part_of_the_training_text_and_is_evaluated_on_another(
    text_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []

    def watched(plan: GradientTraining, *ids: Tensor) -> NextSymbol:
        seen.extend(ids)
        return NextSymbol(plan, *ids)

    monkeypatch.setitem(sweep.OBJECTIVES, "language", watched)
    vocabulary, ids, _ = texts.prepare(ANY, text_file)
    sweep.train_proxy(sweep.proxy_of(SMALL), len(vocabulary), ids)
    assert [len(part) for part in (ids, *seen)] == [3600, 900, 360]
    assert (seen[0] == ids[:900]).all()
    assert (seen[1] == ids[-360:]).all()


def test_the_validation_text_does_not_affect_the_sweep(tmp_path: Path) -> None:
    rows = [
        sweep.choose(SMALL, _write(tmp_path / f"{i}.txt", last), tmp_path / str(i))
        for i, last in enumerate(["bee ", "z"])
    ]
    for one, other in zip(*rows, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}
    nats = [row["nats"] for row in rows[0]]
    assert len(set(nats)) == 3
    assert nats[0] < nats[1]  # a learning rate of a hundred-thousandth is useless


def test_stored_results_are_not_measured_again(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sweep.choose(SMALL, text_file, tmp_path)
    assert records.load_sweep(tmp_path) == first
    asked = []

    def train_proxy(proxy: Any, *_: Any) -> dict[str, Any]:
        asked.append(proxy.training.lr)
        return {"nats": 9.0, "epoch": 1, "seconds": 1.0}

    monkeypatch.setattr(sweep, "train_proxy", train_proxy)
    # What was an alternative is now the recipe: the same proxy, under another name.
    other = dataclasses.replace(SMALL.changed({"lr": 1e-5}), alternatives=({"lr": 1e-2}, {"lr": 3e-3}))
    rows = sweep.choose(other, text_file, tmp_path)
    assert asked == [3e-3]
    assert [row["nats"] for row in rows] == [first[1]["nats"], first[0]["nats"], 9.0]
    assert records.load_sweep(tmp_path) == rows
    # Another text has no stored result.
    asked.clear()
    text_file.write_text(text_file.read_text("utf-8")[1:])
    sweep.choose(other, text_file, tmp_path)
    assert asked == [1e-5, 1e-2, 3e-3]


def test_an_interruption_keeps_earlier_results(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sweep.choose(SMALL, text_file, tmp_path)

    def stopped(*_: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "train_proxy", stopped)
    with_a_new_one = dataclasses.replace(SMALL, alternatives=({"lr": 3e-3}, *SMALL.alternatives))
    with pytest.raises(KeyboardInterrupt):
        sweep.choose(with_a_new_one, text_file, tmp_path)
    assert sorted(row["nats"] for row in records.load_sweep(tmp_path)) == sorted(row["nats"] for row in first)


def test_the_sweep_command(text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(SMALL, prompts=("ba", "be")))
    monkeypatch.setattr(records, "LENGTH", 20)
    out = tmp_path / "out"
    told = ["small", "--text", str(text_file), "--out", str(out)]
    assert sweep.main(told) == 0
    assert "as it stands: " in capsys.readouterr().out
    assert train.main(told) == 0
    chosen = records.load_sweep(out)
    card = library.load(out).card
    assert [row.model_dump() for row in card.sweep] == [
        {key: row[key] for key in ("changes", "nats", "epoch")} for row in chosen
    ]
    readme = (out / "README.md").read_text("utf-8")
    assert f"| dropout 0.5, batch 4 | {chosen[2]['nats']:.4f} | {chosen[2]['epoch']} |" in readme
    assert sweep.main(["small", "--text", str(tmp_path / "none.txt"), "--out", str(out)]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_masked_models_sweep_is_evaluated_at_gaps(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []

    def watched(plan: GradientTraining, *ids: Tensor) -> Gaps:
        seen.extend(ids)
        return Gaps(plan, *ids)

    monkeypatch.setitem(sweep.OBJECTIVES, "masked", watched)
    plan = dataclasses.replace(PLAN, batches="windows", epochs=1)
    config = {"width": 16, "layers": 1, "heads": 2, "context": 8}
    masked = Recipe("Small", ANY, "masked", plan, ("ba",), config, alternatives=({"positions": "learned"},))
    monkeypatch.setitem(RECIPES, "small", masked)
    told = ["small", "--text", str(text_file), "--out", str(tmp_path / "out")]
    assert sweep.main(told) == 0
    assert [len(part) for part in seen] == [900, 360] * 2
    rows = records.load_sweep(tmp_path / "out")
    assert rows[0]["nats"] != rows[1]["nats"]
    assert train.main(told) == 0
    assert [(row.changes, row.nats) for row in library.load(tmp_path / "out").card.sweep] == [
        ({}, rows[0]["nats"]), ({"positions": "learned"}, rows[1]["nats"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", ["", "[]", '{"rows": [{"changes": {}}]}', '{"rows": [{"changes": {}, "proxy": 1}]}', '{"rows": [7]}']
)
def test_an_invalid_choice_is_refused(content: str, tmp_path: Path) -> None:
    assert records.load_sweep(tmp_path) == []
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(BadCheckpoint, match=r"sweep.json (is not valid JSON|does not follow its format)"):
        records.load_sweep(tmp_path)


@pytest.mark.parametrize("name", CHOSEN)
def test_each_recipe_has_the_best_settings_of_its_sweep(name: str) -> None:
    recipe = RECIPES[name]
    rows = records.load_sweep(library.BUNDLED / name)
    assert [row["changes"] for row in rows] == [{}, *recipe.alternatives]
    for row in rows:
        proxy = sweep.settings(sweep.proxy_of(recipe.changed(row["changes"])))
        assert row["proxy"] == json.loads(json.dumps(proxy))
    assert rows[0]["nats"] == min(row["nats"] for row in rows)
    card = library.card(name)
    assert [row.model_dump() for row in card.sweep] == [
        {key: row[key] for key in ("changes", "nats", "epoch")} for row in rows
    ]
    text = CORPORA / recipe.corpus.file
    if not text.exists():
        pytest.skip(f"the text is not at {text}")
    assert {row["text"] for row in rows} == {sweep.fingerprint(texts.prepare(recipe.corpus, text)[1])}


@pytest.mark.skipif(not LONG, reason="PLAYGROUND_LONG=1 trains every proxy model anew, two minutes each and more")
@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name in CHOSEN for number in range(1 + len(RECIPES[name].alternatives))]
)
def test_a_proxy_reproduces_its_row(name: str, number: int) -> None:
    """If it has nearly learned to spell; one that is about to, at 2.9 nats, depends on rounding alone."""
    recipe, row = RECIPES[name], records.load_sweep(library.BUNDLED / name)[number]
    text = CORPORA / recipe.corpus.file
    if not text.exists():
        pytest.skip(f"the text is not at {text}")
    vocabulary, ids, _ = texts.prepare(recipe.corpus, text)
    proxy = sweep.proxy_of(recipe.changed(row["changes"]))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found = sweep.train_proxy(proxy, len(vocabulary), ids, device)
    assert found["nats"] == pytest.approx(row["nats"], abs=0.06 if row["nats"] < 2.2 else 0.3)
