"""The project's packages: imports go downward only, also inside them, and each library has one owner."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "playground"

# From the top down. A package may use those on the lines below its own, and none beside it.
PACKAGES = [
    {"app"},
    {"ui"},
    {"server"},
    {"training", "engine", "hub.publish", "hub.__main__"},
    {"inference"},
    {"library"},
    {"hub"},
    {"checkpoints"},
    {"models", "text", "sampling"},
    {"schema"},
    {"errors"},
    {"words"},
    {"halves", "logs", "particles", "threads"},
]

# The same inside the packages: modules that are not named stand below those that are, and beside each other.
MODULES: dict[str, list[set[str]]] = {
    "ui": [{"page"}, {"language", "tabs"}, {"components"}],
    "server": [
        {"routes"}, {"searching", "kept_costs"},
        {
            "costs", "embeddings", "filling", "firststates", "opening", "writing", "api", "scoring", "hub_panel",
            "bpe", "temperatures", "averages",
        },
        {"endpoints"}, {"comparing", "translating"}, {"reading", "characters", "classifying", "headers"},
        {"wire", "requests", "answers", "measuring"}, {"gaps", "passage"},
        {"settings"},
    ],
    "training": [
        {"__main__"}, {"sweep", "wordlists", "folds"}, {"train"}, {"masks", "translations", "reviews"},
        {"texts", "translation_figures", "pretraining"}, {"records", "loop"}, {"history", "objective", "sentences"},
        {"evaluate", "batches", "recipes", "lengths"}, {"review_recipes", "translation_recipes"}, {"recipe"},
        {"decoding", "corpora"},
    ],
    "engine": [
        {"ray_serve"}, {"local"}, {"scheduler"}, {"batch"}, {"seats", "turns", "tasks", "prefixes", "admission"},
        {"fair", "pace"}, {"base"},
    ],
    "inference": [
        {"firststates", "translate"},
        {
            "beam", "filling", "generate", "samples", "score", "compare", "evidence", "reach", "measures", "costs",
            "gradients", "embeddings", "classify",
        },
        {"next_character"},
        {"covers"},
        {"prefill", "stopping", "query"},
    ],
    "hub": [
        {"__main__"}, {"publish"}, {"offers"}, {"listing"}, {"lookup", "quota"}, {"suggestions", "visitors"},
        {"download", "refs"}, {"client"},
    ],
    "checkpoints": [
        {"by_characters"}, {"folders", "bundled"}, {"gpt2_weights"}, {"configs", "model_card"},
        {"weights", "gpt2", "card_translation"},
        {"card", "card_tasks"},
    ],
    "text": [
        {"by_characters"}, {"trie"}, {"boundaries", "streaming"}, {"tokens"},
        {"lost_characters", "tokenizer_file"}, {"characters"},
        {"special_tokens", "tokenizer_parts", "stand_ins"}, {"spelling"},
    ],
}

# Names that stand below what they provide, and look it up only on demand.
PUBLIC = {"checkpoints": {"library"}}

# A library, and the packages or modules that may know it. Others (NumPy, the standard library) are everyone's.
OWNERS: dict[str, set[str]] = {
    "gradio": {"ui", "server.api", "server.messages", "server.program_queue", "server.programs", "server.startup"},
    "orjson": {"server.programs"},
    "huggingface_hub": {"hub"},
    "httpx2": {"hub.client"},  # what huggingface_hub speaks through; its errors are httpx2's
    "tokenizers": {"text"},
    "safetensors": {"checkpoints.weights"},
    "ray": {
        f"engine.ray_serve.{module}"
        for module in ("cluster", "replica", "remote", "applications", "calls", "handles")
    },
    "psutil": {"engine.ray_serve.cluster"},
    "grpc": {"engine.ray_serve.calls"},  # what Ray Serve speaks through; its errors are grpc's
    "pydantic": {"schema", "models", "checkpoints", "training.history", "server.requests"},
    "tqdm": {"training"},
    "torch": {
        *("models", "training", "checkpoints.folders", "checkpoints.weights", "checkpoints.gpt2_weights"),
        "checkpoints.by_characters",  # which is a model made of one
        "inference.prefill",  # ids become a tensor
        "threads",  # says how many of them a product takes
    },
    # The tests' own.
    **{tool: set() for tool in ("gradio_client", "plotly", "transformers", "hypothesis", "playwright", "pytest")},
}


def package_of(module: str) -> str:
    return module.partition(".")[0]


def packages_of(module: str) -> list[str]:
    """engine.ray_serve.remote lies in engine and in engine.ray_serve."""
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def place(module: str) -> tuple[int, int] | None:
    """Where a module stands: the number of its package's line, and of its own line inside; None if nowhere."""
    package, _, rest = module.partition(".")
    named = next((name for name in (module, package) if any(name in line for line in PACKAGES)), None)
    if named is None:
        return None
    line = next(number for number, names in enumerate(PACKAGES) if named in names)
    lines = MODULES.get(package, [])
    first = rest.split(".", maxsplit=1)[0]
    return line, next((number for number, names in enumerate(lines) if first in names), len(lines))


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
    if module and place(module) is None:
        yield "has no place among the packages: say in PACKAGES where it stands"
        return
    for name in imported(ast.parse(path.read_text("utf-8"))):
        library, _, rest = name.partition(".")
        if library == "playground":
            other = module_of(rest)
            if not may_import(module, other):
                yield f"imports {other}, which does not stand below {module}"
        elif library in OWNERS and not {module, *packages_of(module)} & OWNERS[library]:
            yield f"imports {library}, which belongs to {', '.join(sorted(OWNERS[library])) or 'the tests'}"


