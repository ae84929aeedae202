"""One file from the Hugging Face Hub into the cache that `huggingface_hub` keeps.

The bytes are streamed here through the library's own session, and not by `hf_hub_download` (2.4), because that

- removes what it received when it fails or is stopped, where a later call here goes on from there;
- calls its `tqdm_class` once in 10 MB, and not at all while the Hub is silent or before its five retries, so that a
  visitor who stops, or a limit on bytes, is noticed late;
- does not compare what came with the hash that was listed.

Its `dry_run` gives no hashes, and asks once a file; `HfApi.model_info` gives sizes and hashes of all files at once.

What is kept lies where the library keeps it, under the lock that the library takes, so that both find what the other
has fetched. A file is held to the length and the hash that the Hub told before; it appears under its name only when
both are right. This module knows nothing of what a file means; what is tried again, and what is said of a failure, is
in client.py.

HF_HOME, HF_HUB_CACHE and HF_TOKEN are read at each call. A visitor's transfer goes without the token (client.py).
"""

import errno
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO

from huggingface_hub import constants, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]  # in its __all__

from playground.errors import Cancelled, HubError
from playground.hub import client

PIECE = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")
SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubFile:
    """A file as the Hub lists it. size: bytes. oid: sha256 if it is stored with LFS, else git's sha1 of the blob."""

    name: str
    size: int
    oid: str


class _Broken(Exception):
    """What came is not what was listed; trying again gives the same."""


def cache() -> Path:
    """The folder in which `huggingface_hub` keeps what it fetched."""
    for name, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if os.environ.get(name):
            return Path(os.path.expandvars(os.environ[name])).expanduser().absolute() / below
    return Path(constants.HF_HUB_CACHE)


def repository(repo: str) -> Path:
    """The folder of the cache that belongs to a repository, named as the library documents it."""
    return cache() / f"models--{repo.replace('/', '--')}"


def snapshot(repo: str, commit: str) -> Path:
    """The folder in which the files of a commit appear under their names."""
    return repository(repo) / "snapshots" / commit


def kept(folder: Path, name: str, size: int | None = None) -> bool:
    """Whether a file is in a snapshot's folder, with that size, and lies within the cache."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(cache().resolve())
        return inside and path.is_file() and size in (None, path.stat().st_size)
    except OSError:
        return False


def bring(
    repo: str, commit: str, file: HubFile, stop: threading.Event, tell: Callable[[int], None], visitor: bool = False
) -> None:
    """Fetch a file of a commit into the cache, unless it is there; `tell` is called with the bytes so far.

    Of several threads or processes one fetches, the others wait. What was received stays when it is cut off,
    and the next call goes on from there. HubError; Cancelled when `stop` is set.
    """
    folder = snapshot(repo, commit)
    blob = repository(repo) / "blobs" / file.oid
    lock = cache() / ".locks" / repository(repo).name / f"{file.oid}.lock"
    if not kept(folder, file.name, file.size):
        try:
            for path in (folder, blob.parent, lock.parent):
                path.mkdir(parents=True, exist_ok=True)
            with WeakFileLock(lock):
                if not kept(folder, file.name, file.size):
                    if not blob.is_file() or blob.stat().st_size != file.size:
                        _receive(repo, commit, file, blob, stop, tell, visitor)
                    _point(folder / file.name, blob)
        except OSError as error:  # of the disk; those of the network are told where they come
            raise client.error_for(repo, error, visitor) from error
    tell(file.size)


def remember(repo: str, revision: str, commit: str) -> None:
    """Keep which commit a branch or tag was, for when the Hub cannot be asked."""
    path = repository(repo) / "refs" / revision
    if revision != commit:
        with suppress(OSError):  # a cache that is only read, or a tag named as another's folder
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(commit)


def cached_commit(repo: str, revision: str) -> str | None:
    """The commit that a branch or tag was when it was last fetched."""
    try:
        commit = (repository(repo) / "refs" / revision).read_text()
    except (OSError, ValueError):
        return None
    return commit if SHA1.fullmatch(commit) else None


def _receive(
    repo: str, commit: str, file: HubFile, blob: Path, stop: threading.Event, tell: Callable[[int], None], visitor: bool
) -> None:
    """Stream a file beside its blob, going on from what an earlier call left, and move it there when it is right."""
    partial = blob.with_name(f"{blob.name}.incomplete")
    with partial.open("a+b") as out:
        written = _Written(out, file)
        if shutil.disk_usage(blob.parent).free < file.size - written.size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        tell(written.size)

        def stream() -> None:
            if stop.is_set():
                raise Cancelled("hub.cancelled")
            if written.size == file.size:
                return
            headers = {**build_hf_headers(token=client.token(visitor)), "Accept-Encoding": "identity"}
            if written.size:
                headers["Range"] = f"bytes={written.size}-"
            url = hf_hub_url(repo, file.name, revision=commit, endpoint=client.endpoint())
            with get_session().stream("GET", url, headers=headers, timeout=client.PATIENCE) as response:
                hf_raise_for_status(response)
                if response.status_code != HTTPStatus.PARTIAL_CONTENT:
                    written.restart()
                for piece in response.iter_bytes():
                    if stop.is_set():
                        raise Cancelled("hub.cancelled")
                    written.add(piece)
                    tell(written.size)
            if written.size != file.size:
                raise _Broken

        try:
            client.ask(repo, stream, stop, lambda: written.size, visitor=visitor)
            if written.digest.hexdigest() != file.oid:
                raise _Broken
        except _Broken:
            written.restart()  # so that the next call goes on from nothing
            raise HubError("hub.damaged", file=file.name, repo=repo) from None
    partial.replace(blob)


class _Written:
    """What was received of a file: its bytes on disk, their number, and their digest so far."""

    def __init__(self, out: IO[bytes], file: HubFile) -> None:
        self.out, self.file = out, file
        self.restart(keep=True)

    def restart(self, keep: bool = False) -> None:
        """Begin anew; with `keep`, from what is on disk."""
        self.size = 0
        if SHA256.fullmatch(self.file.oid):
            self.digest = hashlib.sha256()
        else:  # what git does: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
            self.digest = hashlib.sha1(b"blob %d\0" % self.file.size, usedforsecurity=False)
        self.out.seek(0)
        while keep and self.size < self.file.size and (piece := self.out.read(PIECE)):
            self.digest.update(piece)
            self.size += len(piece)
        if self.size > self.file.size:
            self.restart()
        self.out.truncate(self.size)

    def add(self, piece: bytes) -> None:
        """Write a piece. _Broken before a byte more than was listed is written."""
        if self.size + len(piece) > self.file.size:
            raise _Broken
        self.out.write(piece)
        self.digest.update(piece)
        self.size += len(piece)


def _point(path: Path, blob: Path) -> None:
    """Let a name of a snapshot lead to its blob; where there are no symbolic links, the blob moves there."""
    path.unlink(missing_ok=True)
    try:
        path.symlink_to(os.path.relpath(blob, path.parent))
    except OSError:
        blob.replace(path)
