"""The bytes of a text file -> its text, or one sentence that says what they are instead, and which command helps.

UTF-8 is read, and what begins with a byte-order mark that says UTF-16 or UTF-32. Any other encoding could only be
guessed, and a wrong guess would be learned; so the guess is told, with the command that converts the file.
"""

import codecs
import shlex
import unicodedata
from collections.abc import Callable
from pathlib import Path

from playground.errors import BadCorpus

SAMPLE = 200_000  # bytes of a file that a guess is made from

# What files that are no text begin with, what such a file is, and what to do.
UNPACK, SAVE_AS_TEXT = "unpack it, and give a text file", "save it as plain text (UTF-8), and give that"
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive, or a document (docx, odt, epub)", f"{UNPACK}; or {SAVE_AS_TEXT}"),
    (b"%PDF-", "a PDF document", "get its text with `pdftotext -enc UTF-8 {path} {new}`, and give that"),
    (b"{\\rtf", "a document in Rich Text Format", SAVE_AS_TEXT),
    (b"\xd0\xcf\x11\xe0", "a document of an office program", SAVE_AS_TEXT),
    (b"\x89PNG", "a PNG image", "choose a text file"),
    (b"\xff\xd8\xff", "a JPEG image", "choose a text file"),
    (b"GIF8", "a GIF image", "choose a text file"),
    (b"RIFF", "a sound, an image or a film", "choose a text file"),
    (b"ID3", "a sound", "choose a text file"),
    (b"\x7fELF", "a program", "choose a text file"),
    (b"SQLite format 3\0", "a database", "write its text to a file, and give that"),
    (b"\x1f\x8b", "a gzip archive", "unpack it with `gzip -dc {path} > {new}`, and give that"),
    (b"BZh", "a bzip2 archive", "unpack it with `bzip2 -dc {path} > {new}`, and give that"),
    (b"\xfd7zXZ", "an xz archive", "unpack it with `xz -dc {path} > {new}`, and give that"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
)  # fmt: skip
# Byte-order marks, the longer ones first: that of UTF-16 begins one of UTF-32.
MARKS = (
    (codecs.BOM_UTF8, "UTF-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16"),
)


def decoded(data: bytes, path: Path) -> str:
    """The text of a file that has these bytes; BadCorpus when they are none that is sure to be right."""
    for beginning, what, advice in BEGINNINGS:
        if data.startswith(beginning):
            raise BadCorpus(f"{path.name} is {what}, and no plain text: {_with_paths(advice, path)}.")
    name, codec = next(((name, codec) for mark, name, codec in MARKS if data.startswith(mark)), ("UTF-8", "utf-8"))
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        if name != "UTF-8":
            raise BadCorpus(_damaged(name, error.start, path)) from None
        raise BadCorpus(_no_utf8(data, error.start, path)) from None
    if "\0" in text:
        raise BadCorpus(_with_zeros(data, path) if codec == "utf-8" else _zeros(text.index("\0"), f"-f {name}", path))
    return text


def _with_paths(advice: str, path: Path) -> str:
    new = path.with_name(f"{path.stem}-utf8.txt")
    return advice.format(path=shlex.quote(str(path)), new=shlex.quote(str(new)))


def _convert(name: str, options: str, path: Path) -> str:
    return _with_paths(
        f"convert it with `iconv {options}-f {name} -t UTF-8 {{path}} > {{new}}` (or in an editor), and give that", path
    )


def _damaged(name: str, at: int, path: Path) -> str:
    return (
        f"{path.name} is {name}, but damaged at byte {at + 1:,}: mend it there, or to leave out what is damaged, "
        f"{_convert(name, '-c ', path)}."
    )


def _no_utf8(data: bytes, at: int, path: Path) -> str:
    """What to say of bytes that are no UTF-8. at: the first that does not fit."""
    near = data[max(0, at - SAMPLE) : at + SAMPLE]
    read = near.decode("utf-8", "replace")
    wrong = read.count("\ufffd") - near.count("\ufffd".encode())
    right = sum(c >= "\x80" for c in read) - read.count("\ufffd")
    halves = near.decode("utf-8", "surrogatepass") if _decodes(near, "utf-8", "surrogatepass") else ""
    if right >= 10 * wrong or halves:
        what = "halves of characters (lone surrogates), which are no text" if halves else "bytes that are not"
        line = data.count(b"\n", 0, at) + 1
        return (
            f"{path.name} is UTF-8 but for {what}, first at byte {at + 1:,}, in line {line:,}: mend it there, or to "
            f"leave them out, {_convert('UTF-8', '-c ', path)}."
        )
    if b"\0" in data[:SAMPLE]:
        return _with_zeros(data, path)
    sample = data[:SAMPLE]
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    if _controls(sample) > len(sample) / 100:
        return f"{path.name} holds no text, but other data: choose a text file."
    name, language = _encoding(sample)
    if not name:
        return (
            f"{path.name} is not UTF-8 (byte {at + 1:,} does not fit), and its encoding cannot be guessed: open it in "
            "the program that wrote it, and save it as UTF-8."
        )
    return f"{path.name} is not UTF-8, but looks like {name} ({language}): {_convert(name, '', path)}."


