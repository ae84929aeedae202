"""The README says what is so: its commands, tables, snippets and pictures."""

from __future__ import annotations

import io
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

import gradio
import pytest

from playground import library
from playground.checkpoints import card_translation, model_card
from playground.models import TASKS
from playground.server import api, averages


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text("utf-8")


def fenced(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)


def printed(readme: str, command: str) -> str:
    """What the README shows as printed by a command."""
    [shown] = re.findall(rf"<!-- {command} -->\n(.*?)\n<!-- end -->", readme, flags=re.DOTALL)
    return str(shown)


def test_one_command_opens_the_page_and_one_runs_the_tests(readme: str, repository: Path) -> None:
    opens, tests = fenced(readme, "bash")[:2]
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


def test_the_table_of_models_is_what_its_command_prints(readme: str) -> None:
    assert printed(readme, "python -m playground.library") == model_card.table(library.all_cards(*TASKS))


def test_the_table_of_textbooks_is_what_its_command_prints(readme: str) -> None:
    assert printed(readme, "python -m playground.library textbooks") == model_card.textbooks(library.all_records())


def test_the_table_of_translators_is_what_its_command_prints(readme: str) -> None:
    assert printed(readme, "python -m playground.library translators") == card_translation.table(
        library.all_cards("translation")
    )


def test_the_table_of_how_far_back_models_look_is_what_its_command_prints(readme: str) -> None:
    assert printed(readme, "python -m playground.server.averages table") == averages.table()


def test_the_endpoints_are_the_ones_that_exist(readme: str) -> None:
    named = set(re.findall(r"^\| `/(\w+)` \|", readme, flags=re.MULTILINE))
    assert named == {
        *("distribution", "generate", "score", "beam", "models", "compare", "temperatures", "next_character", "fill"),
        "translate",
        "classify",
    }
    assert all(callable(getattr(api, name)) for name in named)


def test_the_snippet_for_python_runs(readme: str) -> None:
    [snippet] = [code for code in fenced(readme, "python") if "playground.checkpoints" in code]
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(snippet, "README.md", "exec"), {})
    assert said.getvalue() == "e\n"


def test_the_files_it_names_exist(readme: str, repository: Path) -> None:
    named = re.findall(r"\]\((?!http)([^)]+)\)|`(playground/[\w/.]+|app\.py)`", readme)
    paths = [one or other for one, other in named]
    assert len(paths) > 5
    for path in paths:
        assert (repository / path).exists(), path


def test_every_tab_has_its_picture(readme: str, repository: Path) -> None:
    tabs = {file.stem for file in (repository / "playground" / "ui" / "tabs").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"!\[[^]]+\]\(playground/ui/pictures/(\w+)\.png\)", readme)) >= tabs


def test_the_top_level_is_what_a_space_expects_and_nothing_more(repository: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible == {
        "app.py", "playground", "checkpoints", "requirements.txt", "tests", "README.md", "LICENSE", "pyproject.toml",
    }  # fmt: skip
