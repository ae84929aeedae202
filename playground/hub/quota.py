"""The disk quota of visitors' downloads: room is made by removing the least recently used.

Each commit has a record of the files that the page downloaded for visitors; its timestamp is the last use. Only these
files are counted and removed, never what the owner or another program put into the cache.

PLAYGROUND_HUB_CACHE_MB is read at each call: megabytes, 0 for no downloads, "inf" for no bound.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from huggingface_hub import CachedFileInfo, CachedRepoInfo, CachedRevisionInfo, scan_cache_dir
from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # in its __all__

from playground.errors import BadInput, HubError
from playground.hub import client, download, visitors
from playground.hub.download import HubFile

QUOTA_MB = 20_000
QUOTA_NAME = "PLAYGROUND_HUB_CACHE_MB"
KEPT_FREE = 1e9  # bytes of the disk to keep free, or a twentieth of it if that is less
IN_USE = 1_000.0  # seconds since the last use during which nothing is removed; a download takes at most 900 (offers.py)

Blobs = dict[tuple[Path, str], int]  # bytes, by the repository's folder and the hash


@dataclass(frozen=True)
class DownloadRecord:
    """What was downloaded for visitors of one commit. files: hash and bytes, by name. used: seconds since 1970."""

    path: Path
    files: dict[str, tuple[str, int]]
    used: float

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record at that path; an empty one if it is missing or damaged."""
        try:
            files = {name: (str(oid), int(size)) for name, (oid, size) in json.loads(path.read_text("utf-8")).items()}
            return cls(path, files, path.stat().st_mtime)
        except (OSError, ValueError, TypeError, AttributeError):
            return cls(path, {}, 0)

    @property
    def repository(self) -> Path:
        return self.path.parent.parent

    @property
    def commit(self) -> str:
        return self.path.stem

    @property
    def blobs(self) -> Blobs:
        return {(self.repository, oid): size for oid, size in self.files.values()}

    @property
    def in_use(self) -> bool:
        return time.time() - self.used < IN_USE

    def bytes_on_disk(self) -> Blobs:
        """Bytes on disk, including those of unfinished transfers."""
        return {(self.repository, oid): self._size(name, oid) for name, (oid, _) in self.files.items()}

    def _size(self, name: str, oid: str) -> int:
        blobs = self.repository / "blobs"
        for path in (self.repository / "snapshots" / self.commit / name, blobs / oid, blobs / f"{oid}.incomplete"):
            with suppress(OSError):
                return path.stat().st_size
        return 0


def use(repo: str, commit: str) -> None:
    """Record that a visitor uses a commit now."""
    with suppress(OSError):
        os.utime(_path(repo, commit))


def release(repo: str, commit: str) -> None:
    """Hand a commit over to the owner, who requested it too: it is no longer counted or removed."""
    with suppress(OSError):
        _path(repo, commit).unlink()


def reserve(repo: str, commit: str, files: Sequence[HubFile]) -> None:
    """Make room for a visitor's download from a commit, and count it from now on.

    HubError if there is no room without removing what is in use; then nothing is removed.
    """
    if all(_is_here(repo, commit, file) for file in files) and not any(_records(download.repository(repo))):
        return  # all of it is the owner's, whose cache may be read-only
    try:
        lock = download.cache() / ".locks" / "playground-quota.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            known = {oid for record in _records(download.repository(repo)) for oid, _ in record.files.values()}
            coming = [file for file in files if not _is_here(repo, commit, file)]
            own = [*coming, *(file for file in files if file.oid in known)]  # or it came with another commit
            old = DownloadRecord.read(_path(repo, commit))
            new = replace(old, files=old.files | {file.name: (file.oid, file.size) for file in own})
            if coming:
                _make_room(repo, new)
            if new.files:
                new.path.parent.mkdir(parents=True, exist_ok=True)
                new.path.write_text(json.dumps(new.files), "utf-8")
    except OSError as error:
        raise client.error_for(repo, error, visitor=True) from error


def _path(repo: str, commit: str) -> Path:
    return visitors.folder(repo) / f"{commit}.json"


def _records(repository: Path) -> Iterator[DownloadRecord]:
    return map(DownloadRecord.read, repository.glob(".playground/*.json"))


