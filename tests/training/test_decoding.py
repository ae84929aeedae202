"""Text files in encodings other than UTF-8: the error message's command converts them correctly."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from playground.errors import BadCorpus
from playground.training import batches
from playground.training.decoding import decode

TEXTS = {
    "Korean": "어머니는 눈이 내리는 밤에 그를 기다렸다. 그는 오지 않았다!\n",
    "Japanese": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n",
    "Chinese": "我们在这里的时候，他是一个很好的人，不知道为什么来了。有人说这是不对的。\n",
    "Taiwanese": "我們在這裡的時候，他是一個很好的人，不知道為什麼來了。有人說這是不對的。\n",
    "Russian": "Все счастливые семьи похожи друг на друга, каждая несчастливая несчастлива по-своему.\n",
    "French": "Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux…\n",
    "German": "Größere Übungen für Anfänger, schön gemütlich über den Bäumen.\n",
    "English": "Now is the winter of our discontent made glorious summer by this sun of York.\n",
}
# For each language an encoding of its files, and the expected message.
FOREIGN = [
    ("Korean", "cp949", "CP949 (Korean, also called EUC-KR)"),
    ("Korean", "euc-kr", "CP949 (Korean, also called EUC-KR)"),
    ("Japanese", "shift_jis", "SHIFT_JIS (Japanese)"),
    ("Japanese", "euc-jp", "EUC-JP (Japanese)"),
    ("Chinese", "gb18030", "GB18030 (Chinese)"),
    ("Taiwanese", "big5", "BIG5 (Chinese)"),
    ("Russian", "cp1251", "WINDOWS-1251 (Russian)"),
    ("Russian", "koi8-r", "KOI8-R (Russian)"),
    ("French", "cp1252", "WINDOWS-1252 (Western Europe, also called Latin-1)"),
    ("German", "latin-1", "WINDOWS-1252 (Western Europe, also called Latin-1)"),
]
WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
BINARY = [
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"PK\x03\x04", "a ZIP archive, or a document (docx, odt, epub)"),
    (b"%PDF-1.7\n", "a PDF document"),
    (b"{\\rtf1\\ansi", "a document in Rich Text Format"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an office program"),
    (b"\xff\xd8\xff\xe0", "a JPEG image"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"SQLite format 3\0", "a database"),
]


def write_file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def sentence(path: Path) -> str:
    with pytest.raises(BadCorpus) as told:
        batches.read(path)
    said = str(told.value)
    assert said.startswith(path.name)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def run_advice(said: str, folder: Path) -> str:
    """Run the command in a message, and read the file that it creates."""
    [command] = re.findall("`(.+)`", said)
    for tool in re.findall(r"(?:^|\| )(\w+)", command):
        if not shutil.which(tool):
            pytest.skip(f"needs {tool}")
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, check=False)
    assert b"cannot open" not in done.stderr, done.stderr
    return batches.read(folder / "mine o'text-utf8.txt")


@pytest.mark.parametrize(("language", "codec", "looks_like"), FOREIGN)
def test_another_encoding_is_named_with_the_command_that_converts_it(
    language: str, codec: str, looks_like: str, tmp_path: Path
) -> None:
    text = TEXTS[language] * 40
    said = sentence(write_file(tmp_path / "mine o'text.csv", text.encode(codec)))
    assert f"is not UTF-8, but looks like {looks_like}: convert it with `iconv" in said
    assert run_advice(said, tmp_path) == text


def test_a_long_korean_file_is_named_from_its_first_part(tmp_path: Path) -> None:
    for ends in ("\n", " "):  # many lines, or one
        text = TEXTS["Korean"].replace("\n", ends) * 10_000
        assert "looks like CP949" in sentence(write_file(tmp_path / "long.txt", text.encode("cp949")))


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("codec", WIDE)
def test_utf_16_and_32_are_read_with_a_mark_and_named_without(language: str, codec: str, tmp_path: Path) -> None:
    text = TEXTS[language] * 40
    assert batches.read(write_file(tmp_path / "marked.txt", ("\ufeff" + text).encode(codec))) == text
    said = sentence(write_file(tmp_path / "mine o'text.txt", text.encode(codec)))
    assert "without the mark that would say so" in said
    assert run_advice(said, tmp_path) == text


def test_a_file_of_utf_8_is_text_whatever_its_language(tmp_path: Path) -> None:
    for text in TEXTS.values():
        assert batches.read(write_file(tmp_path / "a.txt", (text * 40).encode())) == text * 40
    every = "".join(chr(c) for c in range(1, 0x11000) if unicodedata.category(chr(c)) != "Cs")
    assert decode(every.encode(), tmp_path) == every


@pytest.mark.parametrize(("beginning", "what"), BINARY)
def test_known_binary_formats_are_named_by_their_first_bytes(beginning: bytes, what: str, tmp_path: Path) -> None:
    said = sentence(write_file(tmp_path / "mine.txt", beginning + b"some more of it " * 200))
    assert f"mine.txt is {what}, and no plain text: " in said


def test_other_binary_data_is_refused(tmp_path: Path) -> None:
    said = sentence(write_file(tmp_path / "mine.bin", bytes(range(1, 256)) * 20))
    assert said == "mine.bin holds no text, but other data: choose a text file."


@pytest.mark.parametrize("mark", [b"", "\ufeff".encode("utf-16-le")])
def test_the_advised_command_removes_nul_characters(mark: bytes, tmp_path: Path) -> None:
    text = "abc\0def\n" * 200
    data = mark + text.encode("utf-16-le" if mark else "utf-8")
    said = sentence(write_file(tmp_path / "mine o'text.txt", data))
    assert "has NUL characters, which are no text, the first after 3 others" in said
    assert run_advice(said, tmp_path) == "abcdef\n" * 200


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (b"\xff", "bytes that are not"),
        (b"\xc3", "bytes that are not"),
        (b"\xed\xa0\x80", "halves of characters (lone surrogates), which are no text"),
    ],
)
def test_damage_is_located_and_removed_by_the_advised_command(damage: bytes, what: str, tmp_path: Path) -> None:
    text = TEXTS["Korean"] * 40
    before = text[: 3 * len(TEXTS["Korean"])].encode()
    said = sentence(write_file(tmp_path / "mine o'text.txt", before + damage + text.encode()[len(before) :]))
    assert f"is UTF-8 but for {what}, first at byte {len(before) + 1:,}, in line 4: " in said
    assert run_advice(said, tmp_path) == text


def test_truncated_utf_16_is_reported(tmp_path: Path) -> None:
    said = sentence(write_file(tmp_path / "mine o'text.txt", ("\ufeff" + "abc " * 500).encode("utf-16-le") + b"d"))
    assert "is UTF-16, but damaged at byte 4,003: " in said
    assert run_advice(said, tmp_path) == "abc " * 500


def test_an_unknown_encoding_is_reported_as_such(tmp_path: Path) -> None:
    said = sentence(write_file(tmp_path / "a.txt", b"ab\xff" * 1000))
    assert "(byte 3 does not fit), and its encoding cannot be guessed" in said
