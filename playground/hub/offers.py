"""From a source on the Hub to a checkpoint's folder: what there is of it is asked first, then it is fetched.

    offered = offer(Source("owner/name"))    # its commit, title, licence and size; only small files are fetched
    for progress in fetch(offered): ...      # then offered.folder holds a checkpoint's files

Which files these are, listing.py says: no pickle, no code. They are only carried here: whether they fit together,
library.py says. A config.json is either this playground's or of GPT-2's family, which has no title or licence in
it: gpt2.py says what takes their place. How one file is carried is in download.py.
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
    """What the Hub, or the cache, has of a source, before its weights are fetched.

    commit: 40 hexadecimal digits. files: what is fetched, with sizes in bytes. folder: where they are once
    fetched. title, kind, licence and card are what its author wrote, or what stands for it: text, to be
    shown as text. visitor: whether it was offered to a visitor of the page.
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
        """Bytes in all."""
        return sum(file.size for file in self.files)

    @property
    def name(self) -> str:
        """`owner/name@commit`: always the same weights, and no question to the Hub once they are fetched."""
        return f"{self.source.repo}@{self.commit}"

    @property
    def kept(self) -> bool:
        """Whether nothing is left to fetch."""
        return all(download.kept(self.folder, file.name, file.size) for file in self.files)


@dataclass(frozen=True)
class Progress:
    """Bytes that are here, and bytes in all."""

    done: int
    total: int


def offer(
    source: Source,
    *,
    cancelled: threading.Event | None = None,
    limit_mb: float | None = None,
    visitor: bool = False,
) -> Offer:
    """What there is of a source. Asks the Hub, and fetches the config and the card, which are small.

    A commit that is in the cache is not asked for again; and when the Hub cannot be asked, what was fetched
    before is offered. limit_mb: the most to fetch, in MB; PLAYGROUND_HUB_LIMIT_MB or 600 unless given.
    visitor: without the server's token (client.py), and within the quota (quota.py).
    HubError says why it cannot be had, or that it is no checkpoint or too large; Cancelled once that is set.
    """
    limit = _limit(limit_mb)
    with Work(lambda stop: _offer(source, limit, stop, visitor), source, cancelled, ASK_SECONDS) as work:
        for _ in work.ticks():
            pass
        return work.result()


def fetch(
    offered: Offer, *, cancelled: threading.Event | None = None, seconds: float = FETCH_SECONDS
) -> Iterator[Progress]:
    """Fetch what is not here yet. Yields ten times a second; after the last value `offered.folder` is complete.

    Who stops reading stops the fetching; what has come stays, and the next time goes on from there.
    HubError says what went wrong, or that it took longer than `seconds`; Cancelled once that is set.
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
            shown = max(shown, sum(done.values()))  # a transfer that began anew is not shown to shrink
            yield Progress(shown, total)
        work.result()
    yield Progress(total, total)


def _limit(limit_mb: float | None) -> float:
    """The most bytes to fetch."""
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
    """The source under its name of today, its commit, and the files to fetch, as the Hub says."""
    source, info = lookup.look_up(source, visitor, stop)
    commit, files = listing.files_of(source, info, partial(_bring, source, stop, visitor))
    if visitor:
        visitors.ask_for(source.repo, commit, NEEDED[0], stop)
    return source, commit, files


def _bring(source: Source, stop: threading.Event, visitor: bool, commit: str, *small: HubFile) -> None:
    """Fetch small files, which tell of the others."""
    if visitor:
        quota.reserve(source.repo, commit, small)
    for file in small:
        download.bring(source.repo, commit, file, stop, lambda _: None, visitor)


def _within(
    source: Source, commit: str, files: tuple[HubFile, ...], limit: float, stop: threading.Event, visitor: bool
) -> Offer:
    """The offer of these files; HubError where they are too large in all, or of another kind."""
    total = sum(file.size for file in files)
    if total > limit:
        size, most = round(total / 1e6), round(limit / 1e6)
        raise HubError("hub.large", source=source, size=size, most=most, variable=LIMIT_NAME)
    _bring(source, stop, visitor, commit, *(file for file in files if file.name in ("config.json", CARD)))
    return _describe(source, commit, files, visitor)


def _elsewhere(source: Source, lacking: Lacking, limit: float, stop: threading.Event, visitor: bool) -> HubError:
    """The error for a source that lacks something, with a suggestion where another revision has the weights."""
    for other in listing.other_revisions(source, stop, visitor) if lacking.weights else ():
        try:
            other, commit, files = _list_files(other, stop, visitor)
        except Cancelled:
            raise
        except Unreachable:
            break
        except HubError:  # it lacks them too, or is gone
            continue
        _within(other, commit, files, limit, stop, visitor)  # where it cannot be shown either, this says why
        code = "hub.weights_in_request" if other.revision.startswith("refs/pr/") else "hub.weights_elsewhere"
        values = {"source": str(source), "file": shards.WEIGHTS, "revision": other.revision}
        return HubError(code, [str(other)], **values)
    return lacking


def in_cache(source: Source, visitor: bool = False) -> Offer | None:
    """What the cache has of a source, when it has all of it, and a visitor may have it (visitors.py)."""
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


def here(source: Source) -> Offer:
    """What was downloaded of a source before, for a visitor; the Hub is not asked. UnknownModel if there is nothing."""
    if found := in_cache(source, visitor=True):
        return found
    raise UnknownModel("hub.not_here", source=source)


def _describe(source: Source, commit: str, files: tuple[HubFile, ...], visitor: bool) -> Offer:
    """The offer of a commit whose config and card are here."""
    folder = download.snapshot(source.repo, commit)
    text = (folder / CARD).read_text("utf-8", errors="replace") if download.kept(folder, CARD) else ""
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
    """The first characters of what a config says, with "?" for half of one, which JSON can hold and no text can."""
    return written[:limit].encode("utf-8", "replace").decode("utf-8")
