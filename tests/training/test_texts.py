"""Difficult texts and output folders: training gives either a sentence with working advice, or a model."""

import dataclasses
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.library import load
from playground.models import build
from playground.training import corpora, recipes, sweep, train
from playground.training.evaluate import calibrate
from playground.training.loop import TrainingRun, fit
from playground.training.objective import NextSymbol
from playground.training.recipes import RECIPES, Counting, GradientTraining
from tests.small_training import CONFIGS, PLAN, sample_text, small_recipe

LINE = "the cat sat on the mat and then it sat on the hat. "


@pytest.fixture(params=["ngram", "gru"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small recipe of a kind, which was not made for this text."""
    small_recipe(request.param, monkeypatch)
    other = dataclasses.replace(RECIPES["small"], corpus=corpora.SHAKESPEARE)
    monkeypatch.setitem(RECIPES, "small", other)
    return str(request.param)


def command(text: Path, out: Path, *more: str) -> list[str]:
    return ["small", "--text", str(text), "--out", str(out), *more]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the command says of what must be put right."""
    assert train.main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert said.endswith(".\n")
    return said.removeprefix("error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.txt is empty: choose a text to learn from."),
        ("\n \t\r\n" * 1000, "a.txt has nothing but blank lines: choose a text to learn from."),
        ("a" * 2000, "a.txt repeats one character, so there is nothing to predict: choose another text."),
        ("abc\n" * 249, "a.txt has 996 characters, which is too short: at least 1,000 are needed."),
    ],
)
def test_a_text_with_nothing_to_learn_is_refused(
    text: str, said: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert refused(command(tmp_path / "a.txt", tmp_path / "out"), capsys) == said
    assert not (tmp_path / "out").exists()


def test_a_lowercase_recipe_counts_both_cases_as_one_character(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lower = dataclasses.replace(RECIPES["small"], corpus=corpora.SHAKESPEARE_LOWER)
    monkeypatch.setitem(RECIPES, "small", lower)
    (tmp_path / "a.txt").write_text("Aa" * 1000)
    assert "a.txt repeats one character" in refused(command(tmp_path / "a.txt", tmp_path / "out"), capsys)


def test_too_many_characters_for_a_vocabulary_are_refused(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = "".join(chr(c) for c in range(32, 32 + 203_000) if not 0xD800 <= c < 0xE000)
    (tmp_path / "a.txt").write_bytes(every.encode())
    said = refused(command(tmp_path / "a.txt", tmp_path / "out"), capsys)
    assert said == "a.txt has 200,952 different characters, and a model at most 200,000: choose another text."


def test_a_path_that_is_no_file_is_refused(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    out = tmp_path / "out"
    assert refused(command(tmp_path, out), capsys) == f"{tmp_path.name} is a folder: give a text file."
    assert refused(command(tmp_path / "none.txt", out), capsys) == (
        "none.txt cannot be read (No such file or directory): check the path."
    )
    assert refused(command(tmp_path / "pipe", out), capsys) == (
        "pipe is a pipe or a device: write the text into a file, and give that."
    )


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        (LINE * 40, ["the cat sat on t", "mat and then it ", "sat on the hat. "]),  # one line
        ("x" * 3000 + "y" * 3000, ["x" * 16]),  # one line, and one word
        ("ab" * 1000, ["ab" * 8]),
        ("\n" * 999 + "a", ["a"]),
        ("one line that is not blank\n" + "\n" * 2000, ["one line that is"]),
        ((LINE + "\r\n") * 30, ["the cat sat on t"]),  # Windows
        ("".join(f"{n} {LINE}\r" for n in range(30)), ["0 the cat sat on", "10 the cat sat o", "20 the cat sat o"]),
    ],
)
def test_an_unusual_text_is_learned(text: str, prompts: list[str], kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert train.main(command(tmp_path / "a.txt", tmp_path / "out")) == 0
    checkpoint = load(tmp_path / "out")
    assert list(checkpoint.card.prompts) == prompts
    assert "\r" not in checkpoint.vocabulary.symbols
    assert all(sample.text for sample in checkpoint.card.samples)
    assert checkpoint.card.validation and checkpoint.card.validation.characters


def test_an_undecodable_file_name_is_accepted_and_such_a_folder_refused(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, out = (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)) for name in (b"a\xff.txt", b"out\xff"))
    text.write_text(sample_text())
    assert train.main(command(text, tmp_path / "out")) == 0
    assert load(tmp_path / "out").card.corpus.name == "a\ufffd.txt"
    assert "a\ufffd" in (tmp_path / "out" / "README.md").read_text("utf-8")
    capsys.readouterr()
    assert "out\ufffd has a name that is no text: give another" in refused(command(text, out), capsys)


def test_a_text_shorter_than_a_batch_gets_a_smaller_one_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe("gru", monkeypatch)
    large = dataclasses.replace(PLAN, batch=64, length=64, calibration_split=0.05)
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], training=large))
    (tmp_path / "a.txt").write_text(sample_text()[:1000])
    given = command(tmp_path / "a.txt", tmp_path / "out")
    assert train.main(given) == 0
    # 900 characters train, of which 45 are held back: 13 rows of 64, so one row is an eighth of them.
    said = "The text is short, so a batch has 1 × 64 characters, and not 64 × 64."
    assert said in capsys.readouterr().out
    settings = load(tmp_path / "out").card.settings or {}
    assert (settings["batch"], settings["length"]) == (1, 64)
    assert refused([*given, "--resume"], capsys).startswith("There is nothing to resume")


