"""The true next character of a model of GPT-2's size, with random weights: until each answer, in this process."""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from playground import library
from playground.checkpoints.by_characters import by_characters
from playground.inference.generate import generate
from playground.inference.next_character import NextCharacter
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from tests import gpt2_tokens, small_gpt2
from tests.bench.common import figure, median, table

PROMPTS = ("To be or not to b", "the rest is on the b", "나는 학교에 가")
SURE = 2.5  # times the usual weights of the embedding: with them every token would be as likely as any other


def _write(folder: Path) -> None:
    """GPT-2's 124 million numbers, drawn at random, and its tokens."""
    from transformers import GPT2Config, GPT2LMHeadModel

    if not gpt2_tokens.are_here():
        raise SystemExit(gpt2_tokens.MISSING)
    small_gpt2.write(folder, pieces=gpt2_tokens.read())
    torch.manual_seed(5)
    end = small_gpt2.SIZE - 1
    model = GPT2LMHeadModel(GPT2Config(bos_token_id=end, eos_token_id=end))
    with torch.no_grad():
        model.transformer.wte.weight *= SURE
    model.save_pretrained(folder)


def _asked(checkpoint: library.Checkpoint, prompt: str) -> dict[str, float]:
    """Seconds until the first answer, the second and the last, the longest step, and what the last answer says."""
    walk = NextCharacter(tuple(checkpoint.vocabulary.encode(prompt).ids))
    begun = last = time.perf_counter()
    answers, steps = [], []
    for answer in walk.steps(checkpoint):
        now = time.perf_counter()
        steps.append(now - last)
        last = now
        if answer is not None:
            answers.append((now - begun, answer))
    (first, _), (better, _), (_, told) = answers[0], answers[min(1, len(answers) - 1)], answers[-1]
    found = {"first": first, "better": better, "last": last - begun, "step": max(steps)}
    return found | {"read": told.read, "cut_anew": told.cut_anew, "changed": told.changed, "left_out": told.left_out}


def _written(checkpoint: library.Checkpoint, prompt: str, count: int) -> dict[str, float]:
    """Seconds of the processor for a character of the prompt, and for one written by characters; and how many
    sequences one of those read."""
    characters = by_characters(checkpoint)
    model: Any = characters.model.model
    reads, step = [0], model.step

    def counted(ids: list[int], state: Any) -> Any:
        reads[0] += len(ids)
        return step(ids, state)

    model.step = counted
    begun = time.process_time()
    read = prefill(characters, characters.vocabulary.encode(prompt).ids)
    prompted, reads[0] = time.process_time(), 0
    steps = generate(characters, read, Sampling(), seed=42)
    for _ in range(count + 1):
        next(steps)
    ended = time.process_time()
    del model.step
    each = (ended - prompted) / count
    return {"prompt": (prompted - begun) / len(prompt), "each": each, "sequences": reads[0] / count}


def measure(quick: bool) -> dict[str, Any]:
    """Of each prompt medians of three, after one that nobody counts."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        small_gpt2.write(path, 800, sure=3) if quick else _write(path)
        checkpoint = library.load(path)
        _asked(checkpoint, "a")
        for prompt in PROMPTS:
            runs = [_asked(checkpoint, prompt) for _ in range(1 if quick else 3)]
            results[prompt] = {name: median([run[name] for run in runs]) for name in runs[0]}
        written = _written(checkpoint, PROMPTS[0], 4 if quick else 30)
    return {"prompts": results, "written": written}


def report(result: dict[str, Any]) -> str:
    rows = [
        (
            f"`{prompt}`",
            *(f"{figure(of[name])} s" for name in ("first", "better", "last")),
            f"{figure(1000 * of['step'])} ms",
            f"{of['read']:.0f}",
            f"{of['cut_anew']:.0f}",
            f"{100 * of['changed']:.1f} %",
            f"{100 * of['left_out']:.2g} %",
        )
        for prompt, of in result["prompts"].items()
    ]
    head = (
        *("prompt", "first answer", "second", "last", "longest step", "sequences read", "tokens cut anew"),
        *("first answer off by", "left out, at most"),
    )
    about = (
        "A model of GPT-2's size and shape with random weights, and GPT-2's own 50,257 tokens "
        "(`npm --prefix tests/web ci` brings them); one thread."
    )
    each = result["written"]
    pace = (
        f"Written by characters, one takes {figure(1000 * each['each'])} ms of the processor and "
        f"{each['sequences']:.1f} sequences; one of the prompt, {figure(1000 * each['prompt'])} ms."
    )
    return f"{table(head, rows)}\n\n{about} {pace}"
