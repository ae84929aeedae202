"""The README is correct: its commands, tables, snippets and pictures."""

from __future__ import annotations

import io
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

import gradio
import pytest

from playground import library
from playground.checkpoints import card_translation, model_card, tying
from playground.inference.costs import COUNTED, PIECE, learning_bytes, state_bytes, without_window
from playground.inference.prefill import advance
from playground.library import load
from playground.models import TASKS
from playground.server import api, averages, costs, kept_costs
from playground.server.kept_costs import megabytes
from tests.bench.__main__ import SECTIONS


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text("utf-8")


def fenced_blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)


def printed_by(readme: str, command: str) -> str:
    """What the README shows as printed by a command."""
    [shown] = re.findall(rf"<!-- {command} -->\n(.*?)\n<!-- end -->", readme, flags=re.DOTALL)
    return str(shown)


def test_one_command_opens_the_page_and_one_runs_the_tests(readme: str, repository: Path) -> None:
    opens, tests = fenced_blocks(readme, "bash")[:2]
    install = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    assert opens == f"{install} && .venv/bin/python app.py\n"
    assert tests == f"{install} -r tests/requirements.txt && .venv/bin/python -m pytest -n auto\n"
    for name in ("requirements.txt", "tests/requirements.txt", "app.py"):
        assert (repository / name).is_file()


def test_requirements_have_a_tested_floor_and_the_next_major_as_a_ceiling(repository: Path) -> None:
    lines = (repository / "requirements.txt").read_text("utf-8").split("\n")
    required = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    assert "torch==2.13.0" in required
    for line in required:
        if line.startswith("torch=="):
            continue
        found = re.fullmatch(r"[\w-]+(?:\[\w+\])?>=(\d+)[\d.]*,<(\d+)", line)
        assert found, line
        assert int(found[2]) == int(found[1]) + 1, line


def test_the_front_matter_is_a_space_of_this_gradio(readme: str, repository: Path) -> None:
    front = dict(re.findall(r"^(\w+): (.+)$", readme.split("---")[1], flags=re.MULTILINE))
    assert front["sdk"] == "gradio"
    assert (repository / front["app_file"]).is_file()
    assert front["license"] == "mit"
    floor = re.search(r"gradio\[mcp\]>=([\d.]+)", (repository / "requirements.txt").read_text("utf-8"))
    assert floor
    assert front["sdk_version"].startswith(floor[1])
    assert gradio.__version__.split(".")[0] == front["sdk_version"].split(".")[0]
    assert {"title", "emoji", "colorFrom", "colorTo", "python_version"} <= front.keys()
    assert len(front["short_description"]) <= 60


def test_the_table_of_models_equals_its_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.library") == model_card.table(library.all_cards(*TASKS))


def test_the_table_of_textbooks_equals_its_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.library textbooks") == model_card.textbooks(library.all_records())


def test_the_table_of_translators_equals_its_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.library translators") == card_translation.table(
        library.all_cards("translation")
    )


def test_the_table_of_tied_outputs_equals_its_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.library tied") == tying.table(library.shakespeares())


def test_the_table_of_context_use_equals_its_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.server.averages table") == averages.table()


def test_the_tables_of_reading_costs_equal_their_commands_output(readme: str) -> None:
    assert printed_by(readme, "python -m playground.server.kept_costs table") == kept_costs.tables()


def test_the_shrinking_of_the_gradient_equals_the_measurement(readme: str) -> None:
    said = re.search(r"shrinks about ([\d,]+) times in the plain RNN, (\d+) times in the GRU and (\d+) times", readme)
    assert said is not None
    for row, text in zip(kept_costs.kept_rows("gradients"), said.groups(), strict=True):
        norms = row["norms"]
        assert norms[0] / norms[-1] == pytest.approx(int(text.replace(",", "")), rel=0.03), row["model"]


