"""From a source on the Hub to a checkpoint's folder: first an offer that describes it, then the download.

    offered = offer(Source("owner/name"))    # its commit, title, licence and size; only small files are fetched
    for progress in fetch(offered): ...      # then offered.folder holds a checkpoint's files

listing.py selects the files: no pickle, no code. They are only transferred here; library.py checks whether they fit
together. A config.json is either this playground's or of GPT-2's family, which has no title or licence: gpt2.py
provides substitutes. download.py transfers a single file.
"""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playground.checkpoints import gpt2, shards
from playground.errors import BadCheckpoint, BadInput, Cancelled, HubError, UnknownModel, Unreachable
from playground.halves import replace_halves
from playground.hub import download, listing, lookup, quota, visitors
from playground.hub.background import Work
from playground.hub.download import HubFile
from playground.hub.listing import CARD, CHOICE, NEEDED, Lacking
from playground.hub.refs import Source

UNKNOWN = "not stated"  # the licence of a model whose card names none
LIMIT_MB = 600
LIMIT_NAME = "PLAYGROUND_HUB_LIMIT_MB"
ASK_SECONDS = 60.0
FETCH_SECONDS = 900.0


@dataclass(frozen=True)
class Offer:
    """What the Hub or the cache has for a source, before its weights are downloaded.

    commit: 40 hexadecimal digits. files: to download, with sizes in bytes. folder: where they are after the download.
    title, kind, licence and card are the author's text, or substitutes, to be shown as plain text. visitor: whether it
    was offered to a visitor of the page.
    """

    source: Source
    commit: str
    files: tuple[HubFile, ...]
    folder: Path
    title: str
    kind: str
    licence: str
    card: str
    visitor: bool = False

    @property
    def total(self) -> int:
        """Total bytes."""
        return sum(file.size for file in self.files)

    @property
    def name(self) -> str:
        """`owner/name@commit`: always the same weights, without asking the Hub once they are downloaded."""
        return f"{self.source.repo}@{self.commit}"

    @property
    def is_downloaded(self) -> bool:
        """Whether nothing is left to download."""
        return all(download.is_cached(self.folder, file.name, file.size) for file in self.files)


@dataclass(frozen=True)
class Progress:
    """Bytes received, and bytes in total."""

    done: int
    total: int


def offer(
    source: Source,
    *,
    cancelled: threading.Event | None = None,
    limit_mb: float | None = None,
    visitor: bool = False,
) -> Offer:
    """The offer for a source. Asks the Hub, and downloads the config and the card, which are small.

    A commit in the cache is not requested again; and if the Hub cannot be asked, what was downloaded before is offered.
    limit_mb: the download limit in MB; PLAYGROUND_HUB_LIMIT_MB or 600 unless given.
    visitor: without the server's token (client.py), and within the quota (quota.py).
    HubError says why it is unavailable, not a checkpoint, or too large; Cancelled once `cancelled` is set.
    """
    limit = _limit(limit_mb)
    with Work(lambda stop: _offer(source, limit, stop, visitor), source, cancelled, ASK_SECONDS) as work:
        for _ in work.ticks():
            pass
        return work.result()


def fetch(
    offered: Offer, *, cancelled: threading.Event | None = None, seconds: float = FETCH_SECONDS
) -> Iterator[Progress]:
    """Download what is missing. Yields ten times a second; after the last value `offered.folder` is complete.

    Closing the iterator stops the download; the received part is kept, and the next call resumes. HubError says what
    went wrong, or that it took longer than `seconds`; Cancelled once `cancelled` is set.
    """
    total = offered.total
    done: dict[str, int] = {}

    def bring(stop: threading.Event) -> None:
        repo, commit = offered.source.repo, offered.commit
        if offered.visitor:
            quota.reserve(repo, commit, offered.files)
        else:
            quota.release(repo, commit)
        for file in offered.files:
            download.bring(repo, commit, file, stop, partial(done.__setitem__, file.name), offered.visitor)
        download.remember(repo, offered.source.revision, commit)

    shown = 0
    yield Progress(shown, total)
    with Work(bring, offered.source, cancelled, seconds) as work:
        for _ in work.ticks():
            shown = max(shown, sum(done.values()))  # a restarted transfer must not appear to shrink
            yield Progress(shown, total)
        work.result()
    yield Progress(total, total)


def _limit(limit_mb: float | None) -> float:
    """The download limit in bytes."""
    written = os.environ.get(LIMIT_NAME) or LIMIT_MB if limit_mb is None else limit_mb
    try:
        limit = float(written)
        if limit > 0:
            return limit * 1e6
    except ValueError:
        pass
    raise BadInput("hub.limit_setting", variable=LIMIT_NAME, value=repr(str(written)[:40]))


