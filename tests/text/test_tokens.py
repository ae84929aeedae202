"""Tokens: the library's ids, their meaning and positions, and files that are refused."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from playground.errors import BadCheckpoint, BadInput
from playground.text import tokenizer_file
from playground.text.characters import Vocabulary
from playground.text.spelling import BYTE_OF
from playground.text.tokens import Tokens

TEXT = """To be, or not to be: that is the question. O Romeo, Romeo! wherefore art thou Romeo?
동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산.
Être ou ne pas être, telle est la question — « là où naïf » … 12 345,67 €
👋🏽 hello 👩‍👩‍👧 world 😀😀😀\t\ttabs   spaces\n\n\nlines\r\n 日本語のテキスト。 \u0000\u007f\u00a0
"""
END = "<|endoftext|>"


def train(special: list[str], size: int = 420) -> Tokenizer:
    """A byte-level BPE, trained with the library like those on the Hub."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=special,
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT] * 3, trainer)
    return tokenizer


@pytest.fixture(scope="module")
def made() -> Tokenizer:
    """Trained with one token from the start, and with two that were added later, one with a space in it."""
    tokenizer = train([END])
    tokenizer.add_special_tokens(["<|pad|>"])
    tokenizer.add_tokens(["new token"])
    return tokenizer


@pytest.fixture(scope="module")
def path(made: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokens") / "tokenizer.json"
    made.save(str(path))
    return path


@pytest.fixture(scope="module")
def ours(path: Path) -> Tokens:
    return Tokens.load(path)


def bytes_of(symbol: str) -> bytes:
    """A token's bytes from its symbol, as the page computes them."""
    return b"".join(bytes([ord(c) - 0xF700]) if "\uf700" <= c <= "\uf7ff" else c.encode() for c in symbol)


TEXTS = [
    *("", " ", "a", "  two  spaces ", "To be, or not to be", " Romeo", "don't you'll I'm", TEXT),
    *("\n\n\n x \n", "\r\n\t"),
    *("무궁화 삼천리", "뷁쀍", "👩‍👩‍👧😀🏽", "e\u0301 é", "\u0000\ufeff\uffff\U0010ffff", "\uf700\uf7ff", "￿" * 5),
    *(END, f"a{END}b {END} ", "<|pad|>new token new  token", "<|endoftext|", "x" * 3000),
]


@pytest.mark.parametrize("text", TEXTS)
def test_ids_are_the_librarys(text: str, made: Tokenizer, ours: Tokens) -> None:
    found = ours.encode(text)
    assert found.ids == made.encode(text, add_special_tokens=False).ids
    assert found.substitutions == ()
    assert ours.decode(found.ids) == text.replace(END, "").replace("<|pad|>", "")
    assert len(found.offsets) == len(found.ids)


def byte_level(vocab: dict[str, int], merges: list[tuple[str, str]], added: dict[str, int]) -> Tokens:
    """A vocabulary of byte-level tokens from its parts."""
    listed = [{"id": id, "content": token, "special": True} for token, id in added.items()]
    model = {"type": "BPE", "vocab": vocab, "merges": merges}
    content = {"model": model, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}}
    return Tokens(tokenizer_file.from_content({**content, "added_tokens": listed}))


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(TEXT), max_size=60))
def test_any_text_round_trips_with_correct_offsets(text: str) -> None:
    ours = once()
    found = ours.encode(text)
    assert ours.decode(found.ids) == text
    assert found.offsets == sorted(found.offsets)
    before = 0
    for id, offset in zip(found.ids, found.offsets, strict=True):
        assert len(text[:offset].encode()) <= before < len(text[: offset + 1].encode())
        before += len(bytes_of(ours.symbols[id]))


_once: list[Tokens] = []


def once() -> Tokens:
    """Tokens without a fixture, because hypothesis rejects function-scoped ones."""
    if not _once:
        content = json.loads(train([END]).to_str())
        _once.append(Tokens(tokenizer_file.from_content(content)))
    return _once[0]


def test_offsets_count_the_space_before_a_word(ours: Tokens) -> None:
    found = ours.encode("To be, be")
    assert [ours.symbols[i] for i in found.ids] == ["To", " be", ",", " be"]
    assert found.offsets == [0, 2, 5, 6]


def test_each_token_of_a_character_begins_at_the_character(ours: Tokens) -> None:
    found = ours.encode("a뷁b")
    assert [ours.symbols[i] for i in found.ids] == ["a", "\uf7eb", "\uf7b7", "\uf781", "b"]  # 뷁 is EB B7 81
    assert found.offsets == [0, 1, 1, 1, 2]
    assert ours.decode(found.ids[1:4]) == "뷁"
    assert ours.decode(found.ids[1:3]) == "\ufffd"
    assert ours.decode(found.ids[2:4]) == "\ufffd\ufffd"


