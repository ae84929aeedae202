"""Security headers: what the page may load and do, and which sites may show it in a frame.

The page loads nothing from another host, and the policy enforces it. Scripts are files of this server, and inline
scripts of the page as sent: the policy has a digest of each, so that none injected later runs. Gradio's HTML component
compiles each template and `js_on_load` to a function, and its core each event's `js`; our page depends on these, hence
'unsafe-eval'. It also writes styles into the page all the time, hence 'unsafe-inline' for styles.

Spaces of the Hub show the page in a frame. Other sites, such as a school's learning platform, are the owner's decision.
X-Frame-Options is not sent: it cannot hold a list, and browsers differ when both are sent.

Gradio decides which other sites' scripts may read an answer: any, except that a server addressed as localhost answers
only pages from localhost. As the page uses no cookies, they see what anybody sees.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.errors import BadInput
from playground.server.insertion import whole_pages

FRAMES_NAME = "PLAYGROUND_FRAME_HOSTS"
HUB = ("https://huggingface.co", "https://*.hf.space")
HOST = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:(\d+|\*))?", re.IGNORECASE)

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",  # a chart saved as a picture is drawn from one
    "font-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# Permissions that a page can request, and this one never does. The clipboard is not among them: links are copied.
NEVER_ASKED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone"),
    *("midi", "payment", "usb"),
)
OF_ALL = {"x-content-type-options": "nosniff"}
OF_PAGES = {
    "referrer-policy": "same-origin",  # the address contains the prompt, which other sites must not see
    "permissions-policy": ", ".join(f"{name}=()" for name in NEVER_ASKED),
}

# The tag before an inline script. One with a type is a module in a file, or data.
SCRIPT = re.compile(rb"<script(?![^>]*\s(?:src|type)=)[^>]*>")


def frame_hosts() -> Sequence[str]:
    """The sites that may show the page in a frame, besides its own: the Hub's, and those in PLAYGROUND_FRAME_HOSTS.

    The variable lists them separated by spaces, as `https://learn.example.org` or `https://*.example.org`; `*` is any
    site. BadInput for an invalid one.
    """
    written = os.environ.get(FRAMES_NAME, "").split()
    if wrong := [host for host in written if host != "*" and not HOST.fullmatch(host)]:
        raise BadInput("server.frames", variable=FRAMES_NAME, value=repr(wrong[0][:80]))
    return [*HUB, *written]


class SecurityHeaders:
    """ASGI middleware that adds them. It must be inside the compressing middleware, as it reads the page.

    frames: as from `frame_hosts`. Only pages get a policy: browsers ignore it on scripts and data, and a first visit
    requests sixty of those.
    """

    def __init__(self, app: ASGIApp, frames: Sequence[str] = HUB) -> None:
        self.app = app
        self.policy = POLICY | {"frame-ancestors": " ".join(["'self'", *frames])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _add_common(whole_pages(send, self._with_policy))
        await self.app(scope, receive, send)

    def _with_policy(self, html: bytes, headers: MutableHeaders) -> bytes:
        headers.update(OF_PAGES | {"content-security-policy": self.policy_of(html)})
        return html

    def policy_of(self, html: bytes) -> str:
        """The policy of a page: its own scripts may run."""
        scripts = " ".join([self.policy["script-src"], *dict.fromkeys(digests(html))])
        return "; ".join(f"{name} {value}" for name, value in (self.policy | {"script-src": scripts}).items())


def _add_common(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(OF_ALL)
        await send(message)

    return add


def digests(html: bytes) -> Iterator[str]:
    """The policy entry for each inline script in HTML."""
    end = 0
    while begin := SCRIPT.search(html, end):
        # Not by one expression for both tags, which would examine each character between: the page has 180,000.
        end = html.find(b"</script>", begin.end())
        if end < 0:
            return
        code = html[begin.end() : end]
        yield f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'"
