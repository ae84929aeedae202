"""Both catalogues have the same keys, all of them are used, and every error has its sentence there."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import errors, library
from playground.errors import BadCorpus, BadInput, NotOnHub
from playground.particles import particle
from playground.words import LANGUAGES, Message, catalogue, everywhere, in_language, message, names_in

SOURCES = Path(__file__).parents[1] / "playground"
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
RAISED = ERRORS | {"Lacking", "message"}  # listing.py's own, and what makes a part of a sentence

# Words whose keys the scripts assemble, as in words[`stop_${stop}`].
PUT_TOGETHER = (
    *("hint_", "name_", "title_", "corpus_", "stop_", "unit_counted_", "fact_start_", "progress_", "dice_", "hub_"),
    *("units_", "models_passage_"),
)
ENDS = ("_short", "_counted")

PARTICLES = json.loads(Path(__file__).with_name("particles.json").read_text("utf-8"))
OTHERS = {"memory.max", "memory.limit_in_bytes"}  # files of the system, which look like codes


def assembled_keys(code: str) -> bool:
    return code.startswith(PUT_TOGETHER) or code.endswith(ENDS)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCES.rglob("*.py")):
        yield path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text("utf-8"))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Where an error, or a part of its sentence, is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
            yield node


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_keys(language: str) -> None:
    assert catalogue(language).keys() == catalogue("en").keys()
    assert all(said.strip() for said in catalogue(language).values())


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_placeholders_of_english(language: str) -> None:
    """But for a word that only depends on a number, as English plurals do."""
    for code, english in catalogue("en").items():
        assert names_in(catalogue(language)[code]) == names_in(english), code


def test_every_bundled_model_has_its_title_and_its_text_in_every_language() -> None:
    cards = library.all_records().items()
    titles = {f"title_{name}": card.title for name, card in cards}
    texts = {f"corpus_{name}": card.corpus.name for name, card in cards}
    said = catalogue("en")
    assert {code: text for code, text in said.items() if code.startswith(("title_", "corpus_"))} == titles | texts


def test_all_words_are_used() -> None:
    written = "\n".join(path.read_text("utf-8") for path in SOURCES.rglob("*") if path.suffix in (".py", ".js"))
    found = re.findall(r"[\w.]+", written)
    used = {*found, *(name.rpartition(".")[2] for name in found)}
    assert [code for code in catalogue("en") if code not in used and not assembled_keys(code)] == []


def test_every_error_is_a_code_of_the_catalogue_with_all_its_values() -> None:
    problems = []
    for file, tree in trees():
        for call in calls(tree):
            where = f"{file}:{call.lineno}"
            first = call.args[0] if call.args else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                if not isinstance(first, ast.Name | ast.Subscript | ast.Attribute | ast.IfExp):
                    problems.append(f"{where} writes its sentence itself")
                continue  # a code that is chosen among some: the next test looks at these
            if first.value not in catalogue("en"):
                problems.append(f"{where} has a code that is in no catalogue: {first.value}")
            elif any(keyword.arg is None for keyword in call.keywords):
                continue
            elif lacks := names_in(catalogue("en")[first.value]) - {keyword.arg for keyword in call.keywords}:
                problems.append(f"{where} does not give {', '.join(lacks)}")
    assert problems == []


def test_every_string_that_looks_like_a_code_is_one() -> None:
    groups = "|".join({code.partition(".")[0] for code in catalogue("en") if "." in code})
    looks_so = re.compile(rf"(?:{groups})\.[a-z]\w+")
    files = re.compile(r"\.(json|txt|md|py|js|safetensors)$")
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and looks_so.fullmatch(node.value):
                assert files.search(node.value) or node.value in OTHERS or node.value in catalogue("en"), (
                    f"{file}:{node.lineno}"
                )


def test_an_error_has_an_english_sentence_a_code_and_values() -> None:
    error = BadCorpus("corpus.short", file="notes.txt", count=12, least=1000)
    assert str(error) == "notes.txt has 12 characters, which is too short: at least 1,000 are needed."
    assert (error.code, error.message.values["least"]) == ("corpus.short", 1000)


def test_suggestions_end_the_sentence_in_every_language() -> None:
    error = NotOnHub("hub.busy", ["gpt2", "gru"])
    assert str(error).endswith("try again. Did you mean gpt2 or gru?")
    assert str(error).startswith(error.sentence)
    assert "gpt2" in everywhere(error.whole)["ko"]
    assert error.suggesting(["x"]).suggestions == ("x",)
    assert error.suggesting([]).sentence == error.sentence


def test_an_error_within_another_is_written_in_the_language_of_the_whole() -> None:
    inner = BadInput("config.kind", kinds=["gru", "lstm"], value="'ant'")
    outer = BadInput("config.no_model", problem=inner)
    assert str(outer) == f"config.json does not describe a model. {inner}"
    assert in_language(inner.message, "ko") in everywhere(outer.whole)["ko"]


def test_numbers_lists_and_plurals(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"n": "{n} {n#symbol|symbols}", "l": "{names}; {names& or }", "f": "{x}", "ko": "{name:을/를} {n:은/는}"}
    monkeypatch.setattr("playground.words.catalogue", lambda _: said)
    assert str(message("n", n=1)) == "1 symbol"
    assert str(message("n", n=12_345)) == "12,345 symbols"
    assert str(message("l", names=["a", "b", "c"])) == "a, b, c; a or b or c"
    assert str(message("l", names="none yet")) == "none yet; none yet"
    assert str(message("f", x=0.25)) == "0.25"
    assert str(message("f", x=float("inf"))) == "inf"
    assert str(Message("ko", {"name": "나무", "n": 10})) == "나무를 10은"


@pytest.mark.parametrize(
    ("word", "pair", "expected"), json.loads(Path(__file__).with_name("particles.json").read_text())
)
def test_korean_particles(word: str, pair: str, expected: str) -> None:
    assert particle(word, pair) == expected


def test_no_sentence_for_visitors_is_in_the_code() -> None:
    """What gradio raises, and what a refusal's "detail" says, is a message: a text written there has one language."""
    found = []
    for name, tree in trees():
        for node in ast.walk(tree):
            said: list[ast.expr] = []
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("gr.Error", "gr.Warning", "gr.Info"):
                said = node.args[:1]
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                said = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "detail"]
            found += [f"{name}:{one.lineno}" for one in said if isinstance(one, (ast.Constant, ast.JoinedStr))]
    assert not found