def _with_zeros(data: bytes, path: Path) -> str:
    """What to say of bytes of which some are zero: every other one of UTF-16 may be, and three of four of UTF-32."""
    sample = data[:SAMPLE]
    if sample.count(0) < len(sample) / 4 and _controls(sample) < len(sample) / 100 and _decodes(data, "utf-8"):
        return _zeros(data.index(0), "", path)
    best = max((_plain(sample, codec), codec) for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))
    if best[0]:
        name = best[1].upper().replace("-LE", "LE").replace("-BE", "BE")
        return f"{path.name} looks like {name}, without the mark that would say so: {_convert(name, '', path)}."
    return _zeros(data.index(0), "", path)


def _zeros(at: int, wide: str, path: Path) -> str:
    """What to say of a text with NUL characters in it, whose encoding iconv is told with `wide`."""
    command = f"iconv {wide} -t UTF-8 {{path}} | tr -d '\\000' > {{new}}" if wide else "tr -d '\\000' < {path} > {new}"
    advice = _with_paths(f"take them out with `{command}`, and give that", path)
    return f"{path.name} has NUL characters, which are no text, the first after {at:,} others: {advice}."


def _plain(sample: bytes, codec: str) -> int:
    """How many characters of ASCII are in a sample that is read so; 0 where it holds what no text does."""
    text = sample[: len(sample) // 4 * 4].decode(codec, "replace")
    odd = sum(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") and c not in "\t\n\v\f\r" for c in text)
    return 0 if odd + text.count("\ufffd") > len(text) / 50 else sum(c < "\x80" for c in text)


def _encoding(sample: bytes) -> tuple[str, str]:
    """The encoding that a sample looks like, by the name that iconv knows it by, and its language; empty where none."""
    for name, language, looks_so in GUESSES:
        codec = "cp932" if name == "SHIFT_JIS" else name
        # A sample may end within a character.
        whole = next((part for n in range(4) if _decodes(part := sample[: len(sample) - n], codec)), b"")
        text = whole.decode(codec)
        if text and looks_so([c for c in text if c >= "\x80"], text):
            return name, language
    return "", ""


def _controls(sample: bytes) -> int:
    """How many bytes of a sample are control characters that texts do not have, other than NUL."""
    return sum(0 < byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in sample)


def _decodes(data: bytes, codec: str, errors: str = "strict") -> bool:
    try:
        data.decode(codec, errors)
    except UnicodeDecodeError:
        return False
    return True


def _mostly(low: str, high: str, share: float) -> Callable[[list[str], str], bool]:
    """Whether of the characters that are not ASCII so many are from `low` to `high`."""
    return lambda foreign, _: sum(low <= c <= high for c in foreign) >= share * len(foreign)


def _chinese(common: str) -> Callable[[list[str], str], bool]:
    """Whether it is Chinese, with the commonest characters as common as they are (the first ten are a tenth of all)."""
    han = _mostly("\u4e00", "\u9fff", 0.7)
    return lambda foreign, text: han(foreign, text) and sum(c in common for c in foreign) >= 0.03 * len(foreign)


def _cyrillic(foreign: list[str], text: str) -> bool:
    """Whether it is Russian, whose small letters are many times as many as its capitals."""
    letters = [c for c in text if c.isalpha()]
    russian = [c for c in foreign if "\u0400" <= c <= "\u04ff"]
    if len(russian) < 0.9 * len(foreign):
        return False
    return len(russian) > len(letters) / 2 and sum(c.islower() for c in russian) > len(russian) * 0.7


def _western(foreign: list[str], text: str) -> bool:
    """Whether it is a language of Latin letters, most of which have no accents."""
    return len(foreign) < 0.3 * sum(c.isalpha() for c in text)


GUESSES: tuple[tuple[str, str, Callable[[list[str], str], bool]], ...] = (
    ("EUC-JP", "Japanese", _mostly("\u3041", "\u30ff", 0.3)),
    ("SHIFT_JIS", "Japanese", _mostly("\u3041", "\u30ff", 0.3)),
    ("CP949", "Korean, also called EUC-KR", _mostly("\uac00", "\ud7a3", 0.7)),
    ("BIG5", "Chinese", _chinese("的一是不了人我在有他這個們來")),
    ("GB18030", "Chinese", _chinese("的一是不了人我在有他这个们来")),
    ("WINDOWS-1251", "Russian", _cyrillic),
    ("KOI8-R", "Russian", _cyrillic),
    ("WINDOWS-1252", "Western Europe, also called Latin-1", _western),
)
