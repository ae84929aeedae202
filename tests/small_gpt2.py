"""A small GPT-2 with random weights and 50,257 tokens, in the form of a Hub repository.

The tokens are made up (`tokens`), or GPT-2's own (tests/gpt2_tokens.py).
"""

import json
from pathlib import Path
from string import ascii_lowercase

import torch
from tokenizers import pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils.logging import disable_progress_bar

SIZE = 50_257
END = "<|endoftext|>"
Pieces = tuple[dict[str, int], list[tuple[str, str]]]  # all ids except the end-of-text token's, and the merges


def write(
    folder: Path,
    size: int = SIZE,
    seed: int = 5,
    sure: float = 16,
    positions: int = 256,
    pieces: Pieces | None = None,
) -> None:
    """Write config.json, model.safetensors and tokenizer.json, deterministically for a seed. sure: how peaked the
    model's rows are. positions: the number of tokens it sees. pieces: other tokens than the made-up ones."""
    vocab, merges = pieces or tokens(size - 1)
    bpe = {"type": "BPE", "vocab": vocab, "merges": [list(pair) for pair in merges]}
    end = {"id": size - 1, "content": END, "special": True}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    written = {"added_tokens": [end | flags], "pre_tokenizer": level, "decoder": level, "model": bpe}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False), "utf-8")
    torch.manual_seed(seed)
    ends = {"bos_token_id": size - 1, "eos_token_id": size - 1}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4, n_positions=positions, **ends))
    with torch.no_grad():
        model.transformer.wte.weight *= sure  # 16 is as peaked as a trained one is
        model.transformer.ln_f.weight *= 1.5
    disable_progress_bar()
    model.save_pretrained(folder)


def tokens(size: int) -> Pieces:
    """The bytes, then words of increasing length, half of them with a leading space: a vocabulary and its merges."""
    vocab = {letter: id for id, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges: list[tuple[str, str]] = []
    words = ["Ġ", *ascii_lowercase]
    while len(vocab) < size:
        pairs = [(word, letter) for word in words for letter in ascii_lowercase][: size - len(vocab)]
        merges += pairs
        words = [word + letter for word, letter in pairs]
        vocab |= {word: len(vocab) + place for place, word in enumerate(words)}
    return vocab, merges
