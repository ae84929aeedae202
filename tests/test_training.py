"""Training: measures and schedules by hand, resuming exactly, and the command from end to end on a small text."""

import dataclasses
import math
import random
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from playground import corpus, fitting, recipes, records, sources, story, training
from playground.checkpoints import load
from playground.errors import BadCheckpoint, BadInput
from playground.fitting import Run, fit, rate_at
from playground.measuring import calibrate, measure
from playground.models import build
from playground.models.ngram import NGram
from playground.recipes import RECIPES, Counting, Descent, Recipe, Reported

REPOSITORY = Path(__file__).parents[1]
ANY = dataclasses.replace(sources.SHAKESPEARE, sha256="")
PLAN = Descent(epochs=2, batches="streams", batch=4, length=16, rate=1e-2, average=0.9, seed=3)
CONFIGS: dict[str, dict[str, Any]] = {
    "rnn": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1},
    "gru": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1},
    "lstm": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1, "weight_dropout": 0.1},
    "transformer": {"width": 16, "layers": 2, "heads": 2, "window": 8, "dropout": 0.1},
}


def _text() -> str:
    """2,400 characters of nonsense that has something to learn: words of five letters, spaces and lines."""
    dice = random.Random(4)
    words = ["".join(dice.choice("aeiou" if i % 2 else "bdklmnrst") for i in range(5)) for _ in range(12)]
    return "".join(dice.choice(words) + dice.choice("   \n") for _ in range(400))


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(_text())
    return path


