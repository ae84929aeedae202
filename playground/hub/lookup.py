"""What the Hub has by a name: which repository that is now, which of its revisions, and what might be meant instead.

    source, info = look_up(Source("gpt2"), False, threading.Event())    # Source("openai-community/gpt2"), what it has

How a text is read as a source, refs.py says.
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
    """The source under the name that the Hub gives it, and what the Hub says of it.

    A name without an owner, and one that was changed, leads to the owner and the name of today. The errors are those
    of `client.ask`, with suggestions where another name may be meant; HubError, too, for an answer that is not
    the Hub's.
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
        raise error.suggesting(list(dict.fromkeys([*known, *found]))[: suggestions.MOST]) from error


def candidates(source: Source) -> list[Source]:
    """What a source may be, where the Hub is not asked: the likeliest first."""
    names = dict.fromkeys([suggestions.CANONICAL.get(source.repo.lower(), source.repo), source.repo])
    return [Source(name, revision) for name in names for revision in source.revisions()]


def _repo(info: ModelInfo) -> str:
    """The name that the Hub gives a repository. It becomes part of paths."""
    try:
        validate_repo_id(info.id)
    except HFValidationError as error:
        raise ValueError(str(error)) from None
    return info.id


def _revision(source: Source, visitor: bool) -> str:
    """The revision of a source: of those that it may be, the longest that the repository has."""
    if not source.rest:
        return source.revision
    with suppress(HfHubHTTPError, ValueError, KeyError, TypeError):  # a mirror may not know how to list them
        listed = client.api(visitor).list_repo_refs(source.repo)
        names = {ref.name for ref in (*listed.branches, *listed.tags)}
        return next((revision for revision in source.revisions() if revision in names), source.revision)
    return source.revision
