"""Batches of texts of different lengths: similar lengths together, to minimise padding, which is at the end."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from playground.models.verdicts import PADDING

POOL = 50  # batches of texts sorted by length together: more would reduce randomness


def pad(texts: Sequence[Tensor], width: int = 0) -> tuple[Tensor, Tensor]:
    """Texts (T,) as one batch (B, T), and their lengths (B,); padded to `width` if that exceeds the longest."""
    ids = pad_sequence(list(texts), batch_first=True, padding_value=PADDING)
    ids = F.pad(ids, (0, max(0, width - ids.shape[1])), value=PADDING)
    return ids, torch.tensor([len(text) for text in texts])


def similar(texts: Sequence[Tensor], batch: int, generator: torch.Generator | None = None) -> list[list[int]]:
    """The rows of each batch of an epoch, of similar lengths, in random order. Without a generator: by length."""
    count = len(texts)
    if generator is None:
        rows = sorted(range(count), key=lambda row: len(texts[row]))
        return [rows[at : at + batch] for at in range(0, count, batch)]
    order = torch.randperm(count, generator=generator).tolist()
    pools = [order[at : at + POOL * batch] for at in range(0, count, POOL * batch)]
    rows = [row for pool in pools for row in sorted(pool, key=lambda row: len(texts[row]))]
    cut = [rows[at : at + batch] for at in range(0, count, batch)]
    return [cut[at] for at in torch.randperm(len(cut), generator=generator).tolist()]
