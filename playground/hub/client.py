"""One request to the Hugging Face Hub: endpoint, retries and error messages.

Every error of the library, the network or the disk becomes one sentence that says what the user can do. This module
does not know what is requested.

The server's owner uses the server's token. Visitors of the page do not, unless the owner set
PLAYGROUND_HUB_TOKEN=visitors.

HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN and PLAYGROUND_HUB_TOKEN are read at each call.
"""

import errno
import os
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Literal, TypeVar

import httpx2
from huggingface_hub import HfApi, constants, get_session, get_token
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from playground.errors import BadInput, Cancelled, HubError, NotOnHub, Unreachable
from playground.words import message

BACKOFF = (1.0, 3.0, 8.0)  # seconds to wait before each further try
LONGEST_WAIT = 30.0  # seconds, however long the Hub asks to wait
PATIENCE = 10.0  # seconds that a connection may be silent
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
LOG_IN = message("hub.log_in")
TOKEN_NAME = "PLAYGROUND_HUB_TOKEN"
SHARED = "visitors"  # the value that lets visitors use the server's token too
ALLOW = message("hub.allow", setting=f"{TOKEN_NAME}={SHARED}")

Answer = TypeVar("Answer")


def endpoint() -> str:
    """The Hub's address, without a slash at the end."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def offline() -> bool:
    """Whether the user forbids requests to the Hub."""
    wish = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return wish.upper() in constants.ENV_VARS_TRUE_VALUES or constants.is_offline_mode()


def shares_token() -> bool:
    """Whether the owner lets visitors use the server's token. BadInput for an invalid value."""
    written = os.environ.get(TOKEN_NAME, "")
    if written not in ("", SHARED):  # the value is not shown: it may be a token
        raise BadInput("hub.token_setting", variable=TOKEN_NAME, word=repr(SHARED))
    return written == SHARED


def token(visitor: bool) -> Literal[False] | None:
    """The `token` argument for `huggingface_hub`: None for the server's, if it has one; False for no token at all."""
    return False if visitor and not shares_token() else None


def api(visitor: bool) -> HfApi:
    """The library's API client, with the token that `visitor` allows."""
    # The library's session has no timeout for a silent Hub, and not every call accepts one.
    get_session().timeout = PATIENCE
    return HfApi(endpoint=endpoint(), token=token(visitor))


def ask(
    what: str,
    ask: Callable[[], Answer],
    stop: threading.Event,
    moved: Callable[[], int] = lambda: 0,
    *,
    visitor: bool = False,
    waits: Sequence[float] | None = None,
) -> Answer:
    """The result of `ask()`, which is retried while the Hub is busy or the connection breaks.

    The count of tries restarts whenever `moved()` has grown. visitor: whose request it is, for the error message.
    waits: seconds before each further try; BACKOFF unless given. HubError, naming `what`, when there is no answer;
    Cancelled when `stop` is set meanwhile.
    """
    if offline():
        raise error_for(what, OfflineModeIsEnabled(), visitor)
    backoff = BACKOFF if waits is None else waits
    left, reached = list(backoff), moved()
    while True:
        try:
            return ask()
        except (httpx2.HTTPError, OSError) as error:
            if moved() > reached:
                left, reached = list(backoff), moved()
            if not left or not _passing(error):
                raise error_for(what, error, visitor) from error
            if stop.wait(max(left.pop(0), _retry_after(error))):
                raise Cancelled("hub.cancelled") from None


def error_for(what: str, error: Exception, visitor: bool = False) -> HubError:
    """The sentence for an error of the library, the network or the disk."""
    status = _status(error)
    if token(visitor) is False:
        if isinstance(error, GatedRepoError):
            return HubError("hub.gated_visitor", name=what, advice=ALLOW)
        if status == HTTPStatus.FORBIDDEN:
            return HubError("hub.hidden_visitor", name=what, advice=ALLOW)
        if isinstance(error, OfflineModeIsEnabled):
            return Unreachable("hub.offline_visitor", name=what)
    if isinstance(error, GatedRepoError):
        page = f"{endpoint()}/{what}"
        if get_token():
            return HubError("hub.gated_token", name=what, page=page)
        return HubError("hub.gated", name=what, page=page, advice=LOG_IN)
    if isinstance(error, RevisionNotFoundError):
        return HubError("hub.no_revision", name=what)
    if isinstance(error, EntryNotFoundError):
        return HubError("hub.no_file", name=what)
    if status == HTTPStatus.NOT_FOUND and token(visitor) is None:
        return NotOnHub("hub.not_readable", name=what, advice=LOG_IN)
    if status == HTTPStatus.UNAUTHORIZED and token(visitor) is None and get_token():
        return HubError("hub.bad_token")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND) or isinstance(error, RepositoryNotFoundError):
        advice = LOG_IN if token(visitor) is None else ALLOW
        return NotOnHub("hub.not_found", name=what, advice=advice)
    if status == HTTPStatus.FORBIDDEN:
        return HubError("hub.no_right", name=what, advice=LOG_IN)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unreachable("hub.busy")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable("hub.trouble", status=status)
    if status:
        return HubError("hub.refused", name=what, status=status)
    if isinstance(error, OfflineModeIsEnabled):
        return Unreachable("hub.offline", name=what)
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable("hub.silent", seconds=PATIENCE)
    if isinstance(error, httpx2.ConnectError):
        return Unreachable("hub.unreachable")
    if isinstance(error, httpx2.HTTPError):
        return Unreachable("hub.broken")
    if isinstance(error, OSError) and error.errno in FULL:
        return HubError("hub.disk_full")
    return HubError("hub.cache_locked")


def no_hub() -> HubError:
    """The error for an answer that cannot come from the Hub."""
    return HubError("hub.no_hub", address=endpoint())


def _passing(error: Exception) -> bool:
    """Whether the error is transient: a retry may succeed."""
    if isinstance(error, HfHubHTTPError):
        return _status(error) in (408, 429) or _status(error) >= 500
    # No connection at all is reported at once: waiting would not help, and the cache may.
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.ConnectError)


def _retry_after(error: Exception) -> float:
    """The seconds that the Hub asks to wait, capped."""
    wish = error.response.headers.get("Retry-After", "") if isinstance(error, HfHubHTTPError) else ""
    return min(float(wish), LONGEST_WAIT) if wish.isdecimal() else 0.0


def _status(error: Exception) -> int:
    return error.response.status_code if isinstance(error, HfHubHTTPError) else 0
