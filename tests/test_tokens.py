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

from playground import tokenizer_file
from playground.errors import BadCheckpoint, BadInput
from playground.spelling import BYTE_OF
from playground.tokens import Tokens
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
    assert ours.decode(found.ids) == text.replace(END, "").replace("<|pad|>", "")
    assert len(found.offsets) == len(found.ids)


def byte_level(vocab: dict[str, int], merges: list[tuple[str, str]], added: dict[str, int]) -> Tokens:
    """A vocabulary of byte-level tokens from its parts."""
    listed = [{"id": id, "content": token, "special": True} for token, id in added.items()]
    model = {"type": "BPE", "vocab": vocab, "merges": merges}
    content = {"model": model, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}}
    return Tokens(tokenizer_file.made({**content, "added_tokens": listed}))


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
        _once.append(Tokens(tokenizer_file.made(content)))
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
        literal = id in ours.special or written == "new token"
        assert bytes_of(symbol) == (written.encode() if literal else bytes(BYTE_OF[c] for c in written))
    shown = dict(zip(map(made.id_to_token, range(len(ours))), ours.symbols, strict=True))
    assert [shown[c] for c in "A!Ġÿ"] == ["A", "!", " ", "\uf7ff"]


def test_characters_of_the_private_use_area_are_escaped_too() -> None:
    """The character U+F741 is EF 9D 81; shown as it is, it would be taken for a stray byte 41."""
    alphabet = {c: i for i, c in enumerate(BYTE_OF)}
    byte = {b: c for c, b in BYTE_OF.items()}
    a, b, c = (byte[x] for x in "\uf741".encode())
    merges = [(a, b), (a + b, c), ("!", a + b + c)]
    found = byte_level({**alphabet, a + b: 256, a + b + c: 257, "!" + a + b + c: 258}, merges, {})
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


def test_special_tokens_are_no_part_of_a_text(made: Tokenizer, ours: Tokens) -> None:
    """As the library decodes with `skip_special_tokens`; what was added for its own sake stays."""
    assert {ours.symbols[id] for id in ours.special} == {END, "<|pad|>"}
    ids = ours.encode(f"a{END}new token<|pad|>b").ids
    assert ours.decode(ids) == made.decode(ids, skip_special_tokens=True) == "anew tokenb"
    assert ours.join("x", ids) == "xanew tokenb"


def test_older_files_are_read_too(path: Path, tmp_path: Path, made: Tokenizer, ours: Tokens) -> None:
    """GPT-2's own: no type of the model, merges in one text each, parts that do not matter here."""
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
READ_BPE = "has the pre-tokenizer '{}', which this page does not run: it runs ByteLevel, Metaspace"


def split_by(expression: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}