def _is_here(repo: str, commit: str, file: HubFile) -> bool:
    """Whether nothing of a file needs to be downloaded."""
    blob = download.repository(repo) / "blobs" / file.oid
    return download.is_cached(download.snapshot(repo, commit), file.name, file.size) or (
        blob.is_file() and blob.stat().st_size == file.size
    )


def _quota() -> float:
    """Bytes that visitors' downloads may fill."""
    written = os.environ.get(QUOTA_NAME) or QUOTA_MB
    with suppress(ValueError):
        if (quota := float(written)) >= 0:
            return quota * 1e6
    raise BadInput("quota.setting", variable=QUOTA_NAME, value=repr(str(written)[:40]))


def _make_room(repo: str, new: DownloadRecord) -> None:
    """Remove the least recently used until there is room for a record's files."""
    quota = _quota()
    every = (record for folder in download.cache().glob("models--*") for record in _records(folder))
    others = [record for record in every if record.path != new.path]
    busy = {record.repository for record in others if record.in_use}
    resting = sorted((r for r in others if r.repository not in busy), key=lambda record: record.used)
    problem = _problem(repo, new, [r for r in others if r.repository in busy], resting, quota)
    if problem:
        raise problem
    while _problem(repo, new, others, [], quota):
        if not resting:
            raise HubError("quota.locked", repo=repo)
        oldest = resting.pop(0)
        if _remove(oldest):
            others.remove(oldest)


def _problem(
    repo: str, new: DownloadRecord, kept: list[DownloadRecord], removed: list[DownloadRecord], quota: float
) -> HubError | None:
    """What prevents a download after some records are removed and others kept; None if nothing does."""
    blobs: Blobs = {}
    for record in (*kept, new):
        blobs |= record.blobs
    needed = round(sum(new.blobs.values()) / 1e6)
    if sum(new.blobs.values()) > quota:
        return HubError("quota.large", repo=repo, size=needed, most=round(quota / 1e6), variable=QUOTA_NAME)
    if sum(blobs.values()) > quota:
        return HubError("quota.full", repo=repo, size=needed, most=round(quota / 1e6))
    disk = shutil.disk_usage(download.cache())
    freed = sum(size for record in removed for blob, size in record.bytes_on_disk().items() if blob not in blobs)
    coming: Blobs = {}
    for record in (*(record for record in kept if record.in_use), new):
        here = record.bytes_on_disk()
        coming |= {blob: max(0, size - here[blob]) for blob, size in record.blobs.items()}
    if disk.free + freed - sum(coming.values()) < min(KEPT_FREE, disk.total / 20):
        return HubError("quota.disk", repo=repo, size=needed)
    return None


def _remove(record: DownloadRecord) -> bool:
    """Remove a record and its files from the cache. Whether that was possible."""
    info = scan_cache_dir(download.cache())
    found = next((repo for repo in info.repos if repo.repo_path == record.repository), None)
    if found is None and (record.repository / "snapshots").is_dir():
        return False  # the library does not recognise the folder
    if found is not None:
        # The library looks for a commit in all repositories, and copies of a repository have the same commits.
        alone = replace(info, repos=frozenset({found}))
        revision = next((revision for revision in found.revisions if revision.commit_hash == record.commit), None)
        files = {_name(file, revision): file for file in revision.files} if revision else {}
        if revision and record.files.keys() >= files.keys() and not _has_others(found, record):
            alone.delete_revisions(record.commit).execute()
        else:
            alone.delete_files(*(file for name, file in files.items() if name in record.files)).execute()
    for oid, _ in record.files.values():
        (record.repository / "blobs" / f"{oid}.incomplete").unlink(missing_ok=True)
    record.path.with_suffix(".public").unlink(missing_ok=True)
    record.path.unlink(missing_ok=True)
    return True


def _name(file: CachedFileInfo, revision: CachedRevisionInfo) -> str:
    return file.file_path.relative_to(revision.snapshot_path).as_posix()


def _has_others(repo: CachedRepoInfo, record: DownloadRecord) -> bool:
    """Whether removing the repository's folder, which goes with its last commit, would remove another program's
    download."""
    own = {f"{oid}.incomplete" for oid, _ in record.files.values()}
    return len(repo.revisions) == 1 and any(
        path.name not in own for path in (repo.repo_path / "blobs").glob("*.incomplete")
    )
