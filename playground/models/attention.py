"""The Transformer's attention in torch, over a text and its cached past. Its NumPy step is in fast/transformer.py."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, biases: bool) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=biases)
        self.out = nn.Linear(width, width, bias=biases)

    def forward(self, x: Tensor, turns: Tensor | None, mask: Tensor | None, past: Tensor | None, end: int) -> Tensor:
        """x (B, T, C); past (2, B, heads, S, D) holds the cached keys and values; the T new ones are written before
        `end`.

        mask: bool (True = attend), or added to the scores; broadcast against them.
        """
        B, T, C = x.shape
        qkv = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)  # (3, B, heads, T, D)
        q, k, v = qkv  # (B, heads, T, D)
        if turns is not None:
            pairs = torch.view_as_complex(qkv[:2].unflatten(-1, (-1, 2)))  # (2, B, heads, T, D / 2)
            q, k = torch.view_as_real(pairs * turns).flatten(-2)
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
    """softmax(q k' / √D) v under a mask, written out: torch's own takes four times as long for its gradient on a
    CPU."""
    q, k = q.to(v.dtype), k.to(v.dtype)  # v comes from a matrix product, so under autocast it is already rounded
    if mask.dtype == torch.bool:
        bias = torch.zeros(mask.shape, dtype=v.dtype, device=v.device).masked_fill_(~mask, -torch.inf)
    else:
        bias = mask.to(v.dtype)
    with torch.autocast(v.device.type, enabled=False):
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias  # (B, heads, T, S)
        return scores.softmax(-1) @ v