def replaced(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (model(type="Surprise"), "must hold a model of type BPE, Unigram, WordPiece, WordLevel, not 'Surprise'"),
        (model(type=None), "must hold a model of type BPE"),
        (model(type=["BPE"]), "must hold a model of type BPE"),
        (whole(model=[1]), "must hold a tokenizer of the `tokenizers` library"),
        (whole(normalizer={"type": "Surprise"}), "has the normalizer 'Surprise', which this page does not run"),
        (whole(normalizer=7), "has the normalizer 'None'"),
        (whole(normalizer={"type": "Sequence", "normalizers": 7}), "has the normalizer 'None'"),
        (whole(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}] * 17}), "has more than 16 normalizers"),
        (whole(normalizer=replaced({"Regex": "(a+)+$"}, "")), "has a normalizer that replaces by an unknown regular"),
        (whole(normalizer=replaced({"String": "a"}, "aa")), "has a normalizer that replaces .* or by more than"),
        (whole(normalizer=replaced({"String": ""}, "")), "has a normalizer that replaces"),
        (whole(normalizer={"type": "Prepend", "prepend": "x" * 5}), "puts more than 4 characters before every text"),
        (whole(normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}), "has a damaged character map"),
        (whole(normalizer={"type": "Precompiled", "precompiled_charsmap": 7}), "has a damaged character map"),
        (whole(pre_tokenizer={"type": "Surprise"}), READ_BPE.format("Surprise")),
        (whole(pre_tokenizer={"type": "Sequence"}), READ_BPE.format("None")),
        (whole(pre_tokenizer=split_by(r"(\\w+\\s?)+$")), "splits texts by a regular expression that this page"),
        (whole(pre_tokenizer=None, decoder={"type": "CTC"}), "has a decoder with 'CTC' as this page does not read it"),
        (split(add_prefix_space="x"), "is not a tokenizers file"),
        (model(dropout=0.1), "leaves merges out by chance"),
        (model(end_of_word_suffix="</w>"), "marks the end of each word"),
        (model(continuing_subword_prefix="##"), "has byte-level tokens with a prefix within words"),
        (model(type="WordPiece", continuing_subword_prefix=7), "must have a text as continuing_subword_prefix, not 7"),
        (model(vocab=[]), "must list a vocab of 1 to 200,000 symbols"),
        (model(merges={}), "must list its merges"),
        (whole(added_tokens={"a": 1}), "must list its added_tokens"),
        (model(merges=["a b c"]), "has merges that are not pairs"),
        (model(merges=[["a", 1]]), "has merges that are not pairs"),
        (model(merges=[7]), "has merges that are not pairs"),
        (model(merges=[["a", "nothing"]]), "has merges that are not pairs of tokens in its voc"),
        (model(merges=[["#", "#"]]), "has merges that are not pairs of tokens in its voc"),
        (vocab(a=7), "must number its 420 symbols from 0 to 199,999, each once"),
        (vocab(a=10**9), "must number its 420 symbols"),
        (vocab(a=-1), "must number its 420 symbols"),
        (vocab(a="7"), "must number its 420 symbols"),
        (vocab(a=True), "must number its 420 symbols"),
        (vocab(new=421), "gives the number 421 to two tokens"),
        (added(N, ""), "has added tokens without content"),
        (added(N, 5), "has added tokens without content"),
        (added(N, "x" * 1001), "has added tokens without content, or of more than 1,000 characters"),
        (added(N, "\ud800"), "has added tokens .* or that are no text"),
        (vocab(**{"\ud800": N}), "has tokens that are empty, .* or that are no text"),
        (vocab(**{"": N}), "has tokens that are empty"),
        (vocab(**{"x" * 1001: N}), "has tokens that are empty, or of more than 1,000 characters"),
        (whole(model={"vocab": {}, "merges": []}, added_tokens=[]), "must list a vocab of 1 to 200,000 symbols"),
        (model(type="WordPiece", unk_token="no"), "lacks its unknown token 'no'"),
        (model(type="WordPiece", unk_token="a", max_input_chars_per_word=201), "must have max_input_chars_per_word of"),
        (model(type="WordLevel"), "lacks its unknown token '<unk>'"),
        (model(type="Unigram"), "must list a vocab of 1"),
        (model(type="Unigram", vocab=[["a", 0.0]]), "must say in unk_id which piece stands for what has none"),
        (model(type="Unigram", vocab=[["a", 0.0]], unk_id=1), "must say in unk_id"),
        (model(type="Unigram", vocab=[["a", "0"]], unk_id=0), "has scores that are not numbers"),
        (model(type="Unigram", vocab=[["a", float("nan")]], unk_id=0), "has scores that are not numbers"),
        (model(type="Unigram", vocab=[["a"]], unk_id=0), "must list each piece with its score"),
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


def test_bytes_without_a_token_are_told(path: Path, tmp_path: Path) -> None:
    """As a tokenizer has it that was trained without the whole alphabet. "é" is C3 A9."""
    content = json.loads(path.read_text("utf-8"))
    without("Ã")(content)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs, found = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), Tokens.load(tmp_path / "tokenizer.json")
    encoding = found.encode("aéb")
    assert encoding.ids == theirs.encode("aéb").ids
    assert [(s.position, s.character, s.replacement) for s in encoding.substitutions] == [(1, "é", "\uf7a9")]
    assert encoding.offsets == [0, 1, 2]


def test_a_token_that_is_not_written_byte_by_byte_is_its_own_text(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    content["model"]["vocab"] |= {"two words": 420, "한": 421}
    for at, token in enumerate(content["added_tokens"][1:]):
        token["id"] = 422 + at
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs, found = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), Tokens.load(tmp_path / "tokenizer.json")
    assert found.symbols[420:422] == ("two words", "한")
    assert theirs.decode([420, 421]) == found.decode([420, 421]) == "two words한"


def numbered(tokenizer: Tokenizer) -> dict[str, int]:
    """The added tokens that the library reads, and their numbers."""
    return {token.content: id for id, token in tokenizer.get_added_tokens_decoder().items()}


