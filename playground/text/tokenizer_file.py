"""A `tokenizer.json` -> a tokenizer of the `tokenizers` library, and the meaning of each id.

The library splits texts and numbers tokens, so the result is the same as in `transformers`. This module checks
everything in an untrusted file that could do harm, and what the library would reject without a clear message, or only
at some texts. Supports BPE, Unigram, WordPiece and WordLevel.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tokenizers import AddedToken, Tokenizer, models

from playground.errors import BadCheckpoint
from playground.text import special_tokens
from playground.text.jsonfile import parse
from playground.text.special_tokens import NOTHING, DeclaredTokens, flags_of, is_token, is_whole
from playground.text.spelling import Spelling, is_byte_piece, spelling_of
from playground.text.tokenizer_parts import check_parts

MAX_BYTES = 20_000_000
MAX_SYMBOLS = 200_000
MAX_ADDED = 1_000_000  # characters of all added tokens together
MAX_WORD = 200  # characters of a word that WordPiece splits: its time is cubic in them
TRIAL = "To be, 한글 😀\n"


@dataclass(frozen=True)
class TokenizerFile:
    """What a file says about a tokenizer.

    tokenizer: the library's. written: each id's token as stored in the file, without the added ones. added: the added
    tokens' text by id. special: ids that are not text. unknown: the id for text without a token. roles: ids by role,
    such as "eos_token".
    """

    tokenizer: Tokenizer
    spelling: Spelling
    written: Mapping[int, str]
    added: Mapping[int, str]
    special: frozenset[int]
    unknown: int | None
    roles: Mapping[str, int]


class _Model(NamedTuple):
    """A model of the library, its tokens by number, and its unknown token."""

    tokenizer_model: models.Model
    written: dict[int, str]
    unknown: str | None


def read(path: Path, rows: int | None = None) -> TokenizerFile:
    """Read a `tokenizer.json` and the small files beside it; BadCheckpoint says what is wrong.

    rows: how many ids the model has; tokens beyond them are left out, and their text is split into other tokens.
    """
    _, content = parse(path, MAX_BYTES)
    try:
        return from_content(content, special_tokens.read_declared(path.parent), rows)
    except BadCheckpoint as error:
        raise BadCheckpoint("tokenizer.of", file=path.name, problem=error) from None


def from_content(content: Any, declared: DeclaredTokens = NOTHING, rows: int | None = None) -> TokenizerFile:
    """What a parsed `tokenizer.json` says; raises the errors of `read`, without the file's name."""
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise BadCheckpoint("tokenizer.no_model")
    kind = content["model"].get("type", "BPE")  # GPT-2's own file does not say its type
    if not isinstance(kind, str) or kind not in _MODELS:
        raise BadCheckpoint("tokenizer.kind", kinds=list(_MODELS), value=repr(str(kind)[:40]))
    check_parts(content)
    spelling = spelling_of(content)
    if spelling.byte_level and kind == "BPE" and content["model"].get("continuing_subword_prefix"):
        raise BadCheckpoint("tokenizer.prefix")
    listed = _list_added(content.get("added_tokens"), declared)
    model = _MODELS[kind](content["model"], MAX_SYMBOLS)
    tokenizer = _build_tokenizer(content, spelling, model, listed)
    found = tokenizer.get_added_tokens_decoder()
    if rows is not None and max((*model.written, *found)) >= rows:
        numbers = {token.content: id for id, token in found.items()}
        model = _MODELS[kind](content["model"], rows)
        tokenizer = _build_tokenizer(content, spelling, model, [t for t in listed if numbers[t["content"]] < rows])
        found = tokenizer.get_added_tokens_decoder()
        if any(numbers[token.content] != id for id, token in found.items()):
            raise BadCheckpoint("tokenizer.gaps")
    written = model.written
    added = {id: token.content for id, token in found.items()}
    if twice := [id for id, token in added.items() if written.get(id, token) != token]:
        raise BadCheckpoint("tokenizer.number_twice", number=twice[0])
    if max((*written, *added)) >= MAX_SYMBOLS:
        raise BadCheckpoint("tokenizer.symbols", most=MAX_SYMBOLS)
    ids = {token: id for id, token in (written | added).items()}
    roles = {role: ids[token] for role, token in declared.roles.items() if token in ids}
    special = {id for id, token in found.items() if token.special} | set(roles.values())
    if spelling.byte_pieces:  # trainers add them as special tokens so that they stay whole, but they are text
        special -= {id for id in special if is_byte_piece(written.get(id, ""))}
    return TokenizerFile(tokenizer, spelling, written, added, frozenset(special), ids.get(model.unknown or ""), roles)


