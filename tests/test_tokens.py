"""Tokens: the ids that the library gives, what each stands for, where it begins, and files that are refused."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from playground import tokens
from playground.errors import BadCheckpoint, BadInput
from playground.tokens import BYTE_OF, Tokens
from playground.vocabulary import Vocabulary

TEXT = """To be, or not to be: that is the question. O Romeo, Romeo! wherefore art thou Romeo?
동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산.
Être ou ne pas être, telle est la question — « là où naïf » … 12 345,67 €
👋🏽 hello 👩‍👩‍👧 world 😀😀😀\t\ttabs   spaces\n\n\nlines\r\n 日本語のテキスト。 \u0000\u007f\u00a0
"""
END = "<|endoftext|>"


def trained(special: list[str], size: int = 420) -> Tokenizer:
    """A byte-level BPE, made by the library as those of the Hub are."""
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
    tokenizer = trained([END])
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
    """A token's bytes from its symbol, as the page works them out."""
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
    assert ours.decode(found.ids) == text
    assert len(found.offsets) == len(found.ids)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(TEXT), max_size=60))
def test_any_text_comes_back_and_each_id_begins_where_it_is_said(text: str) -> None:
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
    """Tokens without a fixture, which hypothesis would not like."""
    if not _once:
        content = json.loads(trained([END]).to_str())
        _once.append(Tokens(*tokens._parts(content)))
    return _once[0]


def test_offsets_count_the_space_before_a_word(ours: Tokens) -> None:
    found = ours.encode("To be, be")
    assert [ours.symbols[i] for i in found.ids] == ["To", " be", ",", " be"]
    assert found.offsets == [0, 2, 5, 6]


def test_a_character_of_several_tokens_is_where_each_of_them_begins(ours: Tokens) -> None:
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
        literal = id in (made.token_to_id(END), made.token_to_id("<|pad|>"), made.token_to_id("new token"))
        assert bytes_of(symbol) == (written.encode() if literal else bytes(BYTE_OF[c] for c in written))
    shown = dict(zip(map(made.id_to_token, range(len(ours))), ours.symbols, strict=True))
    assert [shown[c] for c in "A!Ġÿ"] == ["A", "!", " ", "\uf7ff"]


def test_characters_of_the_private_use_area_are_escaped_too() -> None:
    """The character U+F741 is EF 9D 81; shown as it is, it would be taken for a stray byte 41."""
    alphabet = {c: i for i, c in enumerate(BYTE_OF)}
    byte = {b: c for c, b in BYTE_OF.items()}
    a, b, c = (byte[x] for x in "\uf741".encode())
    merges = [(a, b), (a + b, c), ("!", a + b + c)]
    found = Tokens({**alphabet, a + b: 256, a + b + c: 257, "!" + a + b + c: 258}, merges, {})
    assert found.symbols[256:] == ("\uf7ef\uf79d", "\uf7ef\uf79d\uf781", "!\uf7ef\uf79d\uf781")
    assert found.encode("!\uf741").ids == [258]
    assert found.decode([258]) == "!\uf741"


def test_bytes_are_written_as_the_library_writes_them() -> None:
    assert sorted(BYTE_OF) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_OF.values()) == list(range(256))
    assert (BYTE_OF["Ġ"], BYTE_OF["Ċ"], BYTE_OF["a"], BYTE_OF["ÿ"]) == (0x20, 0x0A, 0x61, 0xFF)


def test_half_a_character_is_read_as_the_sign_for_one(ours: Tokens) -> None:
    found = ours.encode("a\ud83d\ude00b\udfff")
    assert ours.decode(found.ids) == "a\ufffd\ufffdb\ufffd"
    assert found.offsets[-1] == 4


@pytest.mark.parametrize("wrong", [-1, 10**6])
def test_an_id_out_of_range_is_refused(wrong: int, ours: Tokens) -> None:
    with pytest.raises(BadInput, match=f"id must be from 0 to {len(ours) - 1}, not {wrong}"):
        ours.decode([0, wrong])


def test_both_vocabularies_say_what_a_symbol_is(ours: Tokens) -> None:
    assert (ours.unit, Vocabulary.from_text("ab").unit) == ("token", "character")
    assert ours.normalizer == "none"