def _small(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan: Any = PLAN
    if kind == "transformer":
        plan = dataclasses.replace(PLAN, batches="windows")
    if kind == "ngram":
        plan = Counting(order=3)
    config = CONFIGS.get(kind, {})
    small = Recipe("Small", ANY, kind, plan, ("a", "de"), config, story=kind == "gru")
    monkeypatch.setitem(RECIPES, "small", small)
    monkeypatch.setattr(records, "LENGTH", 20)
    monkeypatch.setattr(story, "LENGTH", 20)


def _run(kind: str = "gru", plan: Descent = PLAN) -> Run:
    torch.manual_seed(plan.seed)
    ids = torch.randint(8, (1500,), generator=torch.Generator().manual_seed(1))
    return Run(build(kind, {"vocabulary": 8, **CONFIGS[kind]}), plan, ids, ids[:300])


def test_a_measure_worked_out_by_hand() -> None:
    """Bigrams of abab…: every order-2 prediction is known from the model's own probabilities."""
    ids = torch.tensor([0, 1] * 20)
    model = NGram.from_counts(ids, order=2, vocabulary=2)
    got = measure(model, ids)
    after_0 = float(model.advance([0])[0][0, -1, 1])
    after_1 = float(model.advance([1])[0][0, -1, 0])
    assert got.nats == pytest.approx(-(20 * after_0 + 19 * after_1) / 39, abs=1e-6)
    assert got.bits == pytest.approx(got.nats / math.log(2))
    assert (got.accuracy, got.characters) == (1.0, 39)


def test_a_measure_carries_the_state_over_its_chunks() -> None:
    run = _run()
    ids = run.validation
    whole = measure(run.model, ids, chunk=1000)
    parts = measure(run.model, ids, chunk=7)
    assert parts.nats == pytest.approx(whole.nats, abs=1e-6)
    assert parts.accuracy == whole.accuracy


def test_the_rate_rises_and_falls() -> None:
    plan = dataclasses.replace(PLAN, rate=2.0, warmup=0.1)
    rates = [rate_at(s, 100, plan) for s in range(100)]
    assert rates[0] == pytest.approx(2 / 11)
    assert rates[10] == 2.0 == max(rates)
    assert rates[55] == pytest.approx(1.0)
    assert rates[99] == pytest.approx(1 + math.cos(math.pi * 89 / 90))


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize(("batches", "held"), [("streams", 0.0), ("windows", 0.0), ("streams", 0.2)])
def test_a_resumed_run_equals_one_that_was_not_stopped(kind: str, batches: Any, held: float) -> None:
    plan = dataclasses.replace(PLAN, batches=batches, held_back=held)
    straight = _run(kind, plan)
    losses = [p.loss for p in fit(straight)]
    first, second = _run(kind, plan), _run(kind, plan)
    stop = straight.epoch_steps + 3
    before = [p.loss for p in islice(fit(first), stop)]
    record = first.record()
    torch.manual_seed(99)
    second.resume(record)
    after = [p.loss for p in fit(second)]
    assert before + after == losses
    for name, tensor in straight.best_weights.items():
        assert torch.equal(tensor, second.best_weights[name]), name
    assert (second.best_epoch, second.scale) == (straight.best_epoch, straight.scale)
    for row, other in zip(straight.curve, second.curve, strict=True):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


@pytest.mark.parametrize("able", [True, False])
def test_products_are_rounded_only_where_the_machine_does_it_itself(
    able: bool, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imitated, bfloat16 is many times slower, and torch.lstm may refuse it."""
    monkeypatch.setattr(fitting, "rounds", lambda device: able)
    seen = []

    def autocast(*_: Any, enabled: bool) -> Any:
        seen.append(enabled)
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", autocast)
    _small("lstm", monkeypatch)
    assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    assert set(seen) == {able}
    assert load(tmp_path).card["training"].get("precision") == (None if able else "float32")
    assert ("so all was float32" in (tmp_path / "README.md").read_text("utf-8")) is not able
    exact = dataclasses.replace(PLAN, precision="float32")
    assert _run(plan=exact).precision == "float32"


def test_what_rounds_is_asked_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, said in [({"avx2": True}, False), ({"avx512_bf16": True}, True), ({"bf16": True, "neon": True}, True)]:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert fitting.rounds(torch.device("cpu")) is said


def _run_on_a_pattern(**changes: Any) -> Run:
    """On a text in which three of four ids can be foretold."""
    dice = torch.Generator().manual_seed(2)
    noise = torch.randint(8, (4000,), generator=dice)
    ids = torch.where(torch.rand(4000, generator=dice) < 0.25, noise, torch.arange(4000) * 3 % 8)
    torch.manual_seed(3)
    plan = dataclasses.replace(PLAN, **changes)
    return Run(build("gru", {"vocabulary": 8, **CONFIGS["gru"]}), plan, ids[:3000], ids[3000:])


def test_a_model_that_is_twice_too_sure_is_made_half_as_sure() -> None:
    run = _run_on_a_pattern()
    list(fit(run))
    model, ids = run.model.eval(), run.validation
    calibrate(model, ids, rows=2)
    assert calibrate(model, ids, rows=2) == pytest.approx(1, abs=2e-3)
    right = measure(model, ids, rows=2)
    with torch.no_grad():
        for parameter in model.output.parameters():
            parameter.mul_(2)
    assert measure(model, ids, rows=2).nats > right.nats
    assert calibrate(model, ids, rows=2) == pytest.approx(0.5, rel=2e-3)
    assert measure(model, ids, rows=2).nats == pytest.approx(right.nats, abs=1e-5)
    assert measure(model, ids, rows=2).accuracy == right.accuracy


def test_what_is_held_back_is_not_learned_and_calibrates_what_is_kept_alone() -> None:
    run, whole = _run_on_a_pattern(held_back=0.25), _run_on_a_pattern().train
    assert torch.equal(torch.cat([run.held, run.train]), whole)
    assert len(run.held) == len(whole) // 4
    assert run.epoch_steps == (len(run.train) - 1) // (4 * 16)
    list(fit(run))
    trained = run.model.output.weight.clone()
    with run.kept() as (model, scale):
        assert scale == pytest.approx(run.scale)
        torch.testing.assert_close(model.output.weight, run.average["output.weight"] * scale)
        assert calibrate(model, run.held) == pytest.approx(1, abs=2e-3)
    assert torch.equal(run.model.output.weight, trained)


def test_progress_counts_steps_and_measures_each_epoch() -> None:
    run = _run()
    progress = list(fit(run))
    per_epoch = (1500 - 1) // (4 * 16)
    assert [p.step for p in progress] == list(range(1, 2 * per_epoch + 1))
    assert [p.step for p in progress if p.validation] == [per_epoch, 2 * per_epoch]
    assert [p.epoch for p in progress] == [1] * per_epoch + [2] * per_epoch
    assert progress[-1].left == 0
    assert all(p.speed > 0 for p in progress)
    assert run.best == min((p.validation for p in progress if p.validation), key=lambda m: m.nats)


@pytest.mark.parametrize("kind", ["ngram", *CONFIGS])
def test_the_command_trains_each_kind(
    kind: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _small(kind, monkeypatch)
    out = tmp_path / "out"
    assert training.main(["small", "--text", str(text_file), "--out", str(out)]) == 0
    c = load(out)
    assert c.kind == kind
    ids = torch.tensor(c.vocabulary.encode(_text()[2160:]).ids)
    result = measure(c.model, ids)
    assert c.card["validation"]["nats"] == pytest.approx(result.nats, abs=1e-6)
    assert c.card["validation"]["characters"] == 239
    assert c.card["validation"]["unit"] == "character"
    assert result.nats < math.log(len(c.vocabulary))  # better than knowing nothing
    assert [s["temperature"] for s in c.card["samples"]] == [0.2, 0.5, 1.0, 1.2]
    assert all(len(s["text"]) == 20 and s["prompt"] == "de" for s in c.card["samples"])
    assert f"{result.nats:.4f} nats" in capsys.readouterr().out
    files = {"README.md", "config.json", "model.safetensors", "tokenizer.json"}
    assert {p.name for p in out.iterdir()} == (files if kind == "ngram" else files | {"story.json"})


def test_the_story_is_told_from_one_prompt_with_the_same_dice(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small("gru", monkeypatch)
    assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    told = story.load(tmp_path)
    assert [row["epoch"] for row in told["curve"]] == [1, 2]
    assert [t["epoch"] for t in told["tellings"]] == [0, 1, 2]
    assert told["prompt"] == "a"
    assert told["temperatures"] == [0.2, 0.5, 1.0, 1.2]
    # The last telling is what the kept weights, here those of the last epoch, write and expect.
    c = load(tmp_path)
    assert c.card["training"]["best_epoch"] == 2
    again = story.telling(c, "a", 2)
    assert again["logits"] == pytest.approx(told["tellings"][2]["logits"], abs=0.05)  # stored as float16
    assert again["texts"][0] == told["tellings"][2]["texts"][0]
    # An untrained model expects nothing in particular; a trained one does.
    spread = [max(t["logits"]) - min(t["logits"]) for t in told["tellings"]]
    assert spread[0] < spread[2]
    assert all(len(text) == 20 for t in told["tellings"] for text in t["texts"])


def test_a_run_that_tells_its_story_learns_the_same(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small("gru", monkeypatch)
    for name, tells in (("a", True), ("b", False)):
        monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], story=tells))
        assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path / name)]) == 0
    assert story.load(tmp_path / "b")["tellings"] == []
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b")]
    assert weights[0] == weights[1]


def test_another_text_is_not_taken_for_the_recipes_own(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small("gru", monkeypatch)
    changed = dataclasses.replace(RECIPES["small"], corpus=sources.SHAKESPEARE, title="Small · GRU", note="Known.")
    monkeypatch.setitem(RECIPES, "small", changed)
    assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path / "out")]) == 0
    card = load(tmp_path / "out").card
    assert card["title"] == "text · GRU"
    assert card["corpus"]["name"] == "text.txt"
    assert (card["corpus"]["licence"], card["licence"]) == ("not stated", "other")
    assert "note" not in card
    assert len(card["prompts"]) == 3
    assert all(_text().count(prompt) for prompt in card["prompts"])


def test_the_texts_of_the_recipes_are_the_ones_at_hand(repository: Path) -> None:
    folder = repository.parent / "shared" / "corpora"
    for recipe in RECIPES.values():
        file = folder / recipe.corpus.file
        if not file.exists():
            pytest.skip(f"the text is not at {file}")
        assert training.fitted(recipe, file) is recipe


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 2}', '{"format": 1, "curve": [{"epoch": 1}], "tellings": []}',
     '{"format": 1, "curve": [], "symbols": ["a"], "temperatures": [1], "tellings": [{"logits": [1], "texts": []}]}'],
)  # fmt: skip
def test_a_story_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text(content)
    with pytest.raises(BadCheckpoint, match=r"story.json (is not valid JSON|does not follow its format)"):
        story.load(tmp_path)
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        story.load(tmp_path / "none")


@pytest.mark.parametrize("figure", ["validation", "windows", "training"])
def test_ours_is_measured_as_the_reported_figure_is(
    figure: Any, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small("gru", monkeypatch)
    reported = Reported("A book", figure, nats=1.5, differs="all", accuracy=0.5)
    monkeypatch.setitem(RECIPES, "small", dataclasses.replace(RECIPES["small"], reported=reported))
    assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path)]) == 0
    c = load(tmp_path)
    ours = c.card["reported"]["ours"]
    if figure == "training":
        assert ours["nats"] == min(row["loss"] for row in story.load(tmp_path)["curve"])
    else:
        ids = torch.tensor(c.vocabulary.encode(_text()[2160:]).ids)
        rows = 1 if figure == "validation" else len(ids[:-1]) // 16
        assert ours["nats"] == pytest.approx(measure(c.model, ids, rows=rows).nats, abs=1e-6)
    assert f"has {ours['nats']:.4f}" in (tmp_path / "README.md").read_text("utf-8")


def test_the_recipe_of_a_book_learns_the_ends_of_windows_only() -> None:
    plan = dataclasses.replace(
        PLAN, batches="endings", stride=3, optimizer="rmsprop", schedule="constant", clip=0.0, average=0.0
    )
    ids = torch.tensor([0, 1, 2, 3] * 375)
    run = Run(build("lstm", {"vocabulary": 8, "embedding": 4, "hidden": 12}), plan, ids, ids[:300])
    progress = list(fit(run))
    assert len(progress) == 2 * corpus.ending_steps(1500, 4, 16, 3)
    assert rate_at(0, 100, plan) == rate_at(99, 100, plan) == plan.rate
    assert progress[-1].loss < 0.05  # a cycle is learned by heart
    assert progress[-1].loss == run.curve[-1]["loss"]


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_a_seed_reproduces_the_weights(
    kind: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small(kind, monkeypatch)
    for name in ("a", "b"):
        assert training.main(["small", "--text", str(text_file), "--out", str(tmp_path / name)]) == 0
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b")]
    assert weights[0] == weights[1]


def test_ctrl_c_leaves_a_checkpoint_that_loads_and_a_run_that_resumes(text_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # The command itself, with a recipe that lasts for some seconds after its second epoch.
    program = (
        "import dataclasses, sys\n"
        "from playground import recipes, sources, training\n"
        "plan = recipes.Descent(epochs=12, batches='streams', batch=4, length=16, rate=1e-2)\n"
        "text = dataclasses.replace(sources.SHAKESPEARE, sha256='')\n"
        f"config = {CONFIGS['gru']!r}\n"
        "recipes.RECIPES['small'] = recipes.Recipe('S', text, 'gru', plan, ('a', 'de'), config)\n"
        "sys.exit(training.main())\n"
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
    assert 2 <= load(out).card["training"]["epochs"] < 12
    assert (out / ".resume").exists()

    resumed = [*command, "--resume"]
    done = subprocess.run(resumed, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"^epoch 1:", done.stdout, re.MULTILINE)
    assert load(out).card["training"]["epochs"] == 12
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
def test_what_must_be_put_right_is_said_in_one_line(
    arguments: list[str], said: str, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    _small("gru", monkeypatch)
    given = [a.format(text=text_file) for a in arguments]
    assert training.main(["small", *given, "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error


def test_a_record_of_another_run_is_refused(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _small("gru", monkeypatch)
    command = ["small", "--text", str(text_file), "--out", str(tmp_path), "--resume"]
    (tmp_path / ".resume").write_bytes(b"half a fi")
    assert training.main(command) == 1
    assert "is damaged" in capsys.readouterr().err
    with (tmp_path / ".resume").open("wb") as file:
        torch.save({"recipe": "another"}, file)
    assert training.main(command) == 1
    assert "changed since" in capsys.readouterr().err


def test_every_recipe_is_complete() -> None:
    for name, r in RECIPES.items():
        if isinstance(r.training, Descent):
            build(r.kind, {"vocabulary": 65, **r.config})
        assert name.split("-")[1] == r.kind
        assert 3 <= len(r.prompts) <= 4
    with pytest.raises(BadInput, match="choose one of shakespeare-ngram"):
        recipes.recipe("none")
