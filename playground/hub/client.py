"""One question to the Hugging Face Hub: where it is put, how often it is tried, and what is said when it fails.

Every error of the library, the network or the disk becomes one sentence here, which says what the person can do.
This module does not know what is asked.

The owner of the server asks with the token of the server. A visitor of the page asks without it, unless the owner
wrote PLAYGROUND_HUB_TOKEN=visitors.

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

BACKOFF = (1.0, 3.0, 8.0)  # seconds to wait before each further try
LONGEST_WAIT = 30.0  # seconds, however long the Hub asks to wait
PATIENCE = 10.0  # seconds that a connection may be silent
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
LOG_IN = "log in with `hf auth login`, or set HF_TOKEN, and start the playground again"
TOKEN_NAME = "PLAYGROUND_HUB_TOKEN"
SHARED = "visitors"  # the value with which the server's token serves visitors too
ALLOW = f"the owner of this server can let visitors use the server's token, with {TOKEN_NAME}={SHARED}"

Answer = TypeVar("Answer")


def endpoint() -> str:
    """Where the Hub is, without a slash at the end."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def offline() -> bool:
    """Whether the person wants no question asked to the Hub."""
    wish = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return wish.upper() in constants.ENV_VARS_TRUE_VALUES or constants.is_offline_mode()


def shares_token() -> bool:
    """Whether the owner lets visitors ask with the server's token. BadInput for a value that is none."""
    written = os.environ.get(TOKEN_NAME, "")
    if written not in ("", SHARED):  # it is not shown: it may be a token
        raise BadInput(f"{TOKEN_NAME} must be the word {SHARED!r}, or not be set.")
    return written == SHARED


def token(visitor: bool) -> Literal[False] | None:
    """What `huggingface_hub` takes as `token`: None for the server's, if it has one; False for no token at all."""
    return False if visitor and not shares_token() else None


def api(visitor: bool) -> HfApi:
    """The library's calls to the Hub, with the token that `visitor` allows."""
    # The library's session waits without end for a Hub that is silent, and not every call takes a timeout.
    get_session().timeout = PATIENCE
    return HfApi(endpoint=endpoint(), token=token(visitor))


def asked(
    what: str,
    ask: Callable[[], Answer],
    stop: threading.Event,
    moved: Callable[[], int] = lambda: 0,
    *,
    visitor: bool = False,
    waits: Sequence[float] | None = None,
) -> Answer:
    """The answer to `ask()`, which is tried again while the Hub is busy or the connection breaks.

    The tries are counted anew whenever `moved()` has grown. visitor: whose question it is, for the sentence. waits:
    seconds before each further try; BACKOFF unless given. HubError, with `what` in it, when there is no answer;
    Cancelled when `stop` is set meanwhile.
    """
    if offline():
        raise said(what, OfflineModeIsEnabled(), visitor)
    backoff = BACKOFF if waits is None else waits
    left, reached = list(backoff), moved()
    while True:
        try:
            return ask()
        except (httpx2.HTTPError, OSError) as error:
            if moved() > reached:
                left, reached = list(backoff), moved()
            if not left or not _passing(error):
                raise said(what, error, visitor) from error
            if stop.wait(max(left.pop(0), _wished(error))):
                raise Cancelled from None


def said(what: str, error: Exception, visitor: bool = False) -> HubError:
    """The sentence for an error of the library, the network or the disk."""
    status = _status(error)
    if token(visitor) is False:
        if isinstance(error, GatedRepoError):
            return HubError(f"{what} is gated, and visitors of this page ask the Hub without an account: {ALLOW}.")
        if status == HTTPStatus.FORBIDDEN:
            return HubError(f"The Hub does not show {what} to visitors without an account: {ALLOW}.")
        if isinstance(error, OfflineModeIsEnabled):
            return Unreachable(f"{what} was not opened on this page before, and HF_HUB_OFFLINE forbids to ask the Hub.")
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
    if status == HTTPStatus.NOT_FOUND and token(visitor) is None:
        return NotOnHub(f"The Hub has no {what} that you may read: check the name. If it is private, {LOG_IN}.")
    if status == HTTPStatus.UNAUTHORIZED and token(visitor) is None and get_token():
        return HubError("The Hub does not know your token: log in anew with `hf auth login`, or set HF_TOKEN anew.")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND) or isinstance(error, RepositoryNotFoundError):
        advice = f"If it is private, {LOG_IN}." if token(visitor) is None else f"If it is private: {ALLOW}."
        return NotOnHub(f"{what} is private, or not on the Hub: check the name. {advice}")
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


def no_hub() -> HubError:
    """The sentence for an answer that the Hub would not give."""
    return HubError(f"{endpoint()} does not answer as the Hub does: check HF_ENDPOINT, or unset it.")


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