def test_what_is_saved_comes_back(tmp_path: Path, made: Tokenizer, ours: Tokens) -> None:
    ours.save(tmp_path / "tokenizer.json")
    again = Tokens.load(tmp_path / "tokenizer.json")
    assert again.symbols == ours.symbols
    theirs = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert again.encode(TEXT).ids == theirs.encode(TEXT).ids == made.encode(TEXT).ids


def test_older_files_are_read_too(path: Path, tmp_path: Path, ours: Tokens) -> None:
    """GPT-2's own: no type of the model, merges in one text each, flags that are read past."""
    content = json.loads(path.read_text("utf-8"))
    del content["model"]["type"]
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    content["added_tokens"] = [{**a, "lstrip": True, "normalized": True} for a in content["added_tokens"]]
    content["truncation"] = {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    content["decoder"] = content["post_processor"] = {"type": "Surprise"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    found = Tokens.load(tmp_path / "tokenizer.json")
    assert found.symbols == ours.symbols
    assert found.encode(TEXT).ids == ours.encode(TEXT).ids


def test_a_character_vocabulary_does_not_read_tokens(path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="has merges or added tokens"):
        Vocabulary.load(path)


def model(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["model"].update(changes)


def split(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["pre_tokenizer"].update(changes)


def whole(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.update(changes)


def vocab(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["model"]["vocab"].update(changes)


def added(id: Any, content: Any = "<more>") -> Callable[[dict[str, Any]], object]:
    return lambda c: c["added_tokens"].append({"id": id, "content": content, "special": True})


def without(token: str) -> Callable[[dict[str, Any]], object]:
    """All ids after it move down, so that only its absence is wrong."""

    def change(content: dict[str, Any]) -> None:
        vocab = content["model"]["vocab"]
        at = vocab.pop(token)
        vocab.update({t: i - (i > at) for t, i in vocab.items()})
        content["model"]["merges"] = []
        for a in content["added_tokens"]:
            a["id"] -= a["id"] > at

    return change


N = 422  # symbols in all


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (model(type="WordPiece"), 'must hold a tokenizers model of type "BPE"'),
        (model(type=None), 'must hold a tokenizers model of type "BPE"'),
        (whole(model=[1]), 'must hold a tokenizers model of type "BPE"'),
        (whole(normalizer={"type": "NFC"}), "has a normalizer, which would change the text"),
        (whole(pre_tokenizer=None), "must have the pre-tokenizer ByteLevel and no other"),
        (whole(pre_tokenizer={"type": "Metaspace"}), "must have the pre-tokenizer ByteLevel and no other"),
        (whole(pre_tokenizer={"type": "Sequence", "pretokenizers": []}), "must have the pre-tokenizer ByteLevel"),
        (split(use_regex=False), "must have the pre-tokenizer ByteLevel"),
        (split(add_prefix_space=True), "puts a space before every text"),
        (model(dropout=0.1), "has a model with dropout"),
        (model(byte_fallback=True, end_of_word_suffix="</w>"), "has a model with end_of_word_suffix, byte_fallback"),
        (model(vocab=[]), "must list a vocab, merges and added_tokens"),
        (model(merges={}), "must list a vocab, merges and added_tokens"),
        (whole(added_tokens={"a": 1}), "must list a vocab, merges and added_tokens"),
        (model(merges=["a b c"]), "has merges that are not pairs"),
        (model(merges=[["a", 1]]), "has merges that are not pairs"),
        (model(merges=[["a", "b", "c"], 7]), "has merges that are not pairs"),
        (model(merges=[["a", "nothing"]]), "has merges of tokens that are not in its vocabulary"),
        (model(merges=[["#", "#"]]), "has merges of tokens that are not in its vocabulary"),
        (vocab(a=7), "must number its 422 symbols, added ones too, from 0 on, each once"),
        (vocab(a=10**9), "must number its 422 symbols"),
        (vocab(a=-1), "must number its 422 symbols"),
        (vocab(a="7"), "must number its 422 symbols"),
        (vocab(a=True), "must number its 422 symbols"),
        (vocab(new=N + 1), "must number its 423 symbols"),
        (added(N + 1), "must number its 423 symbols"),
        (added(None), "must number its 423 symbols"),
        (added(N, "a"), "must number its 422 symbols"),
        (added(N, ""), "has added tokens without content"),
        (added(N, 5), "has added tokens without content"),
        (added(N, "x" * 1001), "has tokens of more than 1,000 characters"),
        (added(N, "\ud800"), "has tokens of more than 1,000 characters, or that are no text"),
        (without("a"), "lacks a token for 1 of the 256 bytes"),
        (whole(model={"vocab": {}, "merges": []}, added_tokens=[]), "must list from 1 to 200,000 symbols"),
    ],
)
def test_files_that_are_refused(
    change: Callable[[dict[str, Any]], object], said: str, path: Path, tmp_path: Path
) -> None:
    content = json.loads(path.read_text("utf-8"))
    change(content)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match=rf"^tokenizer\.json ({said})"):
        Tokens.load(tmp_path / "tokenizer.json")


def test_a_token_that_is_not_written_byte_by_byte_is_refused(path: Path, tmp_path: Path) -> None:
    for token in ("two words", "한", ""):
        content = json.loads(path.read_text("utf-8"))
        content["model"]["vocab"][token] = N
        (tmp_path / "tokenizer.json").write_text(json.dumps(content))
        with pytest.raises(BadCheckpoint, match="has tokens that are not written byte by byte"):
            Tokens.load(tmp_path / "tokenizer.json")


def test_an_added_token_has_one_number() -> None:
    alphabet = {c: i for i, c in enumerate(BYTE_OF)}
    with pytest.raises(BadCheckpoint, match="gives an added token another number than its vocabulary does"):
        Tokens({**alphabet, "aa": alphabet["a"]}, [], {"aa": 256})


@pytest.mark.parametrize("token", ["Ġ", "é", "Ġthe"])
def test_an_added_token_is_written_as_in_the_vocabulary(token: str, path: Path, tmp_path: Path) -> None:
    """Else one id would be two texts: " " by its bytes, and "Ġ" as it was added."""
    content = json.loads(path.read_text("utf-8"))
    vocab = content["model"]["vocab"]
    new = token not in vocab
    if new:
        content["added_tokens"] = content["added_tokens"][:1]
        vocab[token] = len(vocab)
    content["added_tokens"].append({"id": vocab[token], "content": token, "special": False})
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match=r"^tokenizer\.json adds a token that its vocabulary writes for other"):
        Tokens.load(tmp_path / "tokenizer.json")


@pytest.mark.parametrize("token", ["a", "<|한 글|>"])
def test_an_added_token_may_be_in_the_vocabulary(token: str) -> None:
    vocab = {c: i for i, c in enumerate(BYTE_OF)}
    id = vocab.setdefault(token, 256)
    found = Tokens(vocab, [], {token: id})
    assert found.encode(f"b{token} ").ids == [vocab["b"], id, vocab["Ġ"]]
    assert found.decode([id]) == token


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"[]", "must hold a tokenizers model"),
        (b" " * (tokens.MAX_BYTES + 1), "is larger than 20,000,000 bytes"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_tokenizer(data: bytes | None, said: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / "tokenizer.json").write_bytes(data)
    with pytest.raises(BadCheckpoint, match=said):
        Tokens.load(tmp_path / "tokenizer.json")


def test_too_many_symbols_are_refused(tmp_path: Path) -> None:
    content = {
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False},
        "model": {"vocab": {f"a{i}": i for i in range(tokens.MAX_SYMBOLS + 1)}, "merges": []},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match="lists more than 200,000 symbols"):
        Tokens.load(tmp_path / "tokenizer.json")


def test_random_ids_decode_as_the_library_does(made: Tokenizer, ours: Tokens) -> None:
    plain = [i for i in range(len(ours)) if i not in map(made.token_to_id, (END, "<|pad|>", "new token"))]
    dice = random.Random(5)
    for _ in range(50):
        ids = dice.choices(plain, k=20)
        assert ours.decode(ids) == made.decode(ids)
