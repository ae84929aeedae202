"""Which normalizers and pre-tokenizers of a `tokenizer.json` are allowed: those that an untrusted file cannot abuse.

A regular expression can take hours on one line of text, and a replacement can make a text grow without bound. So only
the parts listed here are allowed, only with known patterns, and nothing that makes a text much longer.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from playground.errors import BadCheckpoint
from playground.text.spelling import parts

MAX_PARTS = 16
MAX_PREPENDED = 4
LONGEST_MAPPING = 100  # bytes that a character map may substitute for a character; NFKC's longest is 33

NORMALIZERS = (
    *("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "Strip", "StripAccents", "BertNormalizer"),
    *("Prepend", "Replace", "Precompiled"),
)
PRE_TOKENIZERS = (
    *("ByteLevel", "Metaspace", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "Punctuation", "Digits"),
    *("UnicodeScripts", "Split"),
)
REPLACED = (" {2,}", r"\s+", r"\s{2,}", r" +", r"[\r\n\t]")
_ENDS = r"[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# GPT-2's, and its successors' (GPT-4, Llama 3, Qwen 2, BLOOM, GPT-4o).
SPLIT = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    rf"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}| ?{_ENDS}",
    rf"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}| ?{_ENDS}",
    r" ?[^(\s|[.,!?…。，、।۔،])]+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)


def check_parts(content: Mapping[str, Any]) -> None:
    """BadCheckpoint unless every normalizer and pre-tokenizer of a parsed `tokenizer.json` is allowed."""
    normalizers = parts(content.get("normalizer"), "normalizers")
    splits = parts(content.get("pre_tokenizer"), "pretokenizers")
    for many, other, listed, known in (
        ("tokenizer.normalizers", "tokenizer.normalizer", normalizers, NORMALIZERS),
        ("tokenizer.pre_tokenizers", "tokenizer.pre_tokenizer", splits, PRE_TOKENIZERS),
    ):
        if len(listed) > MAX_PARTS:
            raise BadCheckpoint(many, most=MAX_PARTS)
        for part in listed:
            if part.get("type") not in known:
                raise BadCheckpoint(other, type=repr(str(part.get("type"))[:40]), known=known)
    if sum(part["type"] == "Precompiled" for part in normalizers) > 1:
        raise BadCheckpoint("tokenizer.precompiled_twice")
    for part in normalizers:
        _check_normalizer(part)
    for part in splits:
        pattern = part.get("pattern")
        if part["type"] == "Split" and not _is_known(pattern, SPLIT):
            raise BadCheckpoint("tokenizer.split")


def _check_normalizer(part: Mapping[str, Any]) -> None:
    match part["type"]:
        case "Prepend":
            put = part.get("prepend")
            if not isinstance(put, str) or len(put) > MAX_PREPENDED:
                raise BadCheckpoint("tokenizer.prepend", most=MAX_PREPENDED)
        case "Replace":
            put, pattern = part.get("content"), part.get("pattern")
            longest = len(pattern["String"]) if isinstance(pattern, dict) and _is_text(pattern.get("String")) else 1
            if not _is_known(pattern, REPLACED) or not isinstance(put, str) or len(put) > longest:
                raise BadCheckpoint("tokenizer.replace")
        case "Precompiled":
            _check_map(part.get("precompiled_charsmap"))


def _is_known(pattern: Any, expressions: tuple[str, ...]) -> bool:
    """Whether a pattern is a literal string, or one of the regular expressions."""
    if not isinstance(pattern, dict) or len(pattern) != 1:
        return False
    return _is_text(pattern.get("String")) or pattern.get("Regex") in expressions


def _is_text(pattern: Any) -> bool:
    return isinstance(pattern, str) and pattern != ""


def _check_map(packed: Any) -> None:
    """SentencePiece's character map: the size of a trie, the trie, and texts that each end with a zero byte."""
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, TypeError, ValueError):
        data = b""
    size = int.from_bytes(data[:4], "little")
    texts = data[4 + size :]
    sound = len(data) > 4 + size and size % 4 == 0 and size > 0 and texts.endswith(b"\0")
    if not sound or max(map(len, texts.split(b"\0"))) > LONGEST_MAPPING:
        raise BadCheckpoint("tokenizer.precompiled")
