"""Decoder-only Transformer (Vaswani et al., 2017), with rotary positions and a sliding window; GPT-2's is one of its
configurations.

    x = x + attention(norm(x)),   x = x + mlp(norm(x))        in each layer; logits = norm(x) W'

LayerNorm comes before each part (Radford et al., 2019). Rotary positions rotate queries and keys, so that their product
depends only on the distance (RoPE, Su et al., 2021). Each layer attends to the last `window` positions, its own
included (Beltagy et al., 2020): a cache that drops older keys and values therefore computes exactly what one pass over
the whole text does, however long the text. The mlp squares its ReLU (So et al., 2021): as good as GELU, and a tenth
less training time on a CPU.

Learned positions (GPT-2's) are `window` vectors, one added to each id; there are none for a longer text. So when the
window is full, its last half is processed again from position 0, and the text continues after it. With W the window and
H = W // 2, the id with index i ≥ W of a text is thus processed after those from s (W − H) on, where s = (i − H) // (W −
H), with positions counted from there: this depends only on the index, not on how the ids are chunked. It attends to at
least H ids before it.

Leaves out: dropout of attention weights (it doubles the training time on a CPU), an encoder. Its step in NumPy is in
fast/transformer.py.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.attention import Attention
from playground.models.cache import KVCache, Texts, TransformerState, each_text
from playground.models.config import Config
from playground.models.fast.steps import Array, Views, single
from playground.models.fast.transformer import row_views, rows_size, step, step_rows, step_views
from playground.models.footprint import Footprint
from playground.models.tasks import as_batch

# Ids processed at once: bounds the memory of a long prompt's mask without changing the result.
CHUNK = 512
# Minimum of free slots in a new cache. With few, a text is copied more often; with many, each takes more memory.
LEAST_ROOM = 64

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu2": lambda x: F.relu(x).square(),
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),  # Hendrycks and Gimpel's approximation, GPT-2's gelu_new
}


class TransformerConfig(Config):
    vocabulary: int = Field(ge=1, le=200_000)
    width: int = Field(256, ge=2, le=4096)
    layers: int = Field(4, ge=1, le=48)
    heads: int = Field(4, ge=1, le=64)
    window: int = Field(128, ge=1, le=4096)
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    positions: Literal["rotary", "learned"] = "rotary"
    activation: Literal["relu2", "relu", "gelu", "gelu_tanh"] = "relu2"
    biases: bool = False  # of attention's projections; those of the mlp always have them
    tied: bool = False  # whether the output matrix is the embedding
    d_ff: int = Field(0, ge=0, le=16_384)  # width of the mlp's hidden layer; 0 is four times the width
    epsilon: float = Field(1e-5, ge=1e-12, le=0.1)  # of each LayerNorm

    TACIT: ClassVar[frozenset[str]] = frozenset({"positions", "activation", "biases", "tied", "d_ff", "epsilon"})

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        pair = 2 if self.positions == "rotary" else 1
        if self.width % (pair * self.heads):
            code = "config.width_twice" if pair == 2 else "config.width"
            raise BadInput(code, heads=self.heads, width=self.width)
        return self


class Block(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        d_ff = config.d_ff or 4 * config.width
        self.norm_1 = nn.LayerNorm(config.width, config.epsilon)
        self.attention = Attention(config.width, config.heads, config.biases)
        self.norm_2 = nn.LayerNorm(config.width, config.epsilon)
        self.up = nn.Linear(config.width, d_ff)
        self.down = nn.Linear(d_ff, config.width)
        self.drop = nn.Dropout(config.dropout)
        self.activation = config.activation

    def forward(self, x: Tensor, turns: Tensor | None, mask: Tensor | None, past: Tensor | None, end: int) -> Tensor:
        x = x + self.drop(self.attention(self.norm_1(x), turns, mask, past, end))
        return x + self.drop(self.down(ACTIVATIONS[self.activation](self.up(self.norm_2(x)))))


class Transformer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.position_embedding = nn.Embedding(config.window, config.width) if config.positions == "learned" else None
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, config.epsilon)
        self.output = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        self.inv_freq: Tensor | None = None
        if self.position_embedding is None:
            half = config.width // config.heads // 2
            # Radians per position; not stored in checkpoints, and a real tensor even in an outline.
            self.inv_freq = 10_000.0 ** (-torch.arange(half, dtype=torch.float64, device="cpu") / half)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                # Projections into the residual stream start smaller: Radford et al., 2019.
                written = name.endswith(("attention.out.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * config.layers) ** 0.5 if written else 0.02)
            elif config.biases and name.endswith(("qkv.bias", "out.bias")):
                nn.init.zeros_(parameter)
        self.views = Views(self, step_views)
        self.rows = Views(self, row_views, [name for name, p in self.named_parameters() if p.dim() == 2])

    @property
    def output_weight(self) -> Tensor:
        """(V, C), the embedding itself where they are tied."""
        return self.embedding.weight if self.output is None else self.output.weight

    def advance(
        self, ids: Sequence[int] | Tensor, state: TransformerState | Texts | None = None
    ) -> tuple[Tensor, TransformerState | Texts | None]:
        """See LanguageModel. In training no state is kept, and each batch is processed by itself."""
        if isinstance(state, Texts):
            rows = as_batch(ids, self.config.vocabulary, self.output_weight.device)
            many = [self.advance(row[None], own) for row, own in zip(rows, state, strict=True)]
            return torch.cat([logits for logits, _ in many]), self.merge([own for _, own in many if own])
        id = single(ids, self.config.vocabulary)
        if id is not None and state and state.cache.batch == 1 and (views := self.views.current()) is not None:
            state = self._room(state, 1, 1)
            if state.cache.ids is not None:
                state.cache.ids[0, state.end - 1] = id
            first = max(0, state.end - self.config.window)
            past = state.cache.buffer.detach().numpy()[:, :, 0, :, first : state.end]  # (layers, 2, heads, S, D)
            return step(views, id, past, state.position - 1), state
        ids = as_batch(ids, self.config.vocabulary, self.output_weight.device)  # (B, T)
        if self.training:
            return self._read_in_training(ids), None
        sizes = self._sizes(state.end if state else 0, ids.shape[1])
        logits = []
        for chunk in ids.split(sizes, dim=1):
            state = self._room(state, *chunk.shape)
            logits.append(self._logits(self._read(chunk, state)))
        return torch.cat(logits, dim=1) if len(logits) > 1 else logits[0], state  # (B, T, V)

    def derived_footprint(self) -> Footprint:
        """Of the copies for batched steps."""
        return Footprint(rows_size(self), rows_size(self))

    def text_size(self) -> int:
        """Bytes of a text's cache."""
        c = self.config
        return 8 * c.layers * c.width * (c.window + max(c.window // 4, LEAST_ROOM))

    def step(self, ids: Sequence[int], state: Texts) -> tuple[Array, Texts]:
        """See LanguageModel. A text from a batch gets its own cache at its first step here."""
        with torch.inference_mode():
            views = self.rows.current()
            if views is None:
                logits, further = self.advance(torch.tensor(ids)[:, None], state)
                return logits[:, 0].numpy(), self.merge([further] if further else [])
            after = Texts(self._room(own, 1, 1) for own in state)
            pasts = []
            for id, own in zip(ids, after, strict=True):
                if own.cache.ids is not None:
                    own.cache.ids[0, own.end - 1] = id
                first = max(0, own.end - self.config.window)
                pasts.append(own.cache.buffer.numpy()[:, :, 0, :, first : own.end])  # (layers, 2, heads, S, D)
            positions = np.array([own.position - 1 for own in after])
            return step_rows(views, np.asarray(ids, np.int64), pasts, positions), after

    def merge(self, states: Sequence[TransformerState | Texts]) -> Texts:
        """See LanguageModel."""
        return Texts(one for state in states for one in each_text(state))

    def select(self, state: TransformerState | Texts, rows: Sequence[int]) -> Texts:
        """See LanguageModel."""
        texts = each_text(state)
        return Texts(texts[row] for row in rows)

    def _sizes(self, end: int, count: int) -> list[int]:
        """In which portions the next ids are processed after a state that ends at `end`."""
        sizes = []
        while count:
            free = CHUNK
            if self.position_embedding is not None:
                end = end if end < self.config.window else self.config.window // 2
                free = min(CHUNK, self.config.window - end)
            sizes.append(min(free, count))
            end, count = end + sizes[-1], count - sizes[-1]
        return sizes

    def _room(self, state: TransformerState | None, batch: int, count: int) -> TransformerState:
        """The state after `count` more ids, with a cache that has room for them."""
        window = self.config.window
        learned = self.position_embedding is not None
        if learned and state is not None and state.end == window:
            state = self._renew(state)
        if state is not None and state.cache.claim(state.end, count):
            return TransformerState(state.cache, state.end + count, state.position + count)
        end, position = (state.end, state.position) if state is not None else (0, 0)
        kept = end if learned else min(window - 1, end)
        c = self.config
        slots = window if learned else kept + count + max(window // 4, LEAST_ROOM)
        cache = KVCache((c.layers, c.heads, c.width // c.heads), batch, slots, self.output_weight, keep_ids=learned)
        cache.end = kept + count
        if state is not None:
            cache.buffer[..., :kept, :] = state.cache.buffer[..., end - kept : end, :]
            if cache.ids is not None and state.cache.ids is not None:
                cache.ids[:, :kept] = state.cache.ids[:, :kept]
        return TransformerState(cache, kept + count, position + count)

    def _renew(self, full: TransformerState) -> TransformerState | None:
        """The state after the last half of a full window, processed again from position 0."""
        assert full.cache.ids is not None
        half = self.config.window // 2
        again = torch.from_numpy(full.cache.ids[:, full.end - half :].copy()).to(self.output_weight.device)
        state = None
        for chunk in again.split(self._sizes(0, half), dim=1) if half else ():
            state = self._room(state, *chunk.shape)
            self._read(chunk, state)
        return state

    def _read(self, ids: Tensor, state: TransformerState) -> Tensor:
        """The output of the last layer (B, T, C) for ids (B, T), which are the last of `state`."""
        T, cache, end = ids.shape[1], state.cache, state.end
        if cache.ids is not None:
            cache.ids[:, end - T : end] = ids.cpu().numpy()
        first = max(0, end - T - self.config.window + 1)  # the oldest slot that the first id attends to
        return self._through(ids, state.position - T, cache.buffer[..., first:end, :])

    def _read_in_training(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V), without a cache; a text longer than the learned positions is split into windows."""
        window, T = self.config.window, ids.shape[1]
        if self.position_embedding is None or T <= window:
            return self._logits(self._through(ids, 0, None))
        parts, end = [self._through(ids[:, :window], 0, None)], window
        while end < T:
            begin = end - window // 2
            parts.append(self._through(ids[:, begin : begin + window], 0, None)[:, end - begin :])
            end = begin + window
        return self._logits(torch.cat(parts, dim=1))

    def _through(self, ids: Tensor, position: int, past: Tensor | None) -> Tensor:
        """The output of all layers (B, T, C) for ids (B, T) from `position` on; their keys and values are written into
        the last T slots of past (layers, 2, B, heads, S, D)."""
        T = ids.shape[1]
        S = past.shape[-2] if past is not None else T
        mask = self._mask(T, S, ids.device) if T > 1 else None
        x = self.embedding(ids)  # (B, T, C)
        turns = None
        if self.position_embedding is None:
            turns = self._turns(position, T, ids.device)
        else:
            x = x + self.position_embedding.weight[position : position + T]
        x = self.drop(x)
        for i, block in enumerate(self.blocks):
            x = block(x, turns, mask, past[i] if past is not None else None, S)
        return x

    def _logits(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, V)."""
        return F.linear(self.norm(x), self.output_weight)

    def _mask(self, T: int, S: int, device: torch.device) -> Tensor:
        """(T, S) bool: which of the last S positions each of the last T attends to."""
        distance = torch.arange(S - T, S, device=device)[:, None] - torch.arange(S, device=device)
        return (distance >= 0) & (distance < self.config.window)

    def _turns(self, position: int, T: int, device: torch.device) -> Tensor:
        """(T, D / 2) complex: the rotation of each pair of features at each position.

        The angles are float64 until their sine is taken, because they grow with the text.
        """
        assert self.inv_freq is not None
        angle = torch.arange(position, position + T, dtype=torch.float64)[:, None] * self.inv_freq
        return torch.polar(torch.ones_like(angle), angle).to(torch.complex64).to(device)