def module_of(name: str) -> str:
    """The module or package that a name lies in: hub.refs.parse lies in hub.refs."""
    parts = name.split(".")
    while parts and not (SOURCES.joinpath(*parts).is_dir() or SOURCES.joinpath(*parts).with_suffix(".py").is_file()):
        parts.pop()
    return ".".join(parts)


def may_import(module: str, other: str) -> bool:
    here, there = place(module), place(other)
    package = package_of(module)
    if not other or other == package or module == package == package_of(other) or other in PUBLIC.get(module, ()):
        return True  # a package's own __init__, or what an __init__ gives
    if here is None or there is None:
        return False
    return here < there or (here == there and package == package_of(other))


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
        ("sampling/a.py", "from playground.models import build", "imports models, which does not stand below"),
        ("errors.py", "import playground.sampling", "imports sampling, which does not stand below errors"),
        ("text/characters.py", "from playground.text import tokens", "imports text.tokens, which does not stand below"),
        ("models/gru.py", "from playground.ui.page import x", "imports ui.page, which does not stand below models.gru"),
        ("server/settings.py", "from playground.server import wire", "imports server.wire, which does not stand below"),
        ("ui/components.py", "from playground.ui import page", "imports ui.page, which does not stand below"),
        ("hub/refs.py", "from playground.hub.publish import main", "imports hub.publish, which does not stand below"),
        ("inference/score.py", "def f():\n    import gradio.events", "imports gradio, which belongs to server.api, "),
        ("ui/tabs/play.py", "import torch.nn as nn", "imports torch, which belongs to checkpoints.by_characters"),
        ("ui/page.py", "from transformers import pipeline", "imports transformers, which belongs to the tests"),
        ("attic.py", "", "has no place among the packages"),
    ],
)
def test_a_violation_is_found(file: str, code: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from playground.ui.page import build\n")
    for path, content in {"ui/page.py": "import gradio\n", file: code}.items():
        (tmp_path / "playground" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "playground" / path).write_text(content)
    found = violations(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"playground/{file} {said}")


def test_the_arithmetic_in_javascript_does_not_use_the_page(repository: Path) -> None:
    script = (repository / "playground" / "web" / "core" / "sampling.js").read_text("utf-8")
    assert not {"document", "window", "import"} & set(re.findall(r"\w+", script))


def test_no_file_has_more_than_300_lines(repository: Path) -> None:
    """A longer one has two parts: say what they are, and give each a file."""
    written = [
        *((repository / "playground").rglob("*.py")),
        *((repository / "tests").rglob("*.py")),
        *((repository / "playground" / "web").rglob("*.js")),
        *((repository / "playground" / "web").rglob("*.css")),
        *((repository / "playground" / "web").rglob("*.d.ts")),
        *((repository / "tests" / "web").glob("*.js")),
    ]
    kinds = {path.name.partition(".")[2] for path in written}
    assert {"py", "js", "css", "d.ts", "test.js"} <= kinds
    lines = {path.relative_to(repository).as_posix(): path.read_text("utf-8").count("\n") for path in written}
    assert {path: count for path, count in lines.items() if count > 300} == {}
