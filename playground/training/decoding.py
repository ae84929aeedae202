"""The bytes of a text file -> its text, or a sentence that says what they are instead, and which command helps.

Accepts UTF-8, and UTF-16 or UTF-32 with a byte-order mark. Any other encoding could only be guessed, and a wrong guess
would be learned; so the guess is reported, with a command that converts the file.
"""

import codecs
import shlex
import unicodedata
from collections.abc import Callable
from pathlib import Path

from playground.errors import BadCorpus
from playground.words import Message, message

SAMPLE = 200_000  # bytes of a file used for guessing

# How files that are not text begin, what such a file is, and what to do.
UNPACK, SAVE_AS_TEXT = "corpus.do_unpack", "corpus.do_save"
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "corpus.what_zip", "corpus.do_unpack_or_save"),
    (b"%PDF-", "corpus.what_pdf", "corpus.do_pdf"),
    (b"{\\rtf", "corpus.what_rtf", SAVE_AS_TEXT),
    (b"\xd0\xcf\x11\xe0", "corpus.what_office", SAVE_AS_TEXT),
    (b"\x89PNG", "corpus.what_png", "corpus.do_choose"),
    (b"\xff\xd8\xff", "corpus.what_jpeg", "corpus.do_choose"),
    (b"GIF8", "corpus.what_gif", "corpus.do_choose"),
    (b"RIFF", "corpus.what_riff", "corpus.do_choose"),
    (b"ID3", "corpus.what_sound", "corpus.do_choose"),
    (b"\x7fELF", "corpus.what_program", "corpus.do_choose"),
    (b"SQLite format 3\0", "corpus.what_database", "corpus.do_database"),
    (b"\x1f\x8b", "corpus.what_gzip", "corpus.do_gzip"),
    (b"BZh", "corpus.what_bzip2", "corpus.do_bzip2"),
    (b"\xfd7zXZ", "corpus.what_xz", "corpus.do_xz"),
    (b"\x28\xb5\x2f\xfd", "corpus.what_zstandard", UNPACK),
    (b"7z\xbc\xaf", "corpus.what_seven_zip", UNPACK),
)  # fmt: skip
# Byte-order marks, longest first: UTF-16's is a prefix of one of UTF-32's.
MARKS = (
    (codecs.BOM_UTF8, "UTF-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16"),
)


def decode(data: bytes, path: Path) -> str:
    """The text of a file with these bytes; BadCorpus unless the encoding is certain."""
    for beginning, what, advice in BEGINNINGS:
        if data.startswith(beginning):
            raise BadCorpus("corpus.other_file", file=path.name, what=message(what), advice=_advice(advice, path))
    name, codec = next(((name, codec) for mark, name, codec in MARKS if data.startswith(mark)), ("UTF-8", "utf-8"))
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        if name != "UTF-8":
            convert = _convert(name, path, damaged=True)
            raise BadCorpus(
                "corpus.damaged", file=path.name, encoding=name, byte=error.start + 1, convert=convert
            ) from None
        raise _no_utf8(data, error.start, path) from None
    if "\0" in text:
        raise _with_zeros(data, path) if codec == "utf-8" else _zeros(text.index("\0"), f"-f {name}", path)
    return text


def _advice(code: str, path: Path, **values: str) -> Message:
    """What to do with a file, for commands that take its path and that of a new one."""
    new = path.with_name(f"{path.stem}-utf8.txt")
    return message(code, path=shlex.quote(str(path)), new=shlex.quote(str(new)), **values)


def _convert(name: str, path: Path, *, damaged: bool = False) -> Message:
    """How to convert from an encoding. damaged: leave out damaged characters."""
    return _advice("corpus.do_convert", path, options="-c " if damaged else "", encoding=name)


def _no_utf8(data: bytes, at: int, path: Path) -> BadCorpus:
    """The error for bytes that are not UTF-8. at: the first invalid one."""
    near = data[max(0, at - SAMPLE) : at + SAMPLE]
    read = near.decode("utf-8", "replace")
    wrong = read.count("\ufffd") - near.count("\ufffd".encode())
    right = sum(c >= "\x80" for c in read) - read.count("\ufffd")
    halves = near.decode("utf-8", "surrogatepass") if _decodes(near, "utf-8", "surrogatepass") else ""
    if right >= 10 * wrong or halves:
        code = "corpus.some_surrogates" if halves else "corpus.some_bytes"
        line, convert = data.count(b"\n", 0, at) + 1, _convert("UTF-8", path, damaged=True)
        return BadCorpus(code, file=path.name, byte=at + 1, line=line, convert=convert)
    if b"\0" in data[:SAMPLE]:
        return _with_zeros(data, path)
    sample = data[:SAMPLE]
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    if _controls(sample) > len(sample) / 100:
        return BadCorpus("corpus.no_text", file=path.name)
    name, language = _encoding(sample)
    if not name:
        return BadCorpus("corpus.no_utf8", file=path.name, byte=at + 1)
    convert = _convert(name, path)
    return BadCorpus("corpus.looks_like", file=path.name, encoding=name, language=message(language), convert=convert)