@pytest.mark.parametrize(
    ("listed", "numbers"),
    [
        ([("<x>", 900), ("<y>", 1000)], {"<x>": 256, "<y>": 257}),  # gaps
        ([("<y>", 257), ("<x>", 256)], {"<y>": 256, "<x>": 257}),  # not in their order
        ([("<x>", 256), ("<x>", 257), ("<y>", 258)], {"<x>": 256, "<y>": 257}),  # one of them twice
        ([("a", 256), ("<x>", 257)], {"a": 64, "<x>": 256}),  # one that is in the vocabulary
        ([("<x>", None)], {"<x>": 256}),
    ],
)
def test_added_tokens_have_the_librarys_numbers(listed: list[tuple[str, Any]], numbers: dict[str, int]) -> None:
    vocab = {c: i for i, c in enumerate(sorted(BYTE_OF))}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"content": token, "id": id, "special": True, **flags} for token, id in listed]
    model = {"type": "BPE", "vocab": vocab, "merges": []}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    content = {"version": "1.0", "added_tokens": added, "pre_tokenizer": level, "model": model}
    found = Tokens(tokenizer_file.made(content))
    assert {found.symbols[id]: id for id in found.special} == numbers
    if all(type(id) is int for _, id in listed):
        theirs = Tokenizer.from_str(json.dumps(content))
        assert numbered(theirs) == {token: found.encode(token).ids[0] for token, _ in listed}


def test_tokens_that_the_model_does_not_know_are_left_out(path: Path, ours: Tokens) -> None:
    content = json.loads(path.read_text("utf-8"))
    new, pad = 421, 420
    assert ours.encode("new token").ids == [new]
    assert ours.encode("<|pad|>").ids == [pad]
    fewer = Tokens.load(path, 421)
    assert len(fewer) == 421
    assert fewer.encode("<|pad|>").ids == [pad]
    assert fewer.decode(fewer.encode("new token").ids) == "new token"
    # Of the vocabulary's own too, with the merges that make them.
    least = Tokens.load(path, 400)
    assert len(least) == 400
    assert least.symbols == ours.symbols[:400]
    assert max(least.encode(TEXT).ids) < 400
    assert least.decode(least.encode(TEXT).ids) == TEXT
    assert len(Tokens.load(path, 10**6)) == len(content["model"]["vocab"]) + 2


def test_numbers_that_no_token_has() -> None:
    vocab = {c: i for i, c in enumerate(BYTE_OF)}
    found = byte_level({**vocab, "aa": 300}, [("a", "a")], {})
    assert len(found) == 301
    assert found.encode("aaa").ids == [300, vocab["a"]]
    assert found.unnumbered == frozenset(range(256, 300))
    assert found.symbols[256] == "<no token 256>"
    assert found.unnumbered <= found.special
    assert found.decode([256, 300]) == "aa"


@pytest.mark.parametrize("token", ["Ġ", "é", "Ġthe"])
def test_an_added_token_that_the_vocabulary_writes_otherwise(token: str, path: Path, tmp_path: Path) -> None:
    """Typed as it was added it is read as the library reads it; as a symbol it is the text that the model learned."""
    content = json.loads(path.read_text("utf-8"))
    vocab = content["model"]["vocab"]
    if token not in vocab:
        content["added_tokens"] = content["added_tokens"][:1]
        vocab[token] = len(vocab)
    more = {"id": vocab[token], "content": token, "special": False}
    content["added_tokens"].append({**content["added_tokens"][0], **more})
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    theirs, found = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), Tokens.load(tmp_path / "tokenizer.json")
    text = f"a{token}b the"
    encoding = found.encode(text)
    assert encoding.ids == theirs.encode(text).ids
    assert encoding.offsets[:3] == [0, 1, 1 + len(token)]
    assert bytes_of(found.symbols[vocab[token]]) == bytes(BYTE_OF[c] for c in token)


@pytest.mark.parametrize("token", ["a", "<|한 글|>"])
def test_an_added_token_may_be_in_the_vocabulary(token: str) -> None:
    vocab = {c: i for i, c in enumerate(BYTE_OF)}
    id = vocab.setdefault(token, 256)
    found = byte_level(vocab, [], {token: id})
    assert found.encode(f"b{token} ").ids == [vocab["b"], id, vocab["Ġ"]]
    assert found.symbols[id] == token
    assert found.special == {id}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"[]", "must hold a tokenizer of the"),
        (b" " * (tokenizer_file.MAX_BYTES + 1), "is larger than 20,000,000 bytes"),
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
        "model": {"vocab": {f"a{i}": i for i in range(tokenizer_file.MAX_SYMBOLS + 1)}, "merges": []},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match="must list a vocab of 1 to 200,000 symbols"):
        Tokens.load(tmp_path / "tokenizer.json")


def test_random_ids_decode_as_the_library_does(made: Tokenizer, ours: Tokens) -> None:
    plain = [i for i in range(len(ours)) if i not in map(made.token_to_id, (END, "<|pad|>", "new token"))]
    dice = random.Random(5)
    for _ in range(50):
        ids = dice.choices(plain, k=20)
        assert ours.decode(ids) == made.decode(ids)
