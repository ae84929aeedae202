"""Training by gradient descent: `fit` trains a model step by step and reports progress.

Knows neither files nor the terminal (train.py), nor what is learned (the objective). A `TrainingRun` can be stopped
between any two steps, saved with `record`, and resumed: the result is the same, number for number, as without the stop
(on a CPU).
"""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.errors import BadInput
from playground.training import batches
from playground.training.evaluate import Evaluation
from playground.training.layers import Layers
from playground.training.objective import Objective
from playground.training.recipes import GradientTraining

SLANT = 32  # the highest rate of a slanted schedule, divided by its lowest


@dataclass(frozen=True)
class Progress:
    """The progress of a training.

    epoch:       1 is the first.
    step, steps: batches done, and in total.
    loss:        nats per character on the last batch.
    speed:       characters per second.
    left:        seconds to the end of the last epoch.
    validation:  at the end of an epoch.
    best:        whether that was the best so far.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    speed: float
    left: float
    validation: Evaluation | None = None
    best: bool = False


class TrainingRun:
    """The state of a training: the model, the optimiser, the averaged and the best weights, and the step.

    The model is on the device that trains it. scale: what the best weights' logits were multiplied by.
    ema: the moving average of the weights. precision: the plan's, where the device supports it. layers: how they thaw,
    and at what rates; None: all learn alike.
    losses: the sum over this epoch's batches so far. curve: one row for each finished epoch, with the mean loss of its
    batches (measured in training mode, while the weights change) and the validation figures at its end.
    """

    def __init__(
        self, model: Any, plan: GradientTraining, objective: Objective, layers: Layers | None = None
    ) -> None:
        self.model = model
        self.layers = layers
        self.plan = plan
        self.objective = objective
        self.scale = 1.0
        self.precision = plan.precision if rounds(next(model.parameters()).device) else "float32"
        self.epoch_steps = objective.epoch_steps
        self.optimizer = _optimizer(model, plan, layers)
        self.step = 0
        self.state: Any = None
        self.ema = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.best: Evaluation | None = None
        self.best_epoch = 0
        self.best_weights: dict[str, Tensor] = {}
        self.seconds = 0.0
        self.losses = 0.0
        self.curve: list[dict[str, float]] = []

    @property
    def steps(self) -> int:
        return self.plan.epochs * self.epoch_steps

    def record(self) -> dict[str, Any]:
        """Everything needed to resume, in plain types and tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "state": self.state,
            "ema": self.ema,
            "best": None if self.best is None else vars(self.best),
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
            "scale": self.scale,
            "seconds": self.seconds,
            "losses": self.losses,
            "curve": self.curve,
            "random": torch.get_rng_state(),
        }

    def resume(self, record: Mapping[str, Any]) -> None:
        """Resume from a `record`, made on whatever device; its tensors are on the CPU.

        Tensors used in computation move to the model's device. Random states stay on the CPU, and so do the optimiser's
        step counts, which it would otherwise fetch from the device at each step.
        """
        device = next(self.model.parameters()).device
        self.model.load_state_dict(record["model"])
        self.optimizer.load_state_dict(record["optimizer"])
        self.step = record["step"]
        self.state = _detach(record["state"], device)
        self.ema = {name: tensor.to(device) for name, tensor in record["ema"].items()}
        self.best = None if record["best"] is None else Evaluation(**record["best"])
        self.best_epoch = record["best_epoch"]
        self.best_weights = {name: tensor.to(device) for name, tensor in record["best_weights"].items()}
        self.scale = record["scale"]
        self.seconds = record["seconds"]
        self.losses = record["losses"]
        self.curve = list(record["curve"])
        torch.set_rng_state(record["random"])

    @contextmanager
    def kept_weights(self) -> Iterator[tuple[Any, float]]:
        """The model with the weights that would be saved now, and the scale of its logits.

        The weights are the averaged ones if there are, and calibrated if the plan says so.
        """
        trained = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        if self.plan.ema_decay:
            self.model.load_state_dict(self.ema, strict=False)
        try:
            yield self.model, self.objective.calibrate(self.model) if self.objective.scaled else 1.0
        finally:
            self.model.load_state_dict(trained, strict=False)

    def validate(self) -> tuple[Evaluation, bool]:
        """Evaluate the weights that would be saved, and keep them if they are the best so far; whether they are."""
        with self.kept_weights() as (model, scale):
            result = self.objective.evaluate(model)
            better = self.best is None or result.nats < self.best.nats
            if better:
                self.best, self.best_epoch, self.scale = result, math.ceil(self.step / self.epoch_steps), scale
                self.best_weights = {name: t.detach().clone() for name, t in model.state_dict().items()}
        return result, better