def _offer(source: Source, limit: float, stop: threading.Event, visitor: bool) -> Offer:
    found = in_cache(source, visitor)
    if found and found.commit == source.revision:
        return found
    try:
        source, commit, files = _list_files(source, stop, visitor)
    except Unreachable:
        if found:
            return found
        raise
    except Lacking as error:
        raise _elsewhere(source, error, limit, stop, visitor) from None
    return _within(source, commit, files, limit, stop, visitor)


def _list_files(source: Source, stop: threading.Event, visitor: bool) -> tuple[Source, str, tuple[HubFile, ...]]:
    """The source under its current name, its commit, and the files to download, from the Hub's listing."""
    source, info = lookup.look_up(source, visitor, stop)
    commit, files = listing.files_of(source, info, partial(_bring, source, stop, visitor))
    if visitor:
        visitors.ask_for(source.repo, commit, NEEDED[0], stop)
    return source, commit, files


def _bring(source: Source, stop: threading.Event, visitor: bool, commit: str, *small: HubFile) -> None:
    """Download small files that describe the others."""
    if visitor:
        quota.reserve(source.repo, commit, small)
    for file in small:
        download.bring(source.repo, commit, file, stop, lambda _: None, visitor)


def _within(
    source: Source, commit: str, files: tuple[HubFile, ...], limit: float, stop: threading.Event, visitor: bool
) -> Offer:
    """The offer of these files; HubError if they are too large in total, or of an unsupported kind."""
    total = sum(file.size for file in files)
    if total > limit:
        size, most = round(total / 1e6), round(limit / 1e6)
        raise HubError("hub.large", source=source, size=size, most=most, variable=LIMIT_NAME)
    _bring(source, stop, visitor, commit, *(file for file in files if file.name in ("config.json", CARD)))
    return _describe(source, commit, files, visitor)


def _elsewhere(source: Source, lacking: Lacking, limit: float, stop: threading.Event, visitor: bool) -> HubError:
    """The error for a source that lacks files, with a suggestion if another revision has the weights."""
    for other in listing.other_revisions(source, stop, visitor) if lacking.weights else ():
        try:
            other, commit, files = _list_files(other, stop, visitor)
        except Cancelled:
            raise
        except Unreachable:
            break
        except HubError:  # it lacks them too, or is gone
            continue
        _within(other, commit, files, limit, stop, visitor)  # raises if that revision cannot be opened either
        code = "hub.weights_in_request" if other.revision.startswith("refs/pr/") else "hub.weights_elsewhere"
        values = {"source": str(source), "file": shards.WEIGHTS, "revision": other.revision}
        return HubError(code, [str(other)], **values)
    return lacking


def in_cache(source: Source, visitor: bool = False) -> Offer | None:
    """The offer from the cache, if it is complete there and a visitor may read it (visitors.py)."""
    for likely in lookup.candidates(source):
        pinned = download.SHA1.fullmatch(likely.revision)
        commit = likely.revision if pinned else download.cached_commit(likely.repo, likely.revision)
        if commit is None or (visitor and not visitors.may_read(likely.repo, commit)):
            continue
        folder = download.snapshot(likely.repo, commit)
        if names := listing.kept_files(folder):
            files = tuple(HubFile(name, (folder / name).stat().st_size, "") for name in names)
            if visitor:
                quota.use(likely.repo, commit)
            return _describe(likely, commit, files, visitor)
    return None


def offer_on_disk(source: Source) -> Offer:
    """The offer of an earlier download, for a visitor; does not ask the Hub. UnknownModel if there is none."""
    if found := in_cache(source, visitor=True):
        return found
    raise UnknownModel("hub.not_here", source=source)


def _describe(source: Source, commit: str, files: tuple[HubFile, ...], visitor: bool) -> Offer:
    """The offer of a commit whose config and card are in the cache."""
    folder = download.snapshot(source.repo, commit)
    text = (folder / CARD).read_text("utf-8", errors="replace") if download.is_cached(folder, CARD) else ""
    config: Any = None
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        if gpt2.recognises(config):
            gpt2.translate(config)
            described = gpt2.describe(source.repo, text)
            config = {"kind": gpt2.KIND, "card": {"title": described.title, "licence": described.licence or UNKNOWN}}
        card = config["card"]
        title, kind, licence = card["title"], config["kind"], card["licence"]
        readable = all(isinstance(text, str) for text in (title, kind, licence))
    except BadCheckpoint as error:
        raise HubError("hub.unfit", source=source, problem=error) from None
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        readable = False
    if not readable:
        other = str(config["model_type"])[:40] if isinstance(config, dict) and "model_type" in config else ""
        if other:
            raise HubError("hub.other_type", source=str(source), type=repr(other), choice=CHOICE)
        raise HubError("hub.other_config", source=str(source), choice=CHOICE)
    return Offer(source, commit, files, folder, _text(title, 200), _text(kind, 40), _text(licence, 80), text, visitor)


def _text(written: str, limit: int) -> str:
    """The first characters of a config's text, with U+FFFD for lone surrogates, which JSON can hold and UTF-8
    cannot."""
    return replace_halves(written[:limit])
