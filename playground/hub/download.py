"""One file from the Hugging Face Hub into the cache that `huggingface_hub` keeps.

The bytes are streamed here through the library's own session, and not by `hf_hub_download` (2.4), because that

- removes what it received when it fails or is stopped, whereas a later call here resumes;
- calls its `tqdm_class` once in 10 MB, and not at all while the Hub is silent or before its five retries, so that a
  visitor who stops, or a limit on bytes, is noticed late;
- does not compare what came with the hash that was listed.

Its `dry_run` gives no hashes, with one request per file; `HfApi.model_info` gives sizes and hashes of all files at
once.

Files are stored in the library's cache, under the library's lock, so that each finds what the other has downloaded. A
file is checked against the size and hash that the Hub listed; it appears under its name only when both match. This
module does not know what a file means; retries and error messages are in client.py.

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


class _WrongBytes(Exception):
    """The content differs from the listing; trying again would give the same."""


def cache() -> Path:
    """The folder of the `huggingface_hub` cache."""
    for name, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if os.environ.get(name):
            return Path(os.path.expandvars(os.environ[name])).expanduser().absolute() / below
    return Path(constants.HF_HUB_CACHE)


def repository(repo: str) -> Path:
    """The cache folder of a repository, named as the library documents it."""
    return cache() / f"models--{repo.replace('/', '--')}"


def snapshot(repo: str, commit: str) -> Path:
    """The folder in which a commit's files appear under their names."""
    return repository(repo) / "snapshots" / commit


def is_cached(folder: Path, name: str, size: int | None = None) -> bool:
    """Whether a file is in a snapshot's folder, with that size, and inside the cache."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(cache().resolve())
        return inside and path.is_file() and size in (None, path.stat().st_size)
    except OSError:
        return False


def bring(
    repo: str, commit: str, file: HubFile, stop: threading.Event, tell: Callable[[int], None], visitor: bool = False
) -> None:
    """Download a file of a commit into the cache, unless it is there; `tell` is called with the bytes so far.

    Of several threads or processes one downloads, the others wait. After an interruption the received part is kept, and
    the next call resumes. HubError; Cancelled when `stop` is set.
    """
    folder = snapshot(repo, commit)
    blob = repository(repo) / "blobs" / file.oid
    lock = cache() / ".locks" / repository(repo).name / f"{file.oid}.lock"
    if not is_cached(folder, file.name, file.size):
        try:
            for path in (folder, blob.parent, lock.parent):
                path.mkdir(parents=True, exist_ok=True)
            with WeakFileLock(lock):
                if not is_cached(folder, file.name, file.size):
                    if not blob.is_file() or blob.stat().st_size != file.size:
                        _receive(repo, commit, file, blob, stop, tell, visitor)
                    _point(folder / file.name, blob)
        except OSError as error:  # disk errors; network errors are handled where they occur
            raise client.error_for(repo, error, visitor) from error
    tell(file.size)


def remember(repo: str, revision: str, commit: str) -> None:
    """Record the commit of a branch or tag, for when the Hub cannot be asked."""
    path = repository(repo) / "refs" / revision
    if revision != commit:
        with suppress(OSError):  # a read-only cache, or a tag named like another's folder
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(commit)


def cached_commit(repo: str, revision: str) -> str | None:
    """The commit of a branch or tag at the last download."""
    try:
        commit = (repository(repo) / "refs" / revision).read_text()
    except (OSError, ValueError):
        return None
    return commit if SHA1.fullmatch(commit) else None


def _receive(
    repo: str, commit: str, file: HubFile, blob: Path, stop: threading.Event, tell: Callable[[int], None], visitor: bool
) -> None:
    """Stream a file to a partial file beside its blob, resuming an earlier one, and move it into place when it is
    right."""
    partial = blob.with_name(f"{blob.name}.incomplete")
    with partial.open("a+b") as out:
        written = _PartialFile(out, file)
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
                raise _WrongBytes

        try:
            client.ask(repo, stream, stop, lambda: written.size, visitor=visitor)
            if written.digest.hexdigest() != file.oid:
                raise _WrongBytes
        except _WrongBytes:
            written.restart()  # so that the next call starts from nothing
            raise HubError("hub.damaged", file=file.name, repo=repo) from None
    partial.replace(blob)


class _PartialFile:
    """The received part of a file: its bytes on disk, their number, and their digest so far."""

    def __init__(self, out: IO[bytes], file: HubFile) -> None:
        self.out, self.file = out, file
        self.restart(keep=True)

    def restart(self, keep: bool = False) -> None:
        """Start over; with `keep`, from what is on disk."""
        self.size = 0
        if SHA256.fullmatch(self.file.oid):
            self.digest = hashlib.sha256()
        else:  # git's blob hash: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
            self.digest = hashlib.sha1(b"blob %d\0" % self.file.size, usedforsecurity=False)
        self.out.seek(0)
        while keep and self.size < self.file.size and (piece := self.out.read(PIECE)):
            self.digest.update(piece)
            self.size += len(piece)
        if self.size > self.file.size:
            self.restart()
        self.out.truncate(self.size)

    def add(self, piece: bytes) -> None:
        """Write a piece. Raises _WrongBytes instead of writing more bytes than listed."""
        if self.size + len(piece) > self.file.size:
            raise _WrongBytes
        self.out.write(piece)
        self.digest.update(piece)
        self.size += len(piece)


def _point(path: Path, blob: Path) -> None:
    """Link a snapshot's name to its blob; without symbolic links, the blob is moved there."""
    path.unlink(missing_ok=True)
    try:
        path.symlink_to(os.path.relpath(blob, path.parent))
    except OSError:
        blob.replace(path)
