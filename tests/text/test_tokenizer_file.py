"""Reading a `tokenizer.json`: files that are refused, parts that are left out, and the numbering of tokens."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from playground.errors import BadCheckpoint
from playground.text import tokenizer_file
from playground.text.spelling import BYTE_OF
from playground.text.tokens import Tokens
from tests.text.test_tokens import END, TEXT, byte_level, bytes_of, train


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained with one token from the start, and with two that were added later, one with a space in it."""
    tokenizer = train([END])
    tokenizer.add_special_tokens(["<|pad|>"])
    tokenizer.add_tokens(["new token"])
    path = tmp_path_factory.mktemp("tokens") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="module")
def ours(path: Path) -> Tokens:
    return Tokens.load(path)


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
    """All later ids move down, so that only its absence is wrong."""

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
def test_invalid_files_are_refused(
    change: Callable[[dict[str, Any]], object], said: str, path: Path, tmp_path: Path
) -> None:
    content = json.loads(path.read_text("utf-8"))
    change(content)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match=rf"^tokenizer\.json ({said})"):
        Tokens.load(tmp_path / "tokenizer.json")


def test_bytes_without_a_token_are_reported(path: Path, tmp_path: Path) -> None:
    """As in a tokenizer trained without the whole alphabet. "é" is C3 A9."""
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


def added_ids(tokenizer: Tokenizer) -> dict[str, int]:
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
    found = Tokens(tokenizer_file.from_content(content))
    assert {found.symbols[id]: id for id in found.special} == numbers
    if all(type(id) is int for _, id in listed):
        theirs = Tokenizer.from_str(json.dumps(content))
        assert added_ids(theirs) == {token: found.encode(token).ids[0] for token, _ in listed}


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


def test_unused_numbers() -> None:
    vocab = {c: i for i, c in enumerate(BYTE_OF)}
    found = byte_level({**vocab, "aa": 300}, [("a", "a")], {})
    assert len(found) == 301
    assert found.encode("aaa").ids == [300, vocab["a"]]
    assert found.unnumbered == frozenset(range(256, 300))
    assert found.symbols[256] == "<no token 256>"
    assert found.unnumbered <= found.special
    assert found.decode([256, 300]) == "aa"


@pytest.mark.parametrize("token", ["Ġ", "é", "Ġthe"])
def test_an_added_token_spelled_differently_in_the_vocabulary(token: str, path: Path, tmp_path: Path) -> None:
    """Typed as it was added, it is read like the library does; as a symbol it is the text that the model learned."""
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
def test_other_files_are_no_tokenizer(data: bytes | None, said: str, tmp_path: Path) -> None:
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
