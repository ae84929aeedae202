"""Every supported kind of tokenizer: the same ids and text as `transformers`, and each id's meaning and position."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from playground.errors import BadCheckpoint
from playground.text.tokens import Tokens
from tests.small_tokenizers import BYTES, END, KINDS, PAD, korean, llama, write

PROMPTS = [
    *("", " ", "하느님이 보우하사", "To be, or not to be", "  두 칸  ", " Romeo", "line\nbreak\ttab\r\n", "白日 黄河x"),
    *("뷁뷁 하 😀!", "👩‍👩‍👧 나는", "ﬁne ① Ａ", "e\u0301 é Café", "\u1112\u1161\u11ab 한", "TO Be", "don't  you"),
    *(f"a{END}b {END} c", f"{END}", f"<unk> 뷁{PAD}", "강아지 고양이 <mask> x <sep> y 강아지가 Café"),
    *("\u200b\ufeff한", "\uf741\uf7e2", "\u0000x", "동해 물과 백두산이\n마르고 닳도록"),
]


class Pair:
    """A tokenizer as this project reads it, and as `transformers` does."""

    def __init__(self, folder: Path) -> None:
        self.ours = Tokens.load(folder / "tokenizer.json")
        self.theirs: Any = PreTrainedTokenizerFast.from_pretrained(folder)

    def their_ids(self, text: str) -> list[int]:
        return list(self.theirs(text, add_special_tokens=False).input_ids)

    def their_text(self, ids: list[int]) -> str:
        return str(self.theirs.decode(ids, skip_special_tokens=True))


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(write(tmp_path_factory.mktemp("made") / request.param, KINDS[request.param]()))


def bytes_of(symbol: str) -> bytes:
    return b"".join(bytes([ord(c) - 0xF700]) if "\uf700" <= c <= "\uf7ff" else c.encode() for c in symbol)


def test_ids_and_texts_equal_transformers(pair: Pair) -> None:
    for text in PROMPTS:
        ids = pair.ours.encode(text).ids
        assert ids == pair.their_ids(text), text
        assert pair.ours.join("", ids) == pair.their_text(ids), text


def test_each_token_adds_the_same_text_as_in_transformers(pair: Pair) -> None:
    """After a word, so that no token is the first."""
    word = pair.ours.encode("To").ids[-1]
    assert pair.ours.symbols[word].strip().isalpha()
    begun = pair.their_text([word])
    for id in range(len(pair.ours)):
        added = pair.ours.decode([id])
        if "\ufffd" not in added:
            assert begun + added == pair.their_text([word, id]), pair.ours.symbols[id]


def test_a_text_is_the_concatenation_of_its_symbols(pair: Pair) -> None:
    """As the page joins them, from bytes and without the special tokens."""
    for text in PROMPTS:
        ids = pair.ours.encode(text).ids
        kept = b"".join(bytes_of(pair.ours.symbols[id]) for id in ids if id not in pair.ours.special)
        joined = kept.decode("utf-8", "replace")
        assert pair.ours.decode(ids) == joined
        assert pair.ours.join("x", ids) == "x" + joined
        assert pair.ours.join("", ids) == (joined.removeprefix(" ") if pair.ours.drops_first_space else joined)


def test_each_token_has_its_position_in_the_typed_text(pair: Pair) -> None:
    for text in PROMPTS:
        found = pair.ours.encode(text)
        assert len(found.offsets) == len(found.ids)
        assert found.offsets == sorted(found.offsets)
        assert all(0 <= offset < len(text) for offset in found.offsets)
        assert found.substitutions == tuple(sorted(found.substitutions, key=lambda s: s.position))
        for s in found.substitutions:
            assert text[s.position :].startswith(s.character)
            assert s.character.strip() or s.character in "\n\t\r\x00"


def test_the_text_of_a_prefix_is_a_prefix_of_the_text(pair: Pair) -> None:
    """For any ids, the text of a prefix is a prefix of the whole text."""
    ids = [id for id in range(len(pair.ours)) if "\ufffd" not in pair.ours.decode([id])][::7]
    for at in range(1, len(ids), 5):
        begun = pair.ours.join("", ids[:at])
        if begun:
            assert pair.ours.join("", ids) == pair.ours.join(begun, ids[at:])


def read(folder: Path, name: str) -> Tokens:
    return Tokens.load(write(folder / name, KINDS[name]()) / "tokenizer.json")


def pieces_of(tokens: Tokens, text: str) -> list[tuple[str, int]]:
    """The tokens of a text and where each begins."""
    found = tokens.encode(text)
    return [(tokens.symbols[id], offset) for id, offset in zip(found.ids, found.offsets, strict=True)]


def substitutions(tokens: Tokens, text: str) -> list[tuple[int, str, str]]:
    return [(s.position, s.character, s.replacement) for s in tokens.encode(text).substitutions]


def test_pieces_with_a_mark_for_the_space(tmp_path: Path) -> None:
    tokens = read(tmp_path, "korean")
    assert pieces_of(tokens, "하느님이 To be") == [(" 하느님", 0), ("이", 3), (" To", 4), (" be", 7)]
    assert tokens.drops_first_space
    ids = tokens.encode("하느님이 To").ids
    assert (tokens.join("", ids), tokens.join("나", ids)) == ("하느님이 To", "나 하느님이 To")
    assert tokens.special == {0, 1, 2}
    assert tokens.symbols[:3] == ("<unk>", "</s>", "<pad>")


def test_unknown_characters_become_the_unknown_token(tmp_path: Path) -> None:
    tokens = read(tmp_path, "korean")
    assert substitutions(tokens, "뷁뷁 하 😀!") == [(0, "뷁뷁", "<unk>"), (5, "😀", "<unk>")]
    assert pieces_of(tokens, "하 😀!") == [(" 하", 0), (" ", 1), ("<unk>", 2), ("!", 3)]
    assert tokens.join("", tokens.encode("하 😀!").ids) == "하 !"
    # A letter with a mark that is written as two code points is one character.
    assert substitutions(tokens, "e\u0301 é") == [(0, "e\u0301", "<unk>"), (3, "é", "<unk>")]
    # If the unknown token itself was typed, it is read as that.
    assert substitutions(tokens, "<unk> 뷁") == [(6, "뷁", "<unk>")]


def test_bytes_are_the_fallback_for_missing_pieces(tmp_path: Path) -> None:
    """뷁 is EB B7 81."""
    tokens = read(tmp_path, "llama")
    assert pieces_of(tokens, "a뷁") == [(" ", 0), ("a", 0), ("\uf7eb", 1), ("\uf7b7", 1), ("\uf781", 1)]
    assert substitutions(tokens, "a뷁 😀") == []
    assert tokens.join("", tokens.encode("a뷁 😀").ids) == "a뷁 😀"
    assert tokens.symbols[tokens.encode("\n").ids[-1]] == "\n"
    assert tokens.join("", tokens.encode("뷁").ids[:-1]) == "\ufffd"
    # Also if they are among the special tokens, where a trainer may put them.
    content = json.loads(llama().to_str())
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    content["added_tokens"] += [
        {"id": id, "content": piece, "special": True, **flags}
        for piece, id in content["model"]["vocab"].items()
        if piece in BYTES
    ]
    (tmp_path / "llama" / "tokenizer.json").write_text(json.dumps(content))
    again = Tokens.load(tmp_path / "llama" / "tokenizer.json")
    assert (again.symbols, again.special) == (tokens.symbols, tokens.special)


def test_words_and_their_continuations(tmp_path: Path) -> None:
    tokens = read(tmp_path, "word_piece")
    assert pieces_of(tokens, "Don't you,  뷁")[-3:] == [(" you", 5), (",", 9), ("[UNK]", 10)]
    assert substitutions(tokens, "Don't you,  뷁") == [(12, "뷁", "[UNK]")]
    # White space without a token of its own belongs to the next word.
    assert pieces_of(tokens, "to  be")[0][1] == 0
    assert [offset for symbol, offset in pieces_of(tokens, "to  be") if symbol.startswith(" b")] == [2]
    ids = tokens.encode("To be, or not").ids
    assert tokens.join("", ids) == "to be, or not"
    assert tokens.join("나", ids) == "나 to be, or not"


def test_positions_refer_to_the_text_before_normalization(tmp_path: Path) -> None:
    tokens = read(tmp_path, "byte_level_lower")
    upper, lower = tokens.encode("TO BE"), tokens.encode("to be")
    assert upper == lower
    assert substitutions(tokens, "TO Bé") == []


def test_a_space_added_before_the_text(tmp_path: Path) -> None:
    tokens = read(tmp_path, "byte_level_prefix")
    assert pieces_of(tokens, "To be") == [(" To", 0), (" be", 2)]
    assert tokens.join("", tokens.encode("To").ids) == " To"  # so the library decodes it


def test_bytes_missing_from_a_byte_level_tokenizer(tmp_path: Path) -> None:
    """Its training sentences have no "<", and neither byte of "é" (C3 A9)."""
    tokens = read(tmp_path, "byte_level_part")
    assert substitutions(tokens, "a<b é") == [(1, "<", ""), (4, "é", "")]
    assert [offset for _, offset in pieces_of(tokens, "a<b")] == [0, 2]


def test_added_tokens_that_strip_spaces_or_match_whole_words(tmp_path: Path) -> None:
    tokens = read(tmp_path, "added")
    assert pieces_of(tokens, "나는  <mask>물을") == [(" 나는", 0), ("<mask>", 2), (" 물을", 10)]
    assert pieces_of(tokens, "강아지")[0] == ("강아지", 0)
    assert all(symbol != "강아지" for symbol, _ in pieces_of(tokens, "강아지가"))
    assert ("고양이", 1) in pieces_of(tokens, "나고양이")
    names = {tokens.symbols[id] for id in tokens.special}
    assert names == {"<unk>", "</s>", "<pad>", "<mask>", "<sep>"}


def test_special_tokens_named_only_in_the_configuration_files(tmp_path: Path) -> None:
    """They are added after those of the `tokenizer.json`, in the order of `transformers`, with its numbers."""
    names = {"mask_token": "<mask>", "bos_token": "<s>", "eos_token": END, "extra_special_tokens": ["<a>", "<b>"]}
    decoder = {"259": {"content": "하느님", "special": False}, "900": {"content": "<x>", "lstrip": True}}
    folder = write(tmp_path / "korean", korean(), **names, added_tokens_decoder=decoder)
    pair = Pair(folder)
    for text in ("<s>나<mask> <a><b> <x>", "우리하느님이", f"x  <x>{END}"):
        assert pair.ours.encode(text).ids == pair.their_ids(text)
    assert len(pair.ours) == len(pair.theirs)
    assert {pair.ours.symbols[id] for id in pair.ours.special} >= {"<s>", "<mask>", "<a>", "<b>", END}
    assert pair.ours.roles["bos_token"] == pair.theirs.bos_token_id
    assert pair.ours.roles["eos_token"] == 1
    # Those that the model has no row for are not there.
    few = Tokens.load(folder / "tokenizer.json", 261)
    assert len(few) == 261
    assert max(few.encode("<s>나<mask> <a>").ids) < 261


def test_pieces_beyond_the_model_are_left_out(tmp_path: Path) -> None:
    for make in KINDS.values():
        folder = write(tmp_path / make.__name__, make())
        size = len(Tokens.load(folder / "tokenizer.json"))
        few = Tokens.load(folder / "tokenizer.json", size - 20)
        assert len(few) == size - 20
        for text in PROMPTS:
            assert max(few.encode(text).ids, default=0) < size - 20


def test_a_missing_decoder_is_inferred(tmp_path: Path) -> None:
    for name in ("korean", "llama", "word_level", "byte_level_prefix"):
        folder = write(tmp_path / name, KINDS[name]())
        whole = Tokens.load(folder / "tokenizer.json")
        content = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        (folder / "tokenizer.json").write_text(json.dumps({**content, "decoder": None}))
        found = Tokens.load(folder / "tokenizer.json")
        assert found.symbols == whole.symbols
        assert found.drops_first_space == whole.drops_first_space


def charsmap(character: str, text: bytes) -> str:
    """SentencePiece's character map that puts a text in the place of one ASCII character: a double array of 512 units,
    of which the root leads by 256, the character's unit by 1 to a leaf, whose value is the place of the text."""
    units = [0] * 512
    code = ord(character)
    units[0] = 256 << 10
    units[256 ^ code] = 1 << 10 | 1 << 8 | code
    trie = b"".join(unit.to_bytes(4, "little") for unit in units)
    return base64.b64encode(len(trie).to_bytes(4, "little") + trie + text + b"\0").decode()


