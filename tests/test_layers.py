"""The rooms of the project: imports go downward only, and each library has one owner."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

# From the top down. A room may use those on the lines below its own, and none beside it.
LINES = [
    {"app"},
    {"ui"},
    {"server"},
    {"choosing"},
    {"views", "hub", "training"},
    {"records"},
    {"scoring", "beam", "fitting", "story"},
    {"generation", "measuring", "stopping"},
    {"checkpoints"},
    {"folders", "bundled"},
    {"gpt2_weights"},
    {"configs"},
    {"models", "recipes", "cards", "weights", "boundaries", "streaming"},
    {"sources", "tokens"},
    {"lost_characters"},
    {"sampling", "vocabulary", "corpus", "fetching", "tokenizer_file"},
    {"listing"},
    {"lookup", "quota"},
    {"suggestions", "visitors"},
    {"shards"},
    {"special_tokens", "tokenizer_parts"},
    {"addresses", "transfers", "gpt2", "jsonfile", "memory", "spelling", "background", "stand_ins", "decoding"},
    {"questions", "plaintext", "unicode_text"},
    {"errors"},
]
PLACE = {room: place for place, line in enumerate(LINES) for room in line}

# A library, and the rooms or modules that may know it. Others (NumPy, the standard library) are everyone's.
OWNERS: dict[str, set[str]] = {
    "gradio": {"ui"},
    "plotly": {"views"},
    "huggingface_hub": {
        *("hub", "addresses", "lookup", "quota", "questions", "suggestions", "transfers", "visitors"),
    },
    "httpx2": {"questions"},  # what huggingface_hub speaks through; its errors are httpx2's
    "tokenizers": {"vocabulary", "tokenizer_file", "unicode_text"},
    "safetensors": {"weights"},
    "tqdm": {"choosing", "training", "records"},
    "torch": {
        *("models", "choosing", "training", "records", "fitting", "measuring", "corpus", "generation"),
        *("folders", "weights", "gpt2_weights"),
        "ui.page",  # says how many threads serving takes
    },
    # The tests' own.
    **{tool: set() for tool in ("gradio_client", "transformers", "hypothesis", "playwright", "pytest")},
}


def violations(top: Path) -> list[str]:
    """What is wrong with the imports of app.py and playground/ under this folder."""
    return [
        f"{path.relative_to(top)} {problem}"
        for path in sorted([top / "app.py", *(top / "playground").rglob("*.py")])
        for problem in sorted(set(problems(name_of(path.relative_to(top)), path)))
    ]


def name_of(path: Path) -> str:
    """playground/ui/page.py is ui.page, playground/models/__init__.py is models, playground/__init__.py is ""."""
    parts = [part for part in path.with_suffix("").parts if part != "__init__"]
    return ".".join(parts[1:] if parts[0] == "playground" else parts)


def problems(module: str, path: Path) -> Iterator[str]:
    room = module.split(".", maxsplit=1)[0]
    if room not in {*PLACE, ""}:
        yield f"has no place among the rooms: say in LINES where {room} stands"
        return
    for name in imported(ast.parse(path.read_text("utf-8"))):
        library, _, rest = name.partition(".")
        other = rest.split(".", maxsplit=1)[0]
        if library == "playground":
            if other in PLACE and other != room and PLACE.get(room, 0) >= PLACE[other]:
                yield f"imports {other}, which does not stand below {room}"
        elif library in OWNERS and not {room, module} & OWNERS[library]:
            yield f"imports {library}, which belongs to {', '.join(sorted(OWNERS[library])) or 'the tests'}"


def imported(tree: ast.Module) -> Iterator[str]:
    """Full names of all that is imported anywhere in a file; of `from a import b`, both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "relative imports hide where they lead"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_go_downward_and_each_library_has_one_owner(repository: Path) -> None:
    assert violations(repository) == []


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("sampling.py", "from playground.models import build", "imports models, which does not stand below sampling"),
        ("errors.py", "import playground.sampling", "imports sampling, which does not stand below errors"),
        ("vocabulary.py", "from playground import corpus", "imports corpus, which does not stand below vocabulary"),
        ("models/gru.py", "from playground.ui.page import x", "imports ui, which does not stand below models"),
        ("generation.py", "def f():\n    import gradio.events", "imports gradio, which belongs to ui"),
        ("ui/play.py", "import torch.nn as nn", "imports torch, which belongs to choosing, corpus, fitting"),
        ("ui/page.py", "from transformers import pipeline", "imports transformers, which belongs to the tests"),
        ("attic.py", "", "has no place among the rooms"),
    ],
)
def test_a_violation_is_found(file: str, code: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from playground.ui.page import build\n")
    for path, content in {"ui/page.py": "import gradio\nimport torch\n", file: code}.items():
        (tmp_path / "playground" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "playground" / path).write_text(content)
    found = violations(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"playground/{file} {said}")


def test_the_arithmetic_in_javascript_knows_no_page(repository: Path) -> None:
    script = (repository / "playground" / "web" / "core" / "sampling.js").read_text("utf-8")
    assert not {"document", "window", "import"} & set(re.findall(r"\w+", script))
