"""The tokens of every kind of tokenizer as strings of smaller symbols."""

from pathlib import Path

import pytest

from playground.errors import BadInput
from playground.text.by_characters import TokenCharacters
from playground.text.streaming import bytes_of
from playground.text.tokens import Tokens
from tests import small_tokenizers

TEXTS = ["", "나는 학교에 간다.", "The cat sat; it didn't", "물 123", "é😀"]


def make_tokens(kind: str, folder: Path) -> Tokens:
    small_tokenizers.write(folder, small_tokenizers.KINDS[kind]())
    return Tokens.load(folder / "tokenizer.json")


@pytest.mark.parametrize("kind", small_tokenizers.KINDS)
def test_a_text_has_the_symbols_of_its_tokens(kind: str, tmp_path: Path) -> None:
    tokens = make_tokens(kind, tmp_path)
    characters = TokenCharacters(tokens)
    for text in TEXTS:
        read, base = characters.encode(text), tokens.encode(text)
        spelt = tokens.decode(base.ids)
        assert characters.decode(read.ids) == (spelt.removeprefix(" ") if tokens.drops_first_space else spelt)
        assert len(read.offsets) == len(read.ids)
        assert read.offsets == sorted(read.offsets)
        assert all(0 <= place < max(1, len(text)) for place in read.offsets)
        assert [each.character for each in read.substitutions] == [each.character for each in base.substitutions]


@pytest.mark.parametrize("kind", small_tokenizers.KINDS)
def test_every_token_is_spelled_by_its_symbols(kind: str, tmp_path: Path) -> None:
    tokens = make_tokens(kind, tmp_path)
    characters = TokenCharacters(tokens)
    text = set(characters.symbols[: len(characters) - len(characters.special)])
    assert all(len(symbol) == 1 for symbol in text)
    assert len(set(characters.symbols)) >= len(text)
    for id, symbol in enumerate(tokens.symbols):
        own = [characters.symbols[each] for each in characters.of_tokens([id])]
        assert bytes_of("".join(own)) == bytes_of(symbol)
        assert id in tokens.special or set(own) <= text
    wide = {symbol for symbol in text if not symbol.isascii() and not "\uf700" <= symbol <= "\uf7ff"}
    assert bool(wide) is not tokens.bytewise  # in bytes, or whole


def test_invalid_ids_are_refused(tmp_path: Path) -> None:
    characters = TokenCharacters(make_tokens("korean", tmp_path))
    for wrong in (-1, len(characters)):
        with pytest.raises(BadInput, match=str(wrong)):
            characters.decode([0, wrong])
    with pytest.raises(BadInput):
        characters.save(tmp_path / "other")
