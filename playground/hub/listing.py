"""Which files of a repository on the Hub make a checkpoint, and which other revisions it has.

Nothing else is ever downloaded: no pickle, no code. The weights are one `model.safetensors`, or the shards that an
index beside them names; then the index is downloaded first, because only it names them.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import GitRefs

from playground.checkpoints import shards
from playground.errors import BadCheckpoint, Cancelled, HubError
from playground.hub import client, download, refs
from playground.hub.download import HubFile
from playground.hub.refs import Source
from playground.text import wordlist
from playground.words import message

NEEDED = ("config.json", "tokenizer.json", shards.WEIGHTS)  # or an index and its shards in place of the last
CARD = "README.md"
# Optional files, downloaded if present and small: the card, what begins and ends a text, and the words of the training
# text.
OPTIONAL = (CARD, "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", wordlist.FILE)
SMALL = 1_000_000  # size limit in bytes of a config, an index or an optional file
# Files over these sizes are refused before download, because the modules that read them would refuse them. For shards
# the limit applies to their sum.
MAX_BYTES = {"config.json": SMALL, "tokenizer.json": 20_000_000, shards.WEIGHTS: 2_200_000_000}
MAX_REVISIONS = 10  # revisions searched for missing files

PICKLE = "pytorch_model.bin"
CHOICE = message("hub.choice")

# Downloads a file of a commit into the cache.
Bring = Callable[[str, HubFile], None]


class Lacking(HubError):
    """Raised when a revision lacks required files. `weights`: whether those are missing, because another revision may
    have them."""

    def __init__(self, code: str, /, suggestions: Sequence[str] = (), *, weights: bool, **values: object) -> None:
        super().__init__(code, suggestions, **values)
        self.weights = weights


def files_of(source: Source, info: Any, bring: Bring) -> tuple[str, tuple[HubFile, ...]]:
    """The commit of a source and the files to download, from the Hub's listing (a ModelInfo with file metadata).

    Lacking if files are missing; HubError if they are too large, or the answer cannot come from the Hub.
    """
    try:
        named = {sibling.rfilename: sibling for sibling in info.siblings or ()}
        sharded = shards.WEIGHTS not in named and shards.INDEX in named
        missing = [name for name in NEEDED if name not in named and not (sharded and name == shards.WEIGHTS)]
        if missing:
            raise _lacking(source, missing, named)
        sound = download.SHA1.fullmatch(info.sha) is not None
        optional = [name for name in OPTIONAL if name in named and named[name].size <= SMALL]
        names = [name for name in NEEDED if name in named]
        if sharded and sound:
            index = _as_listed(named, shards.INDEX)
            _check_sizes(source, [index])
            bring(info.sha, index)
            names += [shards.INDEX, *_shards(source, info.sha, named)]
        files = tuple(_as_listed(named, name) for name in [*names, *optional])
    except (ValueError, TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise client.no_hub()
    _check_sizes(source, files)
    return info.sha, files


def needed_in(folder: Path) -> list[str]:
    """The files that a checkpoint's folder needs; BadCheckpoint for an invalid index."""
    names, weight_map = shards.of_folder(folder)
    return [*(name for name in NEEDED if name != shards.WEIGHTS), *([shards.INDEX] if weight_map else []), *names]


def kept_files(folder: Path) -> list[str]:
    """The names of a checkpoint's files in a folder of the cache; empty unless it is complete."""
    try:
        names = needed_in(folder)
    except BadCheckpoint:
        return []
    if not all(download.is_cached(folder, name) for name in names):
        return []
    return [*names, *(name for name in OPTIONAL if download.is_cached(folder, name))]


def other_revisions(source: Source, stop: threading.Event, visitor: bool) -> list[Source]:
    """Other revisions of a source's repository, up to a limit: its branches, the newest pull requests, its tags.

    The Hub's own conversion puts `model.safetensors` into a pull request. Empty if the Hub does not list them.
    """

    def listed() -> GitRefs:
        return client.api(visitor).list_repo_refs(source.repo, include_pull_requests=True)

    names: list[str] = []
    try:
        told = client.ask(source.repo, listed, stop, visitor=visitor, waits=())
        requests = [request.ref for request in told.pull_requests or ()]
        requests.sort(key=lambda ref: int(ref.rpartition("/")[2]), reverse=True)
        names = [branch.name for branch in told.branches] + requests + [tag.name for tag in told.tags]
    except Cancelled:
        raise
    except (HubError, ValueError, TypeError, KeyError, AttributeError):
        return []
    sound = [name for name in names if isinstance(name, str) and refs.REVISION.fullmatch(name)]
    return [Source(source.repo, name) for name in dict.fromkeys(sound) if name != source.revision][:MAX_REVISIONS]


def _as_listed(named: Any, name: str) -> HubFile:
    """A file as the Hub lists it. ValueError unless its size and hash are well-formed, because they are used in a sum
    and a path."""
    sibling = named[name]
    file = HubFile(name, sibling.size, sibling.lfs.sha256 if sibling.lfs else sibling.blob_id)
    if not isinstance(file.size, int) or file.size < 0:
        raise ValueError(f"{name} has no size")
    if not (download.SHA256.fullmatch(file.oid) or download.SHA1.fullmatch(file.oid)):
        raise ValueError(f"{name} has no hash")
    return file


def _shards(source: Source, commit: str, named: Collection[str]) -> list[str]:
    """The shards named in a commit's index, which is downloaded already."""
    try:
        names = sorted(set(shards.weight_map(download.snapshot(source.repo, commit) / shards.INDEX).values()))
    except BadCheckpoint as error:
        raise HubError("hub.unfit_file", source=source, problem=error) from None
    if lost := [name for name in names if name not in named]:
        raise Lacking("hub.shard", source=str(source), index=shards.INDEX, file=lost[0], weights=True)
    return names


def _check_sizes(source: Source, files: Collection[HubFile]) -> None:
    """HubError for files over the size limits."""
    weights = [file for file in files if file.name.endswith(".safetensors")]
    for file in files:
        if file not in weights and file.size > MAX_BYTES.get(file.name, SMALL):
            raise HubError("hub.large_file", source=str(source), file=file.name)
    if sum(file.size for file in weights) > MAX_BYTES[shards.WEIGHTS]:
        if len(weights) == 1:
            raise HubError("hub.large_file", source=str(source), file=shards.WEIGHTS)
        raise HubError("hub.large_weights", source=str(source))


def _lacking(source: Source, missing: list[str], named: Collection[str]) -> Lacking:
    """The error for a repository that lacks required files."""
    remarks = []
    if shards.WEIGHTS in missing and PICKLE in named:
        remarks.append(message("hub.pickle", file=PICKLE))
    if "tokenizer.json" in missing and {"vocab.json", "merges.txt"} <= set(named):
        remarks.append(message("hub.two_files"))
    remarks.append(message("hub.choice_with", files=NEEDED))
    weights = shards.WEIGHTS in missing
    return Lacking("hub.lacking", source=str(source), files=missing, remarks=remarks, weights=weights)