def _list_added(added: Any, declared: DeclaredTokens) -> list[dict[str, Any]]:
    """The added tokens in the order in which the library is to add them."""
    added = [] if added is None else added
    if not isinstance(added, list) or len(added) > MAX_SYMBOLS:
        raise BadCheckpoint("tokenizer.added", most=MAX_SYMBOLS)
    if not all(isinstance(token, dict) and is_token(token.get("content")) for token in added):
        raise BadCheckpoint("tokenizer.added_content", most=special_tokens.MAX_LENGTH)
    known = {token["content"] for token in added}
    listed = [{"content": token["content"], **flags_of(token, special=False)} for token in added]
    for token in declared.added:
        if token["content"] not in known:
            known.add(token["content"])
            listed.append(dict(token))
    if sum(len(token["content"]) for token in listed) > MAX_ADDED:
        raise BadCheckpoint("tokenizer.added_long", most=MAX_ADDED)
    return listed


def _bpe(model: Mapping[str, Any], rows: int) -> _Model:
    if model.get("dropout") not in (None, 0):
        raise BadCheckpoint("tokenizer.dropout")
    if model.get("end_of_word_suffix"):
        raise BadCheckpoint("tokenizer.word_ends")
    vocab, merges, unknown = _vocabulary(model, rows), model.get("merges"), model.get("unk_token")
    if not isinstance(unknown, str) or unknown not in vocab:
        unknown = None  # otherwise the library fails at the first text that needs it
    if not isinstance(merges, list) or len(merges) > MAX_SYMBOLS:
        raise BadCheckpoint("tokenizer.merges", most=MAX_SYMBOLS)
    prefix = _text(model, "continuing_subword_prefix", "")
    try:
        pairs = [tuple(m.split(" ") if isinstance(m, str) else m) for m in merges]
        if len(vocab) < len(model["vocab"]):
            pairs = [(a, b) for a, b in pairs if {a, b, a + b[len(prefix) :]} <= vocab.keys()]
    except (TypeError, ValueError):
        raise BadCheckpoint("tokenizer.pairs") from None
    flags = {name: model.get(name) is True for name in ("fuse_unk", "byte_fallback", "ignore_merges")}
    texts = {"unk_token": unknown, "continuing_subword_prefix": prefix}
    said: Any = flags | {name: text for name, text in texts.items() if text}
    with _refuse_with("tokenizer.pairs_known"):
        return _Model(models.BPE(vocab=vocab, merges=pairs, **said), _by_number(vocab), unknown)


def _word_piece(model: Mapping[str, Any], rows: int) -> _Model:
    longest = model.get("max_input_chars_per_word", 100)
    if type(longest) is not int or not 0 <= longest <= MAX_WORD:
        raise BadCheckpoint("tokenizer.word_length", most=MAX_WORD, value=str(longest)[:20])
    prefix = _text(model, "continuing_subword_prefix", "##")
    vocab, unknown = _with_unknown(model, rows, "[UNK]")
    said: Any = {"unk_token": unknown, "continuing_subword_prefix": prefix, "max_input_chars_per_word": longest}
    return _Model(models.WordPiece(vocab=vocab, **said), _by_number(vocab), unknown)


def _word_level(model: Mapping[str, Any], rows: int) -> _Model:
    vocab, unknown = _with_unknown(model, rows, "<unk>")
    return _Model(models.WordLevel(vocab=vocab, unk_token=unknown), _by_number(vocab), unknown)


