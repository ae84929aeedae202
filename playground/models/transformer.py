"""Decoder-only Transformer (Vaswani et al., 2017), with rotary positions and a sliding window.

    x = x + attention(norm(x)),   x = x + mlp(norm(x))        in each layer; logits = norm(x) W'

LayerNorm comes before each part (Radford et al., 2019). Positions turn queries and keys by angles, so that
their product depends on the distance alone (RoPE, Su et al., 2021). Each layer attends to the last `window`
positions, its own included (Beltagy et al., 2020): a cache that forgets older keys and values therefore
computes exactly what one pass over the whole text does, however long the text. The mlp squares its ReLU (So et
al., 2021): as good as GELU, and a tenth of the time of training less on a CPU.
Leaves out: learned positions, biases in the attention, dropout of attention weights (it doubles the time of
training on a CPU), an encoder.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.interface import as_batch, bounded, check
from playground.models.steps import Array, Product, Views, array, logits_of, product, single

# Ids that are read at once: bounds the memory of a long prompt's mask, and loses nothing.
CHUNK = 512
EPSILON = 1e-5  # of each LayerNorm
SAFE = 60.0  # Scores up to e^60 need no subtraction of the largest: float32 holds their sums, and their products.


@dataclass(frozen=True)
class TransformerConfig:
    vocabulary: int = bounded(1, 200_000)
    width: int = bounded(2, 4096, 256)
    layers: int = bounded(1, 48, 4)
    heads: int = bounded(1, 64, 4)
    window: int = bounded(1, 4096, 128)
    dropout: float = bounded(0.0, 0.9, 0.0)

    def __post_init__(self) -> None:
        check(self)
        if self.width % (2 * self.heads):
            said = f"width must be a multiple of twice heads ({self.heads}), not {self.width}"
            raise BadInput(f"TransformerConfig: {said}.")


class Cache:
    """Keys and values of past positions, (layers, 2, B, heads, slots, D): written once, read by many states.

    Slots are only ever appended. A state owns the slots before its `end`; the one whose end is the
    buffer's may append in place, any other (an older one, advanced again) continues in a copy.
    """

    def __init__(self, model: "Transformer", batch: int, slots: int) -> None:
        c = model.config
        like = model.output.weight
        self.batch = batch
        self.slots = slots
        self.end = 0
        self.lock = threading.Lock()
        self.buffer = like.new_empty(c.layers, 2, batch, c.heads, slots, c.width // c.heads)

    def claim(self, end: int, count: int) -> bool:
        """Take `count` slots for a state that ends at `end`; False where they are taken or there is no room."""
        with self.lock:
            free = end == self.end and end + count <= self.slots
            if free:
                self.end = end + count
            return free


@dataclass(frozen=True)
class TransformerState:
    """The cache, the slot after the last id's, and the number of ids read so far."""

    cache: Cache
    end: int
    position: int


class Attention(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor | None, past: Tensor | None, end: int) -> Tensor:
        """x (B, T, C); past (2, B, heads, S, D) holds the keys and values, and takes the T new ones before `end`."""
        B, T, C = x.shape
        qkv = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)  # (3, B, heads, T, D)
        pairs = torch.view_as_complex(qkv[:2].unflatten(-1, (-1, 2)))  # (2, B, heads, T, D / 2)
        q, k = torch.view_as_real(pairs * turns).flatten(-2)  # (B, heads, T, D)
        v = qkv[2]
        if past is not None:
            past[0, :, :, end - T : end] = k
            past[1, :, :, end - T : end] = v
            k, v = past[0, :, :, :end], past[1, :, :, :end]  # (B, heads, S, D)
        if self.training and mask is not None:
            x = attend_in_training(q, k, v, mask)
        else:
            x = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(x.transpose(1, 2).reshape(B, T, C))


