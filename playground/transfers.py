"""One question to the Hugging Face Hub, and one file from it into the cache that `huggingface_hub` keeps.

The bytes are streamed here through the library's own session, because its download can neither be stopped nor
bounded between two pieces of 10 MB. What is kept lies where the library keeps it, so that both find what the
other has fetched. A file is held to the length and the hash that the Hub told before; it appears under its name
only when both are right. This room knows nothing of what a file means.

HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and HF_TOKEN are read at each call.
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
from typing import IO, TypeVar

import httpx2
from huggingface_hub import constants, get_session, get_token, hf_hub_url, hf_raise_for_status
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]  # not marked as exported

from playground.errors import Cancelled, HubError, Unreachable

BACKOFF = (1.0, 3.0, 8.0)  # seconds to wait before each further try
LONGEST_WAIT = 30.0  # seconds, however long the Hub asks to wait
PATIENCE = 10.0  # seconds that a connection may be silent
PIECE = 1 << 20
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
SHA256 = re.compile(r"[0-9a-f]{64}")
SHA1 = re.compile(r"[0-9a-f]{40}")

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class HubFile:
    """A file as the Hub lists it. size: bytes. oid: sha256 if it is stored with LFS, else git's sha1 of the blob."""

    name: str
    size: int
    oid: str


class _Broken(Exception):
    """What came is not what was listed; trying again gives the same."""