def test_a_sweep_accepts_a_short_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_recipe("gru", monkeypatch)
    large = dataclasses.replace(PLAN, batch=64, length=64, calibration_split=0.1, epochs=1)
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], training=large, alternatives=({},)))
    (tmp_path / "a.txt").write_text(sample_text()[:1000])
    rows = sweep.choose(recipes.get_recipe("small"), tmp_path / "a.txt", tmp_path / "out")
    assert all(row["nats"] > 0 for row in rows)


def test_a_text_too_short_to_calibrate_keeps_the_scale() -> None:
    model = build("gru", {"vocabulary": 8, **CONFIGS["gru"]})
    assert calibrate(model, torch.tensor([3])) == 1
    assert calibrate(model, torch.tensor([])) == 1
    assert calibrate(model, torch.tensor([3, 1, 4, 1, 5])) > 0


def test_an_unwritable_folder_is_refused_before_training(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "fit", None)
    monkeypatch.setattr(train, "NGram", None)
    (tmp_path / "a.txt").write_text(sample_text())
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    here = ("file", "file/in", "x" * 300, "loop")
    for out in (*(tmp_path / name for name in here), Path("/proc/x")):
        said = refused(command(tmp_path / "a.txt", out), capsys)
        assert said.startswith(f"{out} cannot be written (")
        assert said.endswith("): give another folder with --out.")
    assert sweep.main(["shakespeare-lstm", "--text", str(tmp_path / "a.txt"), "--out", str(tmp_path / "file")]) == 1
    assert "give another folder with --out." in capsys.readouterr().err


@contextmanager
def full_after(most: int) -> Iterator[None]:
    """A disk that holds files of up to this many bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="only Unix bounds the size of files")
@pytest.mark.parametrize("most", [0, 300, 1_000])
@pytest.mark.parametrize("small", ["ngram", "gru"])
def test_a_full_disk_is_reported_and_leaves_no_drafts(
    most: int, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe(small, monkeypatch)
    (tmp_path / "a.txt").write_text(sample_text())
    with full_after(most):
        assert train.main(command(tmp_path / "a.txt", tmp_path / "out")) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert next(line for line in said.splitlines() if line.startswith("error: ")).endswith("with --out.")
    assert not list((tmp_path / "out").glob(".*.draft"))


def stopped(plan: GradientTraining = PLAN) -> dict[str, Any]:
    """The record of a run in the middle of its second epoch."""
    torch.manual_seed(plan.seed)
    ids = torch.randint(8, (1500,), generator=torch.Generator().manual_seed(1))
    run = TrainingRun(build("lstm", {"vocabulary": 8, **CONFIGS["lstm"]}), plan, NextSymbol(plan, ids, ids[:300]))
    for progress in fit(run):
        if progress.step == run.epoch_steps + 3:
            break
    return run.record()


def write_record(record: Any, out: Path) -> None:
    with (out / train.RESUME).open("wb") as file:
        torch.save(record, file)


@pytest.mark.filterwarnings("ignore:for .*. copying from a non-meta parameter")
def test_a_record_is_loaded_on_the_cpu_and_moved_to_the_runs_device(tmp_path: Path) -> None:
    """"meta", which always exists, stands in for CUDA: tensors moved there have no values."""
    record = stopped()
    write_record({"recipe": "this", **record}, tmp_path)
    ids = torch.zeros(1500, dtype=torch.int64)
    with torch.device("meta"):
        model = build("lstm", {"vocabulary": 8, **CONFIGS["lstm"]})
    run = TrainingRun(model, PLAN, NextSymbol(PLAN, ids, ids[:300]))
    torch.manual_seed(99)
    train._resume(run, tmp_path, "this")
    assert torch.equal(torch.get_rng_state(), record["random"])
    assert run.step == record["step"]

    def devices(value: Any) -> set[str]:
        if isinstance(value, torch.Tensor):
            return {value.device.type}
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return set().union(*map(devices, parts))

    # All that is computed with is on the device; what counts the steps is on the CPU, where asking it costs nothing.
    assert devices(run.state) == devices(run.ema) == devices(run.best_weights) == {"meta"}
    state = run.optimizer.state_dict()["state"]
    assert {name: devices([part[name] for part in state.values()]) for name in state[0]} == {
        "step": {"cpu"}, "exp_avg": {"meta"}, "exp_avg_sq": {"meta"},
    }  # fmt: skip


@pytest.mark.parametrize("lacking", ["random", "optimizer", "ema", "recipe"])
def test_an_incomplete_record_is_damaged(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe("lstm", monkeypatch)
    (tmp_path / "a.txt").write_text(sample_text())
    monkeypatch.setattr(train, "_fingerprint", lambda *_: "this")
    record = {"recipe": "this", **stopped()}
    del record[lacking]
    (tmp_path / "out").mkdir()
    write_record(record, tmp_path / "out")
    said = refused(command(tmp_path / "a.txt", tmp_path / "out", "--resume"), capsys)
    assert "leave out --resume to start anew." in said
    write_record([1, 2], tmp_path / "out")
    said = refused(command(tmp_path / "a.txt", tmp_path / "out", "--resume"), capsys)
    assert said.endswith(".resume is damaged: leave out --resume to start anew.")


def test_an_n_gram_of_too_many_strings_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe("ngram", monkeypatch)
    (tmp_path / "a.txt").write_text(sample_text())
    monkeypatch.setattr("playground.models.ngram.MAX_NODES", 100)
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], training=Counting(order=4)))
    said = refused(command(tmp_path / "a.txt", tmp_path / "out"), capsys)
    assert "different strings of up to 4 characters" in said
    assert said.endswith("use a shorter text.")
