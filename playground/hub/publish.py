"""Publishing on the Hugging Face Hub as a command: a checkpoint as a model, and this app as a Space.

    python -m playground.hub publish FOLDER owner/name [--private] [--dry-run]
    python -m playground.hub space owner/name [--private] [--dry-run]

Each is one commit; unchanged files are not sent again. With --dry-run the Hub is not contacted. offers.py downloads a
published checkpoint.
"""

import argparse
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from huggingface_hub import CommitOperationAdd, EvalResult, HfApi, ModelCard, ModelCardData, get_token
from huggingface_hub.errors import HfHubHTTPError

from playground import library
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput, HubError, PlaygroundError
from playground.hub import client, listing, refs

PAGE = "http://127.0.0.1:7860"  # where `python app.py` serves; a Space has its own address
APP = ("app.py", "playground", "checkpoints", "requirements.txt", "README.md", "LICENSE", "pyproject.toml")
TOP = Path(__file__).resolve().parents[2]
# Texts that are on the Hub themselves, by file name.
DATASETS = {"tinyshakespeare.txt": "karpathy/tiny_shakespeare"}

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Parcel:
    """What to send. files: by path in the repository, a file on disk or its content."""

    repo: str
    kind: Literal["model", "space"]
    private: bool
    files: Mapping[str, Path | bytes]

    def __str__(self) -> str:
        sizes = {name: len(f) if isinstance(f, bytes) else f.stat().st_size for name, f in self.files.items()}
        lines = [f"{size:>12,}  {name}" for name, size in sorted(sizes.items())]
        seen = "private" if self.private else "public"
        what = f"{len(sizes)} files, {sum(sizes.values()):,} bytes, for the {seen} {self.kind} {self.repo}:"
        return "\n".join([what, *lines])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 on success, 1 if the user must fix something."""
    parser = argparse.ArgumentParser(prog="python -m playground.hub", description="Publish on the Hugging Face Hub.")
    commands = parser.add_subparsers(dest="command", required=True)
    publish = commands.add_parser("publish", help="put a checkpoint on the Hub")
    publish.add_argument("folder", type=Path, help="the checkpoint's folder, such as checkpoints/my-gru")
    space = commands.add_parser("space", help="put this app on the Hub, as a Space")
    for command in (publish, space):
        command.add_argument("repo", help="owner/name on the Hub")
        command.add_argument("--private", action="store_true", help="for your eyes only, if it is new")
        command.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    given = parser.parse_args(arguments)
    try:
        if given.command == "publish":
            parcel = of_checkpoint(given.folder, given.repo, given.private)
            opens = (
                f"Open it on a running page: {PAGE}/?model={given.repo}\n"
                f'or in Python: playground.checkpoints.load("{given.repo}")'
            )
        else:
            parcel = of_app(given.repo, given.private)
            opens = f"It opens at {client.endpoint()}/spaces/{given.repo}"
        sys.stdout.write(f"{parcel}\n")
        if given.dry_run:
            sys.stdout.write("Nothing was sent. ")
        else:
            sys.stdout.write(f"Sent: {send(parcel)}\n")
        sys.stdout.write(f"{opens}\n")
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def of_checkpoint(folder: Path, repo: str, private: bool = False) -> Parcel:
    """A checkpoint's files, after loading it to prove that they fit together.

    The card gets its name on the Hub, and its figures in the Hub's format.
    """
    _check(repo)
    checkpoint = library.load(Path(folder))
    folder = Path(folder) if Path(folder).is_dir() else library.BUNDLED / checkpoint.name
    files: dict[str, Path | bytes] = {name: folder / name for name in listing.needed_in(folder)}
    for name in ("history.json", *listing.OPTIONAL):
        if (folder / name).is_file():
            files[name] = folder / name
    files[listing.CARD] = _card(folder, repo, checkpoint.card).encode()
    return Parcel(repo, "model", private, files)


def of_app(repo: str, private: bool = False) -> Parcel:
    """The app's files tracked by git, without the tests."""
    _check(repo)
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "--", *APP], cwd=TOP, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise BadInput("publish.checkout") from None
    names = [name for name in listed.stdout.decode().split("\0") if name and not name.split("/")[-1].startswith(".")]
    return Parcel(repo, "space", private, {name: TOP / name for name in names if (TOP / name).is_file()})


def send(parcel: Parcel) -> str:
    """Create the repository unless it exists, and commit the files to it. Returns the commit's address.

    HubError says what prevents it.
    """
    if not get_token():
        raise HubError("publish.token")
    api = HfApi(endpoint=client.endpoint())
    _asked(
        parcel.repo,
        lambda: api.create_repo(
            parcel.repo,
            repo_type=parcel.kind,
            private=parcel.private,
            exist_ok=True,
            space_sdk="gradio" if parcel.kind == "space" else None,
        ),
    )

    def commit() -> str:
        # Rebuilt for each try: files that the Hub already has are left out, so that a retry creates no second commit.
        operations = [CommitOperationAdd(name, file) for name, file in sorted(parcel.files.items())]
        message = "Publish the playground" if parcel.kind == "space" else "Publish the checkpoint"
        return api.create_commit(parcel.repo, operations, commit_message=message, repo_type=parcel.kind).commit_url

    return _asked(parcel.repo, commit)


def _asked(repo: str, ask: Callable[[], Answer]) -> Answer:
    def unwrapped() -> Answer:
        try:
            return ask()
        except RuntimeError as error:  # the library's wrapper around the error of one of the files
            if isinstance(error.__cause__, (HfHubHTTPError, OSError)):
                raise error.__cause__ from None
            raise

    try:
        return client.ask(repo, unwrapped, threading.Event())
    except ValueError as error:
        raise HubError("publish.refused", repo=repo, problem=str(error)[:300]) from None


def _check(repo: str) -> None:
    source = refs.parse(repo)
    if source is None or not source.owned or source.repo != repo:
        raise BadInput("publish.name", name=repr(repo[:80]))


def _card(folder: Path, repo: str, record: Card) -> str:
    """The folder's README.md for that repository: its front matter gains the figures."""
    try:
        text = (folder / listing.CARD).read_text("utf-8")
    except (OSError, ValueError):
        raise BadCheckpoint("publish.card", folder=folder.name) from None
    card = ModelCard(text.replace(f'load("{folder.name}")', f'load("{repo}")'), ignore_metadata_errors=True)
    data = card.data
    assert isinstance(data, ModelCardData)
    corpus = record.corpus
    if dataset := DATASETS.get(corpus.file):
        data.datasets = [dataset]
    if found := record.validation:
        unit = record.unit
        bits = f"bits_per_{unit.replace(' ', '_')}"
        figures = [("loss", f"nats per {unit}", "nats"), (bits, f"bits per {unit}", "bits")]
        data.model_name = record.title or folder.name
        data.eval_results = [
            EvalResult(
                task_type="text-generation",
                dataset_type=dataset or Path(corpus.file or "text").stem,
                dataset_name=corpus.name or "the validation text",
                dataset_split="validation",
                metric_type=metric,
                metric_name=name,
                metric_value=round(value, 4),
            )
            for metric, name, key in [*figures, ("accuracy", "accuracy", "accuracy")]
            if (value := getattr(found, key)) is not None
        ]
    return str(card)
