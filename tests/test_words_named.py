"""Every key that a script or Python names is in the catalogues: the converse of "all words are used"."""

import ast
import re
from collections.abc import Iterator

import pytest

from playground.ui import components
from playground.words import catalogue
from tests.test_words import SOURCES, trees

WORDS = {code for code in catalogue("en") if "." not in code}
FAMILIES = {code.partition("_")[0] for code in WORDS if "_" in code}
ROUTES = {"kept_average", "kept_costs"}  # of the stream, which look like words

COMMENT = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)
MEMBER = re.compile(r"""(?<![\w.])words(?:\.(\w+)|\["(\w+)"\])""")
FIRST = re.compile(r"\b(?:say|sentence|rich)\(([^,()`]*)")  # what stands there: a key, or a choice between some
COMPARED = re.compile(r"""[!=]==\s*"\w*\"""")
TEXT = re.compile(r'"(\w+)"')
LIKE = re.compile(r'"([a-z]+_\w+)"')
PUT_TOGETHER = re.compile(r"(?:words\[|\b(?:say|sentence|rich)\()`(\w*)\$\{[^}`]*\}(\w*)`")


def named_keys(script: str) -> Iterator[str]:
    """The keys that a script names: words.key, say("key", …), and any text that begins as a family of words does."""
    code = COMMENT.sub("", script)
    for member in MEMBER.finditer(code):
        yield member[1] or member[2]
    for call in FIRST.finditer(code):
        yield from TEXT.findall(COMPARED.sub("", call[1]))
    yield from (text for text in LIKE.findall(code) if text.partition("_")[0] in FAMILIES)


def unknown_keys(script: str) -> set[str]:
    """The keys that no catalogue has, and those that are put together as none of it is."""
    ends = PUT_TOGETHER.findall(COMMENT.sub("", script))
    strange = {
        f"{before}…{after}"
        for before, after in ends
        if not any(code.startswith(before) and code.endswith(after) for code in WORDS)
    }
    return ({*named_keys(script)} - WORDS - ROUTES) | strange


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("text: words.typo", {"typo"}),
        ("text: words.generate, table[name].words.length, given.words.en", set()),
        ('said = format.say("typo", { n: 1 })', {"typo"}),
        ('rich(kind === "beam" ? "stop" : "typo", values)', {"typo"}),
        ('const KINDS = { beam: "search_kind_typo" };', {"search_kind_typo"}),
        ("words[`stop_${name}`] + words[`typo_${name}`] + say(`${name}_typo`)", {"typo_…", "…_typo"}),
        ("// words.typo\nwords.stop", set()),
    ],
)
def test_a_misspelt_key_is_found(script: str, found: set[str]) -> None:
    assert unknown_keys(script) == found


def test_every_key_named_by_a_script_is_in_the_catalogue() -> None:
    scripts = {path: path.read_text("utf-8") for path in SOURCES.rglob("web/**/*.js")}
    # core/i18n.js makes the words; in core/store.js a setting has `words` of its own.
    read = {path: text for path, text in scripts.items() if path.name not in ("i18n.js", "store.js")}
    assert sum(len([*named_keys(text)]) for text in read.values()) > 700
    assert {path.name: keys for path, text in read.items() if (keys := unknown_keys(text))} == {}
    store = next(text for path, text in scripts.items() if path.name == "store.js")
    assert unknown_keys(store) == {"includes"}


def test_every_key_named_by_python_is_in_the_catalogue() -> None:
    """Of the page's words, which are looked up as words["key"] or are a tab's TITLE; errors are in test_words.py."""
    pages = "\n".join(ast.unparse(tree) for file, tree in trees() if file.startswith("ui/"))
    keys = re.findall(r"\bwords\['(\w+)'\]", pages)
    titles = re.findall(r"^TITLE = '(tab_\w+)'$", pages, re.MULTILINE)
    assert len(keys) > 5
    assert len(titles) > 5
    assert {*keys, *titles} <= components.words().keys()