@pytest.mark.parametrize("name", [*costs.models(costs.KINDS), "shakespeare-transformer, no window"])
def test_the_memory_kept_of_a_text_equals_its_table(name: str, readme: str) -> None:
    """Counted again, in bytes: what a state keeps after reading, and what a training pass keeps."""
    model, _, whole = name.partition(", ")
    label = f"`{model}`, {whole}" if whole else f"`{model}`"
    checkpoint = load(model)
    reader = without_window(checkpoint, costs.MAX_SYMBOLS) if whole else checkpoint
    attends = checkpoint.kind == "transformer"
    state, kept = None, []
    for _ in range(0, costs.MAX_SYMBOLS if attends else COUNTED, PIECE):
        _, state = advance(reader, [[0] * PIECE], state)
        kept.append(state_bytes(state))
    assert attends or len(set(kept)) == 1  # independent of what it reads, so no more need be read
    assert cell(readme, label, "kept of 4,096") == f"{kept[-1] / 1e3:,.1f} kB"
    assert cell(readme, label, "kept of 1,024") == megabytes(kept[COUNTED // PIECE - 1])
    assert cell(readme, label, "to learn from 256") == megabytes(learning_bytes(reader, [0] * 256))


def cell(readme: str, row: str, column: str) -> str:
    """The cell of the only table with that column, in the row that begins this way."""
    [table] = [part for part in re.findall(r"(?:^\|.*\n)+", readme, flags=re.MULTILINE) if f"| {column} |" in part]
    lines = [[each.strip() for each in line.strip().strip("|").split("|")] for line in table.splitlines()]
    [found] = [line for line in lines if line[0] == row]
    return str(found[lines[0].index(column)])


def test_the_named_sections_of_the_benchmark_exist(readme: str) -> None:
    commands = re.findall(r"python -m tests\.bench((?: \w+)+)(?: --\w+)*`", readme)
    named = {name for command in commands for name in command.split()}
    assert {"bend", "class", "replicas", "rounding", "share"} <= named <= SECTIONS.keys()


def test_the_documented_endpoints_exist(readme: str) -> None:
    named = set(re.findall(r"^\| `/(\w+)` \|", readme, flags=re.MULTILINE))
    assert named == {
        *("distribution", "generate", "score", "beam", "models", "compare", "temperatures", "next_character", "fill"),
        "translate",
        "classify",
    }
    assert all(callable(getattr(api, name)) for name in named)


def test_every_parameter_of_a_link_that_the_page_reads_is_documented(readme: str, repository: Path) -> None:
    sources = [path.read_text("utf-8") for path in (repository / "playground" / "web").rglob("*.js")]
    read = {name for source in sources for name in re.findall(r'link\.get\("([\w-]+)"\)', source)}
    assert len(read) > 30
    assert not [name for name in sorted(read) if f"`{name}`" not in readme and f"`{name}=" not in readme]


def test_the_python_snippet_runs(readme: str) -> None:
    [snippet] = [code for code in fenced_blocks(readme, "python") if "playground.checkpoints" in code]
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(snippet, "README.md", "exec"), {})
    assert said.getvalue() == "e\n"


def test_the_named_files_exist(readme: str, repository: Path) -> None:
    named = re.findall(r"\]\((?!http)([^)]+)\)|`(playground/[\w/.]+|app\.py)`", readme)
    paths = [one or other for one, other in named]
    assert len(paths) > 5
    for path in paths:
        assert (repository / path).exists(), path


def test_every_tab_has_its_picture(readme: str, repository: Path) -> None:
    tabs = {file.stem for file in (repository / "playground" / "ui" / "tabs").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"!\[[^]]+\]\(playground/ui/pictures/(\w+)\.png\)", readme)) >= tabs


def test_the_top_level_has_only_what_a_space_expects(repository: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible == {
        "app.py", "playground", "checkpoints", "requirements.txt", "tests", "README.md", "LICENSE", "pyproject.toml",
    }  # fmt: skip
