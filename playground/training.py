"""Training as a command: a recipe and a text become a checkpoint.

    python -m playground.training RECIPE --text FILE [--out FOLDER] [--device cpu|cuda] [--resume]

The best weights so far are a valid checkpoint at every moment. Ctrl-C stops after the step under way, and
leaves beside them what `--resume` needs. How a model learns is in fitting.py, with what settings in recipes.py.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from tqdm import tqdm

from playground import checkpoints, corpus
from playground.errors import BadInput, PlaygroundError
from playground.fitting import Measure, Progress, Run, fit, measure
from playground.generation import generate, read
from playground.models import build, outline
from playground.models.ngram import NGram
from playground.recipes import RECIPES, Counting, Descent, Recipe, recipe
from playground.sampling import Sampling
from playground.vocabulary import Vocabulary

SAMPLE_TEMPERATURES = (0.2, 0.5, 1.0, 1.2)
SAMPLE_LENGTH = 400
SAMPLE_SEED = 1
RESUME = ".resume"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 when something must be put right, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m playground.training", description="Train one checkpoint.")
    parser.add_argument("recipe", choices=sorted(RECIPES), metavar="RECIPE", help=", ".join(RECIPES))
    parser.add_argument("--text", required=True, type=Path, help="the text to learn from, UTF-8")
    parser.add_argument("--out", type=Path, help="the checkpoint's folder; checkpoints/RECIPE unless given")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from where Ctrl-C stopped")
    given = parser.parse_args(arguments)
    try:
        out = given.out or Path("checkpoints") / given.recipe
        return train(given.recipe, given.text, out, given.device, given.resume)
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def train(name: str, text_file: Path, out: Path, device: str, resume: bool) -> int:
    """Train the recipe of that name on a text, into the folder `out`; the exit status as `main`'s."""
    chosen = recipe(name)
    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput("There is no CUDA device here: leave out --device, or use --device cpu.")
    text = corpus.read(text_file)
    # Ids of the whole text's vocabulary, so that validation meets no unknown character.
    vocabulary = Vocabulary.from_text(text, chosen.corpus.normalizer)
    begin, end = corpus.split(text, chosen.corpus.validation)
    train_ids, validation_ids = (torch.tensor(vocabulary.encode(part).ids) for part in (begin, end))
    if isinstance(chosen.training, Counting):
        started = time.monotonic()
        model: Any = NGram.from_counts(train_ids, order=chosen.training.order, vocabulary=len(vocabulary))
        made = _made(0, 0, time.monotonic() - started, "cpu", 0)
        checkpoints.save(out, chosen.kind, model, vocabulary, chosen.start, _card(name, chosen, made))
        stopped = False
    else:
        torch.manual_seed(chosen.training.seed)
        model = build(chosen.kind, {"vocabulary": len(vocabulary), **chosen.config}).to(device)
        run = Run(model, chosen.training, train_ids, validation_ids)
        if resume:
            run.resume(_read_record(out, device, _fingerprint(chosen, vocabulary)))
        stopped = _descend(name, chosen, chosen.training, run, vocabulary, out, device)
    if stopped:
        return 130
    _finish(out, validation_ids)
    return 0


