"""The training command from end to end on a small text, and its messages if the user must fix something."""

import dataclasses
import math
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.checkpoints.card import Training
from playground.errors import BadCheckpoint, BadInput
from playground.library import load
from playground.models import KINDS, build
from playground.text.wordlist import WordList, words_of
from playground.training import corpora, history, loop, recipes, texts, train
from playground.training.evaluate import evaluate
from playground.training.recipes import RECIPES, GradientTraining, Reported
from tests.small_training import CONFIGS, PLAN, sample_text, small_recipe, small_run

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(sample_text())
    return path


def training_record(folder: Path) -> Training:
    """What the card in a folder says of the training."""
    training = load(folder).card.training
    assert training
    return training


@pytest.mark.parametrize("able", [True, False])
def test_bfloat16_is_used_only_with_hardware_support(
    able: bool, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emulated bfloat16 is many times slower, and torch.lstm may reject it."""
    monkeypatch.setattr(loop, "rounds", lambda device: able)
    seen = []

    def autocast(*_: Any, enabled: bool) -> Any:
        seen.append(enabled)
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", autocast)
    small_recipe("lstm", monkeypatch)
    assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    assert set(seen) == {able}
    assert training_record(tmp_path).precision == (None if able else "float32")
    assert ("so all was float32" in (tmp_path / "README.md").read_text("utf-8")) is not able
    exact = dataclasses.replace(PLAN, precision="float32")
    assert small_run(plan=exact).precision == "float32"


@pytest.mark.parametrize("kind", ["ngram", *CONFIGS])
def test_the_command_trains_each_kind(
    kind: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe(kind, monkeypatch)
    out = tmp_path / "out"
    assert train.main(["small", "--text", str(text_file), "--out", str(out)]) == 0
    c = load(out)
    assert c.kind == kind
    ids = torch.tensor(c.vocabulary.encode(sample_text()[2160:]).ids)
    result = evaluate(c.model, ids)
    assert c.card.validation
    assert c.card.validation.nats == pytest.approx(result.nats, abs=1e-6)
    assert c.card.validation.characters == 239
    assert c.card.validation.unit == "character"
    assert result.nats < math.log(len(c.vocabulary))  # better than the uniform distribution
    assert [s.temperature for s in c.card.samples] == [0.2, 0.5, 1.0, 1.2]
    assert all(len(s.text) == 20 and s.prompt == "de" for s in c.card.samples)
    assert f"{result.nats:.4f} nats" in capsys.readouterr().out
    learned = sample_text()[:2160]
    assert c.words == WordList.of(set(words_of(learned)), [learned.count(symbol) for symbol in c.vocabulary.symbols])
    files = {"README.md", "config.json", "model.safetensors", "tokenizer.json", "words.json"}
    assert {p.name for p in out.iterdir()} == (files if kind == "ngram" else files | {"history.json"})


def test_the_training_history_uses_one_prompt_and_the_same_draws(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_recipe("gru", monkeypatch)
    assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    told = history.load(tmp_path)
    assert [row.epoch for row in told.curve] == [1, 2]
    assert [s.epoch for s in told.snapshots] == [0, 1, 2]
    assert told.prompt == "a"
    assert told.temperatures == (0.2, 0.5, 1.0, 1.2)
    # The last snapshot is what the kept weights, here those of the last epoch, write and expect.
    c = load(tmp_path)
    assert training_record(tmp_path).best_epoch == 2
    again = history.snapshot(c, "a", 2)
    assert again.logits == pytest.approx(told.snapshots[2].logits, abs=0.05)  # stored as float16
    assert again.texts[0] == told.snapshots[2].texts[0]
    # An untrained model expects nothing in particular; a trained one does.
    spread = [max(s.logits) - min(s.logits) for s in told.snapshots]
    assert spread[0] < spread[2]
    assert all(len(text) == 20 for s in told.snapshots for text in s.texts)


def test_recording_a_training_history_does_not_change_training(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_recipe("gru", monkeypatch)
    for name, tells in (("a", True), ("b", False)):
        monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], snapshots=tells))
        assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path / name)]) == 0
    assert history.load(tmp_path / "b").snapshots == []
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b")]
    assert weights[0] == weights[1]


def test_another_text_is_not_mistaken_for_the_recipes_own(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_recipe("gru", monkeypatch)
    changed = dataclasses.replace(RECIPES["small"], corpus=corpora.SHAKESPEARE, title="Small · GRU", note="Known.")
    monkeypatch.setitem(RECIPES, "small", changed)
    assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path / "out")]) == 0
    card = load(tmp_path / "out").card
    assert card.title == "text · GRU"
    assert card.corpus.name == "text.txt"
    assert (card.corpus.licence, card.licence) == ("not stated", "other")
    assert card.note == ""
    assert len(card.prompts) == 3
    assert all(sample_text().count(prompt) for prompt in card.prompts)


def test_the_recipes_texts_equal_the_available_ones(repository: Path) -> None:
    folder = repository.parent / "shared" / "corpora"
    for recipe in RECIPES.values():
        file = folder / recipe.corpus.file
        if not file.exists():
            pytest.skip(f"the text is not at {file}")
        assert texts.fit_recipe(recipe, file) is recipe


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 2}', '{"format": 1, "curve": [{"epoch": 1}], "tellings": []}',
     '{"format": 1, "curve": [], "symbols": ["a"], "temperatures": [1], "tellings": [{"logits": [1], "texts": []}]}'],
)  # fmt: skip
def test_an_invalid_training_history_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text(content)
    with pytest.raises(BadCheckpoint, match=r"history.json (is not valid JSON|does not follow its format)"):
        history.load(tmp_path)
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        history.load(tmp_path / "none")


@pytest.mark.parametrize("figure", ["validation", "windows", "training"])
def test_a_model_is_evaluated_like_the_reported_figure(
    figure: Any, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_recipe("gru", monkeypatch)
    reported = Reported("A book", figure, nats=1.5, differs="all", accuracy=0.5)
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], reported=reported))
    assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    c = load(tmp_path)
    assert c.card.reported
    ours = c.card.reported.ours
    if figure == "training":
        assert ours.nats == min(row.loss for row in history.load(tmp_path).curve)
    else:
        ids = torch.tensor(c.vocabulary.encode(sample_text()[2160:]).ids)
        rows = 1 if figure == "validation" else len(ids[:-1]) // 16
        assert ours.nats == pytest.approx(evaluate(c.model, ids, rows=rows).nats, abs=1e-6)
    assert f"has {ours.nats:.4f}" in (tmp_path / "README.md").read_text("utf-8")


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_a_seed_reproduces_the_weights(
    kind: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_recipe(kind, monkeypatch)
    for name in ("a", "b"):
        assert train.main(["small", "--text", str(text_file), "--out", str(tmp_path / name)]) == 0
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b")]
    assert weights[0] == weights[1]


def test_ctrl_c_leaves_a_checkpoint_that_loads_and_a_run_that_resumes(text_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # The command itself, with a recipe that lasts for some seconds after its second epoch.
    program = (
        "import dataclasses, sys\n"
        "from playground.training import corpora, recipes, train\n"
        "plan = recipes.GradientTraining(epochs=6, batches='streams', batch=4, length=16, lr=1e-2)\n"
        "text = dataclasses.replace(corpora.SHAKESPEARE, sha256='')\n"
        f"config = {CONFIGS['gru']!r}\n"
        "recipes.RECIPES['small'] = recipes.Recipe('S', text, 'gru', plan, ('a', 'de'), config)\n"
        "sys.exit(train.main())\n"
    )
    command = [sys.executable, "-c", program, "small", "--text", str(text_file), "--out", str(out)]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    assert process.stdout is not None
    said = ""
    while "epoch 2: " not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    said += process.communicate(timeout=60)[0]
    assert process.returncode == 130, said
    assert "--resume goes on" in said
    assert "Traceback" not in said
    assert 2 <= training_record(out).epochs < 6
    assert (out / ".resume").exists()

    resumed = [*command, "--resume"]
    done = subprocess.run(resumed, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"^epoch 1:", done.stdout, re.MULTILINE)
    assert training_record(out).epochs == 6
    assert not (out / ".resume").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--text", "none.txt"], "cannot be read"),
        (["--text", "{text}", "--resume"], "nothing to resume"),
        pytest.param(
            ["--text", "{text}", "--device", "cuda"],
            "no CUDA device",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
    ],
)
def test_user_errors_are_reported_in_one_line(
    arguments: list[str], said: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    small_recipe("gru", monkeypatch)
    given = [a.format(text=text_file) for a in arguments]
    assert train.main(["small", *given, "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error


def test_a_record_of_another_run_is_refused(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe("gru", monkeypatch)
    command = ["small", "--text", str(text_file), "--out", str(tmp_path), "--resume"]
    (tmp_path / ".resume").write_bytes(b"half a fi")
    assert train.main(command) == 1
    assert "is damaged" in capsys.readouterr().err
    with (tmp_path / ".resume").open("wb") as file:
        torch.save({"recipe": "another"}, file)
    assert train.main(command) == 1
    assert "changed since" in capsys.readouterr().err


def test_every_recipe_is_complete() -> None:
    for name, r in RECIPES.items():
        if isinstance(r.training, GradientTraining):
            build(r.kind, {"vocabulary": 65, **r.config})
        assert KINDS[r.kind].task != "language" or name.split("-")[1] == r.kind
        assert 3 <= len(r.prompts) <= 4
    with pytest.raises(BadInput, match="choose one of shakespeare-bigram"):
        recipes.get_recipe("none")