def fit(run: TrainingRun) -> Iterator[Progress]:
    """Train from the run's current step to its last epoch, yielding one Progress per step.

    Closing or abandoning the generator leaves the run in a state that `record` can save.
    """
    plan = run.plan
    begun, begun_step = time.monotonic() - run.seconds, run.step
    started = time.monotonic()
    run.model.train()
    while run.step < run.steps:
        epoch, done = divmod(run.step, run.epoch_steps)
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + epoch)
        if run.layers:
            run.layers.freeze(run.model, epoch)
        if done == 0:
            run.state, run.losses = None, 0.0
        for i, batch in enumerate(run.objective.batches(generator)):
            if i < done:
                continue  # resumed within an epoch
            loss = _step(run, batch)
            run.losses += loss
            run.step += 1
            ends = run.step % run.epoch_steps == 0
            result, better = run.validate() if ends else (None, False)
            now = time.monotonic()
            run.seconds = now - begun
            if result:
                line = {"epoch": epoch + 1, "loss": run.losses / run.epoch_steps, "seconds": run.seconds}
                run.curve.append({**line, "nats": result.nats, "accuracy": result.accuracy})
            pace = (now - started) / (run.step - begun_step)
            yield Progress(
                epoch=epoch + 1,
                epochs=plan.epochs,
                step=run.step,
                steps=run.steps,
                loss=run.losses / run.epoch_steps if ends else loss,
                speed=run.objective.symbols / pace,
                left=pace * (run.steps - run.step),
                validation=result,
                best=better,
            )


def fit_to(plan: GradientTraining, characters: int) -> GradientTraining:
    """The plan itself, or, for a text that is too short for its batch, one with fewer and, if need be, shorter rows.

    characters: of the training text, including those held out by the plan.
    """
    learned = characters - int(plan.calibration_split * characters)
    stride = plan.stride if plan.batches == "endings" else None
    batch, length = batches.largest_batch(learned, plan.batch, plan.length, stride)
    return replace(plan, batch=batch, length=length)


def check_device(device: str) -> None:
    """BadInput for CUDA where there is none."""
    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput("training.cuda")


def rounds(device: torch.device) -> bool:
    """Whether the device natively multiplies bfloat16. Elsewhere it is emulated, many times slower than float32, or
    refused: torch.lstm raises on a CPU with AVX2 alone."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16"))


def lr_at(step: int, steps: int, plan: GradientTraining) -> float:
    """The learning rate of a step: linear warm-up, then half a cosine down to 0; or constant, or slanted (Howard and
    Ruder, 2018, equation 3, with a ratio of 32)."""
    if plan.schedule == "constant":
        return plan.lr
    warm = plan.warmup * steps
    if plan.schedule == "slanted":
        share = step / warm if step < warm else (steps - step) / (steps - warm)
        return plan.lr * (1 + share * (SLANT - 1)) / SLANT
    if step < warm:
        return plan.lr * (step + 1) / (warm + 1)
    return plan.lr * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def _step(run: TrainingRun, batch: Any) -> float:
    plan, model = run.plan, run.model
    device = next(model.parameters()).device
    with torch.autocast(device.type, torch.bfloat16, enabled=run.precision == "bfloat16"):
        loss, state = run.objective.loss(model, batch, run.state)
    run.optimizer.zero_grad()
    for group in run.optimizer.param_groups:
        group["lr"] = lr_at(run.step, run.steps, plan) * group.get("share", 1.0)
    loss.backward()
    if plan.clip:
        nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
    run.optimizer.step()
    run.state = _detach(state)
    if plan.ema_decay:
        # Early on, the mean of all steps so far: the decay alone would remember the random initial weights.
        decay = min(plan.ema_decay, (run.step + 1) / (run.step + 10))
        for name, p in model.named_parameters():
            run.ema[name].lerp_(p.detach(), 1 - decay)
    return float(loss.detach())


def _detach(state: Any, device: torch.device | None = None) -> Any:
    """A state without its gradients; on a device, if one is given."""
    if isinstance(state, Tensor):
        return state.detach() if device is None else state.detach().to(device)
    return None if state is None else tuple(_detach(part, device) for part in state)


def _optimizer(model: nn.Module, plan: GradientTraining, layers: Layers | None) -> torch.optim.Optimizer:
    if plan.optimizer == "rmsprop":
        # Keras's settings, used by the books' recipes.
        return torch.optim.RMSprop(model.parameters(), plan.lr, alpha=0.9, eps=1e-7)
    parts = layers.parts(model) if layers else [(1.0, list(model.parameters()))]
    groups = []
    for share, part in parts:
        for decay, some in (
            (plan.weight_decay, [p for p in part if p.dim() >= 2]), (0.0, [p for p in part if p.dim() < 2]),
        ):  # fmt: skip
            groups.append({"params": some, "weight_decay": decay, "share": share})
    return torch.optim.AdamW(groups, lr=plan.lr, betas=(0.9, 0.99))