def test_a_symbol_is_its_bytes(made: Tokenizer, ours: Tokens) -> None:
    assert len(ours) == len(ours.symbols) == made.get_vocab_size()
    assert isinstance(ours.symbols, tuple)
    assert len(set(ours.symbols)) == len(ours)
    for id, symbol in enumerate(ours.symbols):
        written = made.id_to_token(id) or ""
        literal = id in ours.special or written == "new token"
        assert bytes_of(symbol) == (written.encode() if literal else bytes(BYTE_OF[c] for c in written))
    shown = dict(zip(map(made.id_to_token, range(len(ours))), ours.symbols, strict=True))
    assert [shown[c] for c in "A!Ġÿ"] == ["A", "!", " ", "\uf7ff"]


def test_private_use_characters_are_escaped() -> None:
    """The character U+F741 is EF 9D 81; shown as it is, it would be taken for a stray byte 41."""
    alphabet = {c: i for i, c in enumerate(BYTE_OF)}
    byte = {b: c for c, b in BYTE_OF.items()}
    a, b, c = (byte[x] for x in "\uf741".encode())
    merges = [(a, b), (a + b, c), ("!", a + b + c)]
    found = byte_level({**alphabet, a + b: 256, a + b + c: 257, "!" + a + b + c: 258}, merges, {})
    assert found.symbols[256:] == ("\uf7ef\uf79d", "\uf7ef\uf79d\uf781", "!\uf7ef\uf79d\uf781")
    assert found.encode("!\uf741").ids == [258]
    assert found.decode([258]) == "!\uf741"


def test_bytes_are_spelled_as_in_the_library() -> None:
    assert sorted(BYTE_OF) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_OF.values()) == list(range(256))
    assert (BYTE_OF["Ġ"], BYTE_OF["Ċ"], BYTE_OF["a"], BYTE_OF["ÿ"]) == (0x20, 0x0A, 0x61, 0xFF)


def test_a_lone_surrogate_is_read_as_the_replacement_character(ours: Tokens) -> None:
    found = ours.encode("a\ud83d\ude00b\udfff")
    assert ours.decode(found.ids) == "a\ufffd\ufffdb\ufffd"
    assert found.offsets[-1] == 4


@pytest.mark.parametrize("wrong", [-1, 10**6])
def test_an_id_out_of_range_is_refused(wrong: int, ours: Tokens) -> None:
    with pytest.raises(BadInput, match=f"id must be from 0 to {len(ours) - 1}, not {wrong:,}"):
        ours.decode([0, wrong])


def test_both_vocabularies_name_their_symbols(ours: Tokens) -> None:
    assert (ours.unit, Vocabulary.from_text("ab").unit) == ("token", "character")
    assert ours.normalizer == "none"


def test_a_saved_tokenizer_loads_unchanged(tmp_path: Path, made: Tokenizer, ours: Tokens) -> None:
    ours.save(tmp_path / "tokenizer.json")
    again = Tokens.load(tmp_path / "tokenizer.json")
    assert again.symbols == ours.symbols
    theirs = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert again.encode(TEXT).ids == theirs.encode(TEXT).ids == made.encode(TEXT).ids


def test_special_tokens_are_no_part_of_a_text(made: Tokenizer, ours: Tokens) -> None:
    """As the library decodes with `skip_special_tokens`; added ordinary tokens stay."""
    assert {ours.symbols[id] for id in ours.special} == {END, "<|pad|>"}
    ids = ours.encode(f"a{END}new token<|pad|>b").ids
    assert ours.decode(ids) == made.decode(ids, skip_special_tokens=True) == "anew tokenb"
    assert ours.join("x", ids) == "xanew tokenb"


def test_older_files_are_read(path: Path, tmp_path: Path, made: Tokenizer, ours: Tokens) -> None:
    """GPT-2's own file: no model type, each merge in one string, and irrelevant parts."""
    content = json.loads(path.read_text("utf-8"))
    del content["model"]["type"]
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    content["truncation"] = {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    content["decoder"] = content["post_processor"] = {"type": "Surprise"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    found = Tokens.load(tmp_path / "tokenizer.json")
    assert found.symbols == ours.symbols
    assert found.encode(TEXT).ids == ours.encode(TEXT).ids


@pytest.mark.parametrize("flag", ["lstrip", "rstrip", "single_word", "normalized"])
def test_the_flags_of_added_tokens(flag: str, path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    for token in content["added_tokens"]:
        token[flag] = not token[flag]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    found = Tokens.load(tmp_path / "tokenizer.json")
    for text in (f"a  {END}  b", f"new token {END}", "anew tokens<|pad|>new token", f"x{END}\n", "a  new token  b"):
        assert found.encode(text).ids == theirs.encode(text, add_special_tokens=False).ids
    if flag == "lstrip":
        encoding = found.encode(f"a  {END}b")
        assert [found.symbols[id] for id in encoding.ids] == ["a", END, "b"]
        assert encoding.offsets == [0, 1, 1 + 2 + len(END)]


def test_a_character_vocabulary_refuses_a_token_file(path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="has merges or added tokens"):
        Vocabulary.load(path)


def test_random_ids_decode_as_the_library_does(made: Tokenizer, ours: Tokens) -> None:
    plain = [i for i in range(len(ours)) if i not in map(made.token_to_id, (END, "<|pad|>", "new token"))]
    dice = random.Random(5)
    for _ in range(50):
        ids = dice.choices(plain, k=20)
        assert ours.decode(ids) == made.decode(ids)