def test_a_character_map_of_sentencepiece(tmp_path: Path) -> None:
    content = json.loads(KINDS["unigram"]().to_str())
    content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": charsmap("Q", b"T")}
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content))
    pair = Pair(write(tmp_path / "saved", Tokenizer.from_file(str(path))))
    assert pair.ours.encode("Qo be").ids == pair.their_ids("Qo be") == pair.their_ids("To be")
    assert pair.ours.encode("Qo be").substitutions == ()
    content["normalizer"]["precompiled_charsmap"] = charsmap("Q", b"T" * 101)  # a short text would grow too long
    path.write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match="damaged character map"):
        Tokens.load(path)


def test_a_piece_listed_twice(tmp_path: Path) -> None:
    content = json.loads(KINDS["unigram"]().to_str())
    content["model"]["vocab"].append(["▁", -3.0])
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs, ours = Tokenizer.from_str(json.dumps(content)), Tokens.load(tmp_path / "tokenizer.json")
    assert ours.encode(PROMPTS[3]).ids == theirs.encode(PROMPTS[3]).ids
    assert [symbol for symbol in ours.symbols if symbol == " "] == [" ", " "]
    assert not ours.unnumbered


def test_a_file_that_crashes_the_library_is_refused_with_a_sentence(tmp_path: Path) -> None:
    content = json.loads(llama().to_str())
    # An empty trie: the library would read beyond its end.
    packed = base64.b64encode((4).to_bytes(4, "little") + bytes(4) + b"a\0").decode()
    content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": packed}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match=r"^tokenizer\.json is not a tokenizers file: ") as caught:
        Tokens.load(tmp_path / "tokenizer.json")
    assert len(str(caught.value)) < 300