def attend_in_training(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """softmax(q k' / √D) v under a mask, plainly: torch takes four times as long for its gradient on a CPU."""
    q, k = q.to(v.dtype), k.to(v.dtype)  # v comes from a product, so it is rounded where autocast rounds
    bias = torch.zeros(mask.shape, dtype=v.dtype, device=v.device).masked_fill_(~mask, -torch.inf)
    with torch.autocast(v.device.type, enabled=False):
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias  # (B, heads, T, S)
        return scores.softmax(-1) @ v


class Block(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(config.width, EPSILON)
        self.attention = Attention(config)
        self.norm_2 = nn.LayerNorm(config.width, EPSILON)
        self.up = nn.Linear(config.width, 4 * config.width)
        self.down = nn.Linear(4 * config.width, config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor | None, past: Tensor | None, end: int) -> Tensor:
        x = x + self.drop(self.attention(self.norm_1(x), turns, mask, past, end))
        return x + self.drop(self.down(F.relu(self.up(self.norm_2(x))).square()))


class Transformer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, EPSILON)
        self.output = nn.Linear(config.width, config.vocabulary, bias=False)
        half = config.width // config.heads // 2
        # Radians a position; no part of what is stored, and real even in an outline.
        self.speed = 10_000.0 ** (-torch.arange(half, dtype=torch.float64, device="cpu") / half)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                # The parts that write into the sum of all layers start smaller: Radford et al., 2019.
                written = name.endswith(("attention.out.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * config.layers) ** 0.5 if written else 0.02)
        self.views = Views(self, step_views)

    def advance(
        self, ids: Sequence[int] | Tensor, state: TransformerState | None = None
    ) -> tuple[Tensor, TransformerState | None]:
        """As every model's. While training, no state is kept, and a batch is read by itself."""
        id = single(ids, self.config.vocabulary)
        if id is not None and state and state.cache.batch == 1 and (views := self.views.now()) is not None:
            state = self._room(state, 1, 1)
            return step(views, id, state), state
        ids = as_batch(ids, self.config.vocabulary, self.output.weight.device)  # (B, T)
        if self.training:
            return self._read(ids, 0, None, 0), None
        logits = []
        for chunk in ids.split(CHUNK, dim=1):
            state = self._room(state, *chunk.shape)
            logits.append(self._read(chunk, state.position - chunk.shape[1], state.cache, state.end))
        return torch.cat(logits, dim=1) if len(logits) > 1 else logits[0], state  # (B, T, V)

    def _room(self, state: TransformerState | None, batch: int, count: int) -> TransformerState:
        """The state after `count` more ids, whose cache has room for them."""
        window = self.config.window
        if state is not None and state.cache.claim(state.end, count):
            return TransformerState(state.cache, state.end + count, state.position + count)
        kept = min(window - 1, state.end) if state is not None else 0
        cache = Cache(self, batch, kept + count + 3 * window)
        cache.end = kept + count
        if state is not None:
            cache.buffer[..., :kept, :] = state.cache.buffer[..., state.end - kept : state.end, :]
        return TransformerState(cache, kept + count, (state.position if state is not None else 0) + count)

    def _read(self, ids: Tensor, position: int, cache: Cache | None, end: int) -> Tensor:
        """Logits (B, T, V) of ids (B, T) that begin at `position`; their keys go in the cache's slots before `end`."""
        T = ids.shape[1]
        first = max(0, end - T - self.config.window + 1)  # the oldest slot that the first id attends to
        past = cache.buffer[..., first:end, :] if cache is not None else None
        mask = self._mask(T, end - first if cache is not None else T, ids.device) if T > 1 else None
        turns = self._turns(position, T, ids.device)
        x = self.drop(self.embedding(ids))  # (B, T, C)
        for i, block in enumerate(self.blocks):
            x = block(x, turns, mask, past[i] if past is not None else None, end - first)
        return self.output(self.norm(x))  # (B, T, V)

    def _mask(self, T: int, S: int, device: torch.device) -> Tensor:
        """(T, S) bool: which of the last S positions each of the last T attends to."""
        distance = torch.arange(S - T, S, device=device)[:, None] - torch.arange(S, device=device)
        return (distance >= 0) & (distance < self.config.window)

    def _turns(self, position: int, T: int, device: torch.device) -> Tensor:
        """(T, D / 2) complex: the turn of each pair of features at each position.

        The angles are float64 until their sine is taken: they grow with the text.
        """
        angle = torch.arange(position, position + T, dtype=torch.float64)[:, None] * self.speed
        return torch.polar(torch.ones_like(angle), angle).to(torch.complex64).to(device)


class BlockViews(NamedTuple):
    norm_1: tuple[Array, Array]
    qkv: Product
    out: Product
    norm_2: tuple[Array, Array]
    up: Product
    up_bias: Array
    down: Product
    down_bias: Array


class StepViews(NamedTuple):
    """What a step reads of a model: views of its weights, and constants of the length that saves a broadcast."""

    embedding: Array
    blocks: list[BlockViews]
    norm: tuple[Array, Array]
    output: Product
    speed: NDArray[np.complex128]  # times i, so that its exponential is the turn
    mean: Array  # (C,) 1 / C
    zeros: Array  # (4C,)
    ones: Array  # (window,)


def step_views(model: Transformer) -> StepViews:
    def norm(of: nn.LayerNorm) -> tuple[Array, Array]:
        return array(of.weight), array(of.bias)

    def views(b: Any) -> BlockViews:
        return BlockViews(
            norm_1=norm(b.norm_1),
            qkv=product(b.attention.qkv.weight),
            out=product(b.attention.out.weight),
            norm_2=norm(b.norm_2),
            up=product(b.up.weight),
            up_bias=array(b.up.bias),
            down=product(b.down.weight),
            down_bias=array(b.down.bias),
        )

    C = model.config.width
    return StepViews(
        embedding=array(model.embedding.weight),
        blocks=[views(block) for block in model.blocks],
        norm=norm(model.norm),
        output=product(model.output.weight),
        speed=model.speed.numpy() * 1j,
        mean=np.full(C, 1 / C, np.float32),
        zeros=np.zeros(4 * C, np.float32),
        ones=np.ones(model.config.window, np.float32),
    )


def step(views: StepViews, id: int, state: TransformerState) -> Tensor:
    """The logits (1, 1, V) of one id of one text; its keys and values go in the last slot of `state`, which is its own.

    The same as `_read`, in NumPy: steps.py says why.
    """
    buffer = state.cache.buffer.detach().numpy()  # (layers, 2, 1, heads, slots, D)
    heads, D = buffer.shape[3], buffer.shape[5]
    C = heads * D
    past = buffer[:, :, 0, :, max(0, state.end - len(views.ones)) : state.end]  # (layers, 2, heads, S, D)
    ones = views.ones[: past.shape[3]]
    turns = np.empty((2, heads, D // 2), np.complex64)
    turns[:] = np.exp((state.position - 1) * views.speed)
    turns[0] *= D**-0.5  # q takes the scale of the scores with it
    x = views.embedding[id]
    for block, kept in zip(views.blocks, past, strict=True):
        qkv = block.qkv(_normed(x, *block.norm_1, views.mean))
        pairs = qkv[: 2 * C].view(np.complex64).reshape(2, heads, -1)
        pairs *= turns
        kept[:, :, -1] = qkv[C:].reshape(2, heads, D)
        keys, values = kept  # (heads, S, D) each
        weights = np.matvec(keys, qkv[:C].reshape(heads, D))  # (heads, S)
        if weights.item(weights.argmax()) > SAFE or weights.item(weights.argmin()) < -SAFE:
            weights -= weights.max(axis=1, keepdims=True)
        np.exp(weights, weights)
        mixed = np.vecmat(weights, values)  # (heads, D)
        mixed /= weights.dot(ones)[:, None]
        x = x + block.out(mixed.reshape(C))
        inner = block.up(_normed(x, *block.norm_2, views.mean))
        inner += block.up_bias
        np.maximum(inner, views.zeros, out=inner)
        inner *= inner
        x += block.down(inner)
        x += block.down_bias
    return logits_of(views.output(_normed(x, *views.norm, views.mean)))


def _normed(x: Array, gain: Array, bias: Array, mean: Array) -> Array:
    """LayerNorm of one vector (C,)."""
    x = x - mean.dot(x)
    x *= (x.dot(x) / len(x) + EPSILON) ** -0.5
    x *= gain
    x += bias
    return x
