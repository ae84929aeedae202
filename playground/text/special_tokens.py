"""Which special tokens `tokenizer_config.json` and `special_tokens_map.json` name, beside a `tokenizer.json`.

    read_declared(folder)   the special tokens and their roles: beginning of text, end, unknown

Both are optional, and invalid entries are skipped: the tokenizer works without them. Knows no ids.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint
from playground.text.jsonfile import parse

CONFIG = "tokenizer_config.json"
MAP = "special_tokens_map.json"
MAX_BYTES = 1_000_000
MAX_LENGTH = 1_000  # characters of a token as written in a file
# In the order in which `transformers` adds those that the tokenizer lacks.
ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
LISTS = ("extra_special_tokens", "additional_special_tokens")
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")

_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class DeclaredTokens:
    """The tokens that the files name. roles: a token's text by its role. added: tokens with their flags, as in a
    `tokenizer.json`, in the order in which the library is to add the ones it lacks."""

    roles: Mapping[str, str]
    added: tuple[Mapping[str, Any], ...]


NOTHING = DeclaredTokens({}, ())


def read_declared(folder: Path) -> DeclaredTokens:
    """The tokens that a folder's files name. Never fails."""
    config, mapped = _object(folder / CONFIG), _object(folder / MAP)
    named = {role: found for role in ROLES if (found := _entry(config.get(role)) or _entry(mapped.get(role)))}
    more = [entry for name in LISTS for given in (config, mapped) for entry in _entries(given.get(name))]
    numbered = config.get("added_tokens_decoder")
    listed = sorted(numbered.items(), key=_number) if isinstance(numbered, dict) else []
    first = [entry for _, value in listed if (entry := _entry(value, special=False))]
    roles = {role: entry["content"] for role, entry in named.items()}
    return DeclaredTokens(roles, (*first, *named.values(), *more))


def flags_of(token: Mapping[str, Any], special: bool) -> dict[str, bool]:
    """The flags of an added token, with the library's defaults for missing ones."""
    special = bool(token.get("special", special))
    usual = {"normalized": not special, "special": special}
    return {flag: bool(token.get(flag, usual.get(flag, False))) for flag in FLAGS}


def is_token(written: object) -> bool:
    """Whether a value can be a token: a string of 1 to MAX_LENGTH characters without lone surrogates."""
    return isinstance(written, str) and 1 <= len(written) <= MAX_LENGTH and is_whole(written)


def is_whole(text: str) -> bool:
    """Whether a text has no lone surrogates, which cannot be encoded."""
    return not _HALVES.search(text)


def _entry(value: Any, special: bool = True) -> dict[str, Any] | None:
    """An added token from its text, or from an object with its flags."""
    token = value if isinstance(value, dict) else {"content": value}
    content = token.get("content")
    return {"content": content, **flags_of(token, special)} if is_token(content) else None


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from (entry for each in values if (entry := _entry(each)))


def _number(item: tuple[str, Any]) -> int:
    return int(item[0]) if item[0].isascii() and item[0].isdigit() and len(item[0]) < 10 else 0


def _object(path: Path) -> dict[str, Any]:
    try:
        _, content = parse(path, MAX_BYTES)
    except BadCheckpoint:
        return {}
    return content if isinstance(content, dict) else {}