def _descend(
    name: str, chosen: Recipe, plan: Descent, run: Run, vocabulary: Vocabulary, out: Path, device: str
) -> bool:
    """Fit, keeping the best weights in `out`; True when Ctrl-C stopped it before its end."""

    def keep() -> None:
        # An outline draws no random numbers, so that keeping weights leaves the training as it was.
        best = outline(chosen.kind, {"vocabulary": len(vocabulary), **chosen.config})
        best.load_state_dict(run.best_weights, assign=True)
        made = _made(run.step // run.epoch_steps, run.best_epoch, run.seconds, device, plan.seed)
        checkpoints.save(out, chosen.kind, best, vocabulary, chosen.start, _card(name, chosen, made, run.best))

    with _Interrupt() as interrupt:
        for progress in _shown(fit(run), run):
            if progress.best:
                keep()
            if interrupt.asked and run.step < run.steps:
                break
    if run.best is None:
        run.validate()
    keep()
    if run.step < run.steps:
        draft = out / (RESUME + ".draft")
        torch.save({"recipe": _fingerprint(chosen, vocabulary), **run.record()}, draft)
        os.replace(draft, out / RESUME)
        tqdm.write(f"Stopped. {out} is a valid checkpoint; the same command with --resume goes on.")
        return True
    (out / RESUME).unlink(missing_ok=True)
    return False


def _fingerprint(chosen: Recipe, vocabulary: Vocabulary) -> str:
    """What must be the same for a run to be resumed."""
    return repr((chosen.kind, chosen.config, chosen.training, vocabulary.symbols))


def _read_record(out: Path, device: str, fingerprint: str) -> dict[str, Any]:
    path = out / RESUME
    if not path.exists():
        raise BadInput(f"There is nothing to resume in {out}: leave out --resume to start anew.")
    try:
        record: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception:  # noqa: BLE001 (what the reading of a damaged file raises has no end)
        raise BadInput(f"{path} is damaged: leave out --resume to start anew.") from None
    if record.get("recipe") != fingerprint:
        raise BadInput(f"The recipe or the text changed since {path} was written: leave out --resume to start anew.")
    return record


def _shown(progress: Iterator[Progress], run: Run) -> Iterator[Progress]:
    """The same progress, drawn as a bar, with a line for each epoch."""
    with tqdm(total=run.steps, initial=run.step, unit="batch", dynamic_ncols=True, mininterval=0.5) as bar:
        for p in progress:
            bar.set_description(f"epoch {p.epoch}/{p.epochs}", refresh=False)
            bar.set_postfix_str(f"loss {p.loss:.3f}, {p.speed:,.0f} characters/s, {_clock(p.left)} left", refresh=False)
            bar.update()
            if p.validation:
                v = p.validation
                bar.write(
                    f"epoch {p.epoch}: loss {p.loss:.4f}, validation {v.nats:.4f} nats ({v.bits:.4f} bits), "
                    f"accuracy {v.accuracy:.2%}{', the best so far' if p.best else ''}"
                )
            yield p


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class _Interrupt:
    """Turns the first Ctrl-C into a wish, so that no step or file is left half done; the second one is as ever."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, _number: int, _frame: Any) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._before)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)


def _made(epochs: int, best_epoch: int, seconds: float, device: str, seed: int) -> dict[str, Any]:
    threads = torch.get_num_threads()
    machine = f"{threads} CPU core{'s' if threads > 1 else ''}"
    if device == "cuda":
        machine = torch.cuda.get_device_name()
    return {
        "epochs": epochs,
        "best_epoch": best_epoch,
        "seconds": round(seconds, 1),
        "machine": machine,
        "torch": torch.__version__.split("+")[0],
        "seed": seed,
    }


def _card(name: str, chosen: Recipe, made: dict[str, Any], validation: Measure | None = None) -> dict[str, Any]:
    share = round(100 * (1 - chosen.corpus.validation))
    card: dict[str, Any] = {
        "title": chosen.title,
        "corpus": {
            "name": chosen.corpus.name,
            "licence": chosen.corpus.licence,
            "credit": chosen.corpus.credit,
            "split": f"first {share} % of the characters train, last {100 - share} % validate",
        },
        "licence": chosen.corpus.card_licence,
        "language": chosen.corpus.language,
        "recipe": name,
        "prompts": list(chosen.prompts),
        "training": made,
    }
    if validation:
        card["validation"] = {**asdict(validation), "bits": validation.bits}
    return card


def _finish(folder: Path, validation_ids: Tensor) -> None:
    """Write into the card what the checkpoint, as stored, measures and writes."""
    checkpoint = checkpoints.load(folder)
    result = measure(checkpoint.model, validation_ids)
    card = {
        **checkpoint.card,
        "validation": {**asdict(result), "bits": result.bits},
        "samples": [_sample(checkpoint, t) for t in SAMPLE_TEMPERATURES],
    }
    checkpoints.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, card)
    tqdm.write(f"{folder}: {result.nats:.4f} nats a character ({result.bits:.4f} bits), accuracy {result.accuracy:.2%}")


def _sample(checkpoint: checkpoints.Checkpoint, temperature: float) -> dict[str, Any]:
    prompt = checkpoint.card["prompts"][1]
    reading = read(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    steps = generate(checkpoint, reading, Sampling(temperature), seed=SAMPLE_SEED)
    text = checkpoint.vocabulary.decode(step.id for step in islice(steps, SAMPLE_LENGTH))
    return {"temperature": temperature, "prompt": prompt, "text": text}


if __name__ == "__main__":
    sys.exit(main())