def endpoint() -> str:
    """Where the Hub is, without a slash at the end."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def offline() -> bool:
    """Whether the person wants no question asked to the Hub."""
    wish = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return wish.upper() in constants.ENV_VARS_TRUE_VALUES or constants.is_offline_mode()


def cache() -> Path:
    """The folder in which `huggingface_hub` keeps what it fetched."""
    for name, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if os.environ.get(name):
            return Path(os.path.expandvars(os.environ[name])).expanduser().absolute() / below
    return Path(constants.HF_HUB_CACHE)


def repository(repo: str) -> Path:
    """The folder of the cache that belongs to a repository."""
    return cache() / repo_folder_name(repo_id=repo, repo_type="model")


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


def asked(what: str, ask: Callable[[], Answer], stop: threading.Event) -> Answer:
    """The answer to `ask()`, which is tried again while the Hub is busy or the connection breaks.

    HubError, with `what` in it, when there is none; Cancelled when `stop` is set meanwhile.
    """
    return _tried(what, ask, stop, lambda: 0)


def bring(repo: str, commit: str, file: HubFile, stop: threading.Event, tell: Callable[[int], None]) -> None:
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
                        _receive(repo, commit, file, blob, stop, tell)
                    _point(folder / file.name, blob)
        except OSError as error:  # of the disk; those of the network are told where they come
            raise _said(repo, error) from error
    tell(file.size)


def remember(repo: str, revision: str, commit: str) -> None:
    """Keep which commit a branch or tag was, for when the Hub cannot be asked."""
    path = repository(repo) / "refs" / revision
    if revision != commit:
        with suppress(OSError):  # a cache that is only read, or a tag named as another's folder
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(commit)


def remembered(repo: str, revision: str) -> str | None:
    """The commit that a branch or tag was when it was last fetched."""
    try:
        commit = (repository(repo) / "refs" / revision).read_text()
    except (OSError, ValueError):
        return None
    return commit if SHA1.fullmatch(commit) else None


def _receive(
    repo: str, commit: str, file: HubFile, blob: Path, stop: threading.Event, tell: Callable[[int], None]
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
                raise Cancelled
            if written.size == file.size:
                return
            headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
            if written.size:
                headers["Range"] = f"bytes={written.size}-"
            url = hf_hub_url(repo, file.name, revision=commit, endpoint=endpoint())
            with get_session().stream("GET", url, headers=headers, timeout=PATIENCE) as response:
                hf_raise_for_status(response)
                if response.status_code != HTTPStatus.PARTIAL_CONTENT:
                    written.restart()
                for piece in response.iter_bytes():
                    if stop.is_set():
                        raise Cancelled
                    written.add(piece)
                    tell(written.size)
            if written.size != file.size:
                raise _Broken

        try:
            _tried(repo, stream, stop, lambda: written.size)
            if written.digest.hexdigest() != file.oid:
                raise _Broken
        except _Broken:
            written.restart()  # so that the next call goes on from nothing
            raise HubError(
                f"{file.name} of {repo} is damaged: what came is not what the Hub lists. Fetch it again; "
                "if it stays so, its author must upload it again."
            ) from None
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


def _tried(what: str, ask: Callable[[], Answer], stop: threading.Event, moved: Callable[[], int]) -> Answer:
    """As `asked`; the tries are counted anew whenever `moved()` has grown."""
    if offline():
        raise _said(what, OfflineModeIsEnabled())
    waits, reached = list(BACKOFF), moved()
    while True:
        try:
            return ask()
        except (httpx2.HTTPError, OSError) as error:
            if moved() > reached:
                waits, reached = list(BACKOFF), moved()
            if not waits or not _passing(error):
                raise _said(what, error) from error
            if stop.wait(max(waits.pop(0), _wished(error))):
                raise Cancelled from None


def _passing(error: Exception) -> bool:
    """Whether the same question may be answered when it is asked again."""
    if isinstance(error, HfHubHTTPError):
        return _status(error) in (408, 429) or _status(error) >= 500
    # No connection at all is told at once: waiting would not help, and the cache may.
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.ConnectError)


def _wished(error: Exception) -> float:
    """The seconds that the Hub asks to wait, within reason."""
    wish = error.response.headers.get("Retry-After", "") if isinstance(error, HfHubHTTPError) else ""
    return min(float(wish), LONGEST_WAIT) if wish.isdecimal() else 0.0


def _status(error: Exception) -> int:
    return error.response.status_code if isinstance(error, HfHubHTTPError) else 0


LOG_IN = "log in with `hf auth login`, or set HF_TOKEN, and start the playground again"


def _said(what: str, error: Exception) -> HubError:
    """The sentence for an error of the library, the network or the disk."""
    status = _status(error)
    if isinstance(error, GatedRepoError):
        return HubError(
            f"{what} is gated: ask for access on {endpoint()}/{what}, then {LOG_IN}."
            if not get_token()
            else f"{what} is gated, and your token has no access yet: ask for it on {endpoint()}/{what}."
        )
    if isinstance(error, RevisionNotFoundError):
        return HubError(f"{what} has no such revision: name a branch, a tag or a commit that it has, or leave it out.")
    if isinstance(error, EntryNotFoundError):
        return HubError(f"{what} lists a file that it does not have: fetch it again, its author may be changing it.")
    if status == HTTPStatus.NOT_FOUND:
        return HubError(f"The Hub has no {what} that you may read: check the name. If it is private, {LOG_IN}.")
    if status == HTTPStatus.UNAUTHORIZED and get_token():
        return HubError("The Hub does not know your token: log in anew with `hf auth login`, or set HF_TOKEN anew.")
    if status == HTTPStatus.UNAUTHORIZED or isinstance(error, RepositoryNotFoundError):
        return HubError(f"{what} is private, or not on the Hub: check the name. If it is private, {LOG_IN}.")
    if status == HTTPStatus.FORBIDDEN:
        return HubError(f"Your token may not do this with {what}: choose one with that right, and {LOG_IN}.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unreachable("The Hub had too many questions from here: wait some minutes and try again.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"The Hub has a trouble of its own (error {status}): try again later.")
    if status:
        return HubError(
            f"The Hub refuses this with {what} (error {status}): check the name, and update huggingface-hub."
        )
    if isinstance(error, OfflineModeIsEnabled):
        return Unreachable(f"{what} is not in the cache, and HF_HUB_OFFLINE forbids to ask the Hub: unset it.")
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(f"The Hub did not answer within {PATIENCE:g} seconds: try again, the network may be slow.")
    if isinstance(error, httpx2.ConnectError):
        return Unreachable("There is no way to the Hub from here: check the network, and try again.")
    if isinstance(error, httpx2.HTTPError):
        return Unreachable("The connection to the Hub broke again and again: check the network, and try again.")
    if isinstance(error, OSError) and error.errno in FULL:
        return HubError("The disk is full: make room, or set HF_HOME to a folder on another disk, and try again.")
    return HubError("The cache cannot be written: set HF_HOME to a folder that can, and start the playground again.")
