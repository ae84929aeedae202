"""Small tokenizers of every supported kind, trained by the library on the sentences below."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from playground.text.tokenizer_parts import SPLIT

SENTENCES = [
    "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세.",
    "무궁화 삼천리 화려 강산, 대한 사람 대한으로 길이 보전하세.",
    "나는 학교에 간다. 너는 집에 있다. 우리는 물을 마신다.",
    "To be, or not to be: that is the question. O Romeo, Romeo!",
    "The cat sat on the mat, and the dog didn't. Don't you think so?",
    "we don't know what it is, but it is here; 12 345 of them.",
    "白日依山尽 黄河入海流",
]
UNKNOWN, END, PAD = "<unk>", "</s>", "<pad>"
SPECIAL = [UNKNOWN, END, PAD]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
SIZE = 260


def _train(tokenizer: Tokenizer, trainer: Any) -> Tokenizer:
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return tokenizer


def _bpe(unknown: str | None = UNKNOWN, **changes: Any) -> Tokenizer:
    return Tokenizer(models.BPE(**({"unk_token": unknown} if unknown else {}), **changes))


def _bpe_trainer(size: int = SIZE, special: list[str] = SPECIAL, **more: Any) -> trainers.BpeTrainer:
    return trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, **more)


def korean(size: int = SIZE) -> Tokenizer:
    """Like KoGPT2's: BPE of pieces with ▁, NFKC, one unknown token for anything without a piece."""
    tokenizer = _bpe(fuse_unk=True)
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return _train(tokenizer, _bpe_trainer(size))


def llama() -> Tokenizer:
    """BPE with ▁ from a normalizer, and bytes for anything without a piece."""
    tokenizer = _bpe(fuse_unk=True, byte_fallback=True)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    content = json.loads(_train(tokenizer, _bpe_trainer(SIZE + 256, SPECIAL + BYTES)).to_str())
    content["added_tokens"] = content["added_tokens"][: len(SPECIAL)]
    return Tokenizer.from_str(json.dumps(content))


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(vocab_size=SIZE, special_tokens=SPECIAL, unk_token=UNKNOWN, show_progress=False)
    return _train(tokenizer, trainer)


def unigram_bytes() -> Tokenizer:
    """Unigram with bytes for anything without a piece."""
    content = json.loads(unigram().to_str())
    content["model"]["byte_fallback"] = True
    content["model"]["vocab"] += [[piece, -20.0] for piece in BYTES]
    content["decoder"] = {
        "type": "Sequence",
        "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}],
    }
    return Tokenizer.from_str(json.dumps(content))


def word_piece() -> Tokenizer:
    """Like BERT's and that of the Chinese GPT-2 models."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=special, show_progress=False)
    return _train(tokenizer, trainer)


def word_level() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(special_tokens=SPECIAL, show_progress=False)
    return _train(tokenizer, trainer)


def _byte_level(tokenizer: Tokenizer, **more: Any) -> Tokenizer:
    tokenizer.decoder = decoders.ByteLevel()
    return _train(tokenizer, _bpe_trainer(SIZE + 256, [END], **more))


def byte_level_prefix() -> Tokenizer:
    """With a space before every text, as in some of RoBERTa's files."""
    tokenizer = _bpe(None)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    return _byte_level(tokenizer, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def byte_level_lower() -> Tokenizer:
    tokenizer = _bpe(None)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _byte_level(tokenizer, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def byte_level_split() -> Tokenizer:
    """Split like GPT-4's and Llama 3's."""
    tokenizer = _bpe(None)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT[1]), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return _byte_level(tokenizer, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def byte_level_part() -> Tokenizer:
    """Trained without the whole alphabet: bytes that its sentences lack have no token."""
    tokenizer = _bpe(None)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _byte_level(tokenizer)


def added() -> Tokenizer:
    """With added tokens that strip spaces, match only whole words, or are not special."""
    tokenizer = korean()
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True), AddedToken("<sep>", rstrip=True)])
    words = AddedToken("강아지", single_word=True), AddedToken("고양이"), AddedToken("Café", normalized=True)
    tokenizer.add_tokens(list(words))
    return tokenizer


KINDS: dict[str, Callable[[], Tokenizer]] = {
    make.__name__: make
    for make in (
        *(korean, llama, unigram, unigram_bytes, word_piece, word_level, added),
        *(byte_level_prefix, byte_level_lower, byte_level_split, byte_level_part),
    )
}


def write(folder: Path, tokenizer: Tokenizer, **config: Any) -> Path:
    """A folder with a `tokenizer.json` and a `tokenizer_config.json`, as `transformers` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    written = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(written))
    return folder