def _with_zeros(data: bytes, path: Path) -> BadCorpus:
    """The error for bytes some of which are zero: possibly every other one in UTF-16, and three of four in UTF-32."""
    sample = data[:SAMPLE]
    if sample.count(0) < len(sample) / 4 and _controls(sample) < len(sample) / 100 and _decodes(data, "utf-8"):
        return _zeros(data.index(0), "", path)
    best = max((_plain(sample, codec), codec) for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))
    if best[0]:
        name = best[1].upper().replace("-LE", "LE").replace("-BE", "BE")
        return BadCorpus("corpus.no_mark", file=path.name, encoding=name, convert=_convert(name, path))
    return _zeros(data.index(0), "", path)


def _zeros(at: int, wide: str, path: Path) -> BadCorpus:
    """The error for a text with NUL characters, whose encoding is `wide` for iconv."""
    code = "corpus.do_remove_wide" if wide else "corpus.do_remove"
    return BadCorpus("corpus.zeros", file=path.name, count=at, advice=_advice(code, path, encoding=wide))


def _plain(sample: bytes, codec: str) -> int:
    """The number of ASCII characters in a sample decoded this way; 0 if it contains what no text does."""
    text = sample[: len(sample) // 4 * 4].decode(codec, "replace")
    odd = sum(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") and c not in "\t\n\v\f\r" for c in text)
    return 0 if odd + text.count("\ufffd") > len(text) / 50 else sum(c < "\x80" for c in text)


def _encoding(sample: bytes) -> tuple[str, str]:
    """The likely encoding of a sample by iconv's name, and its language's code; empty if unknown."""
    for name, language, looks_so in GUESSES:
        codec = "cp932" if name == "SHIFT_JIS" else name
        # A sample may end within a character.
        whole = next((part for n in range(4) if _decodes(part := sample[: len(sample) - n], codec)), b"")
        text = whole.decode(codec)
        if text and looks_so([c for c in text if c >= "\x80"], text):
            return name, language
    return "", ""


def _controls(sample: bytes) -> int:
    """The number of control characters in a sample that texts do not have, other than NUL."""
    return sum(0 < byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in sample)


def _decodes(data: bytes, codec: str, errors: str = "strict") -> bool:
    try:
        data.decode(codec, errors)
    except UnicodeDecodeError:
        return False
    return True


def _mostly(low: str, high: str, share: float) -> Callable[[list[str], str], bool]:
    """A test whether that share of the non-ASCII characters is from `low` to `high`."""
    return lambda foreign, _: sum(low <= c <= high for c in foreign) >= share * len(foreign)


def _chinese(common: str) -> Callable[[list[str], str], bool]:
    """A test for Chinese: whether the commonest characters are as common as expected (the first ten are a tenth of
    all)."""
    han = _mostly("\u4e00", "\u9fff", 0.7)
    return lambda foreign, text: han(foreign, text) and sum(c in common for c in foreign) >= 0.03 * len(foreign)


def _cyrillic(foreign: list[str], text: str) -> bool:
    """Whether it is Russian, with many times more small letters than capitals."""
    letters = [c for c in text if c.isalpha()]
    russian = [c for c in foreign if "\u0400" <= c <= "\u04ff"]
    if len(russian) < 0.9 * len(foreign):
        return False
    return len(russian) > len(letters) / 2 and sum(c.islower() for c in russian) > len(russian) * 0.7


def _western(foreign: list[str], text: str) -> bool:
    """Whether it is a language of Latin letters, most of which have no accents."""
    return len(foreign) < 0.3 * sum(c.isalpha() for c in text)


GUESSES: tuple[tuple[str, str, Callable[[list[str], str], bool]], ...] = (
    ("EUC-JP", "corpus.language_japanese", _mostly("\u3041", "\u30ff", 0.3)),
    ("SHIFT_JIS", "corpus.language_japanese", _mostly("\u3041", "\u30ff", 0.3)),
    ("CP949", "corpus.language_korean", _mostly("\uac00", "\ud7a3", 0.7)),
    ("BIG5", "corpus.language_chinese", _chinese("的一是不了人我在有他這個們來")),
    ("GB18030", "corpus.language_chinese", _chinese("的一是不了人我在有他这个们来")),
    ("WINDOWS-1251", "corpus.language_russian", _cyrillic),
    ("KOI8-R", "corpus.language_russian", _cyrillic),
    ("WINDOWS-1252", "corpus.language_western", _western),
)
