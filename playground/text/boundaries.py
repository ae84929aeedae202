"""Which tokens begin and end a text in a model of GPT-2's family.

A configuration names ids, but it may be the library's default (50,256), which is an ordinary word in another
vocabulary, or outside it. So an id is used only if it is a special token of this tokenizer. Otherwise the tokenizer's
own special token begins a text, or a line end if it has none.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from playground.text.tokens import Tokens

Source = Literal["config", "tokenizer", "line_end"]

BEGINS = ("bos_token", "eos_token", "cls_token", "sep_token")  # roles, best first
# Best first, for files that do not say what a special token is for.
_BEGIN_NAMES = (r"bos|startoftext|begin|start|<\|?s\|?>", r"endoftext|eos|eot|end|</s>", r"cls", r"sep")
_END_NAMES = (r"endoftext|end_of_text|eos|eot|</s>",)
_NEVER = re.compile(r"pad|unk|mask", re.IGNORECASE)
# What a special token looks like if the file failed to mark it as one; not "<0x0A>", which is a byte.
_LOOKS_SPECIAL = re.compile(r"<(?!0x[0-9A-Fa-f]{2}>)[^<>\s]{1,40}>|\[[A-Z]{2,20}\]")


class Start(NamedTuple):
    """The ids that precede every text, and where they come from."""

    ids: tuple[int, ...]
    source: Source


def start_of(tokens: Tokens, claimed: Iterable[int]) -> Start:
    """What begins a text. claimed: the ids that the configuration names for it, best first."""
    found = next((id for id in claimed if _is_special(tokens, id)), None)
    return _own_start(tokens) if found is None else Start((found,), "config")


def ends_of(tokens: Tokens, claimed: Iterable[int]) -> tuple[int, ...]:
    """Each of these ids ends a text; empty if the tokenizer has no such token. claimed: as in `start_of`."""
    if found := tuple(dict.fromkeys(id for id in claimed if _is_special(tokens, id))):
        return found
    if (role := tokens.roles.get("eos_token")) is not None:
        return (role,)
    named = _find_named(tokens, _END_NAMES)
    return () if named is None else (named,)


def _own_start(tokens: Tokens) -> Start:
    role = next((tokens.roles[role] for role in BEGINS if role in tokens.roles), None)
    named = _find_named(tokens, (*_BEGIN_NAMES, "")) if role is None else role
    if named is not None:
        return Start((named,), "tokenizer")
    for text in ("\n", " ", "."):  # not every tokenizer has white space
        encoding = tokens.encode(text)
        if encoding.ids and not encoding.substitutions:
            return Start(tuple(encoding.ids), "line_end")
    return Start((min(set(range(len(tokens))) - tokens.unnumbered),), "line_end")


def _find_named(tokens: Tokens, patterns: Iterable[str]) -> int | None:
    """The special token with such a name, by the first pattern that matches one."""
    special = sorted(tokens.special - tokens.unnumbered)
    usable = {id: tokens.symbols[id] for id in special if not _NEVER.search(tokens.symbols[id])}
    for pattern in patterns:
        for id, symbol in usable.items():
            if re.search(pattern, symbol, re.IGNORECASE):
                return id
    return None


def _is_special(tokens: Tokens, id: int) -> bool:
    if not 0 <= id < len(tokens) or id in tokens.unnumbered:
        return False
    return id in tokens.special or bool(_LOOKS_SPECIAL.fullmatch(tokens.symbols[id].strip()))