def _unigram(model: Mapping[str, Any], rows: int) -> _Model:
    vocab, unknown = model.get("vocab"), model.get("unk_id")
    if not isinstance(vocab, list) or not 1 <= len(vocab) <= MAX_SYMBOLS:
        raise BadCheckpoint("tokenizer.vocab", most=MAX_SYMBOLS)
    if not all(isinstance(entry, list) and len(entry) == 2 for entry in vocab):
        raise BadCheckpoint("tokenizer.scores")
    if not all(type(score) in (int, float) and math.isfinite(score) for _, score in vocab):
        raise BadCheckpoint("tokenizer.score_numbers")
    _check_tokens([piece for piece, _ in vocab])
    vocab = vocab[:rows]
    if type(unknown) is not int or not 0 <= unknown < len(vocab):
        raise BadCheckpoint("tokenizer.unk_id")
    pieces = [(piece, float(score)) for piece, score in vocab]
    with _refuse_with("tokenizer.no_file"):
        made = models.Unigram(vocab=pieces, unk_id=unknown, byte_fallback=model.get("byte_fallback") is True)
    return _Model(made, {id: piece for id, (piece, _) in enumerate(pieces)}, pieces[unknown][0])


# By type: the function that checks a file's model and builds the library's, with the tokens numbered below `rows`.
_MODELS: dict[str, Callable[[Mapping[str, Any], int], _Model]] = {
    "BPE": _bpe,
    "Unigram": _unigram,
    "WordPiece": _word_piece,
    "WordLevel": _word_level,
}


def _vocabulary(model: Mapping[str, Any], rows: int) -> dict[str, int]:
    vocab = model.get("vocab")
    if not isinstance(vocab, dict) or not 1 <= len(vocab) <= MAX_SYMBOLS:
        raise BadCheckpoint("tokenizer.vocab", most=MAX_SYMBOLS)
    numbers = list(vocab.values())
    whole = all(type(n) is int for n in numbers)
    if not whole or min(numbers) < 0 or max(numbers) >= MAX_SYMBOLS or len(set(numbers)) < len(numbers):
        raise BadCheckpoint("tokenizer.numbers", count=len(numbers), most=MAX_SYMBOLS - 1)
    _check_tokens(vocab)
    if max(numbers) < rows:
        return vocab
    kept = {token: n for token, n in vocab.items() if n < rows}
    if not kept:
        raise BadCheckpoint("tokenizer.no_rows", rows=rows)
    return kept


def _by_number(vocab: Mapping[str, int]) -> dict[int, str]:
    return {id: token for token, id in vocab.items()}


def _check_tokens(tokens: Any) -> None:
    lengths = set(map(len, tokens)) if all(type(token) is str for token in tokens) else {0}
    if min(lengths) < 1 or max(lengths) > special_tokens.MAX_LENGTH or not is_whole("".join(tokens)):
        raise BadCheckpoint("tokenizer.tokens", most=special_tokens.MAX_LENGTH)


def _with_unknown(model: Mapping[str, Any], rows: int, usual: str) -> tuple[dict[str, int], str]:
    vocab, unknown = _vocabulary(model, rows), _text(model, "unk_token", usual)
    if unknown not in vocab:
        raise BadCheckpoint("tokenizer.unknown", token=repr(unknown[:40]))
    return vocab, unknown


def _text(model: Mapping[str, Any], name: str, usual: str) -> str:
    value = model.get(name)
    if value is not None and not isinstance(value, str):
        raise BadCheckpoint("tokenizer.text", field=name, value=str(value)[:20])
    return usual if value is None else value


def _build_tokenizer(
    content: Mapping[str, Any], spelling: Spelling, model: _Model, added: list[dict[str, Any]]
) -> Tokenizer:
    """The library's tokenizer, tried on a text. Steps after splitting and numbering (truncation, padding, a template)
    are left out: a text is read whole, and what precedes it is decided elsewhere."""
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    frame = {
        "version": "1.0",
        "normalizer": content.get("normalizer"),
        "pre_tokenizer": content.get("pre_tokenizer"),
        "decoder": level if spelling.byte_level else content.get("decoder"),
        "model": {"type": "BPE", "vocab": {}, "merges": []},
    }
    with _refuse_with("tokenizer.no_file"):
        tokenizer = Tokenizer.from_str(json.dumps(frame))
        tokenizer.model = model.tokenizer_model
        tokenizer.add_tokens([AddedToken(**token) for token in added])
        tokenizer.encode(TRIAL, add_special_tokens=False)
    return tokenizer


@contextmanager
def _refuse_with(code: str) -> Iterator[None]:
    """Raises BadCheckpoint with this code where the library fails, even by a Rust panic."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise BadCheckpoint(code, problem=str(error)[:200]) from None


def is_panic(error: BaseException) -> bool:
    """Whether this is a panic of the library's Rust code."""
    return type(error).__name__ == "PanicException"
