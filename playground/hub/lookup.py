"""Looks a name up on the Hub: the repository's current name, the revision, and suggestions if there is none.

    source, info = look_up(Source("gpt2"), False, threading.Event())    # Source("openai-community/gpt2"), what it has

refs.py parses a text as a source.
"""

import threading
from contextlib import suppress
from dataclasses import replace

from huggingface_hub import ModelInfo
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # public, but not marked as exported

from playground.errors import NotOnHub, Unreachable
from playground.hub import client, suggestions
from playground.hub.refs import Source


def look_up(source: Source, visitor: bool, stop: threading.Event) -> tuple[Source, ModelInfo]:
    """The source under its current name, and the Hub's listing.

    A name without an owner, or a former name, resolves to the current owner and name. Raises the errors of
    `client.ask`, with suggestions if another name may be meant; HubError also if the answer cannot come from the Hub.
    """

    def ask() -> tuple[Source, ModelInfo]:
        found = replace(source, revision=_revision(source, visitor), rest="")
        api, wait = client.api(visitor), client.PATIENCE
        info = api.model_info(source.repo, revision=found.revision, files_metadata=True, timeout=wait)
        return replace(found, repo=_repo(info)), info

    try:
        return client.ask(source.repo, ask, stop, visitor=visitor)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise client.no_hub() from None
    except Unreachable as error:
        raise error.suggesting(() if source.owned else suggestions.canonical(source.repo)) from error
    except NotOnHub as error:
        found = suggestions.on_hub(source.repo, visitor, stop)
        own = [name for name in found if name.lower().startswith(f"{source.repo.lower()}/")]
        if own:
            raise NotOnHub("hub.user", own, name=source.repo) from error
        known = suggestions.canonical(source.repo.rpartition("/")[2])
        raise error.suggesting(list(dict.fromkeys([*known, *found]))[: suggestions.MAX_SUGGESTIONS]) from error


def candidates(source: Source) -> list[Source]:
    """The possible sources, without asking the Hub: likeliest first."""
    names = dict.fromkeys([suggestions.CANONICAL.get(source.repo.lower(), source.repo), source.repo])
    return [Source(name, revision) for name in names for revision in source.revisions()]


def _repo(info: ModelInfo) -> str:
    """The Hub's name for a repository. It is checked because it becomes part of paths."""
    try:
        validate_repo_id(info.id)
    except HFValidationError as error:
        raise ValueError(str(error)) from None
    return info.id


def _revision(source: Source, visitor: bool) -> str:
    """The revision of a source: the longest candidate that the repository has."""
    if not source.rest:
        return source.revision
    with suppress(HfHubHTTPError, ValueError, KeyError, TypeError):  # a mirror may not support listing them
        listed = client.api(visitor).list_repo_refs(source.repo)
        names = {ref.name for ref in (*listed.branches, *listed.tags)}
        return next((revision for revision in source.revisions() if revision in names), source.revision)
    return source.revision
