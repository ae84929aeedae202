"""Security headers: what the page may load and do, and which sites may show it in a frame.

The page loads nothing from another host, and the browser is told to see to that. Scripts are files of this server, and
those that stand in the page as it was sent: the policy has a digest of each, so that none that gets in later runs.
Gradio's HTML component makes a function of each template and each `js_on_load`, and its core one of each event's `js`;
all of our page hangs on these, hence 'unsafe-eval'. And it writes styles into the page all the time, hence
'unsafe-inline' for these.

Spaces of the Hub show the page in a frame. Who else may, such as the learning platform of a school, is the owner's to
say. X-Frame-Options is not sent: it knows no list, and where it stands beside one browsers differ.

Gradio decides itself which other sites' scripts may read an answer: any, but a server that is asked as localhost
answers only pages of localhost. As the page knows no cookies, they see what anybody sees.
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
    "img-src": "'self' data: blob:",  # a chart that is saved as a picture is drawn from one
    "font-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# What a page can ask a person for, and this one never does. The clipboard is not among it: links are copied.
NEVER_ASKED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone"),
    *("midi", "payment", "usb"),
)
OF_ALL = {"x-content-type-options": "nosniff"}
OF_PAGES = {
    "referrer-policy": "same-origin",  # the address holds the prompt, which is no other site's business
    "permissions-policy": ", ".join(f"{name}=()" for name in NEVER_ASKED),
}

# The tag before a script with code of its own. One with a type is a module of a file, or data.
SCRIPT = re.compile(rb"<script(?![^>]*\s(?:src|type)=)[^>]*>")


def frame_hosts() -> Sequence[str]:
    """The sites that may show the page in a frame, beside its own: those of the Hub, and of PLAYGROUND_FRAME_HOSTS.

    There they stand with spaces between them, as `https://learn.example.org` or `https://*.example.org`; `*` is any
    site. BadInput where one of them is none.
    """
    written = os.environ.get(FRAMES_NAME, "").split()
    if wrong := [host for host in written if host != "*" and not HOST.fullmatch(host)]:
        raise BadInput("server.frames", variable=FRAMES_NAME, value=repr(wrong[0][:80]))
    return [*HUB, *written]


class SecurityHeaders:
    """ASGI middleware that adds them. It stands inside what compresses, as it reads the page.

    frames: as `frame_hosts` gives them. Only a page gets a policy: of a script or of numbers no browser reads one, and
    a first visit asks for sixty of those.
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
    """Of each script in HTML that has code of its own, what allows it in a policy."""
    end = 0
    while begin := SCRIPT.search(html, end):
        # Not by one expression for both tags, which would look at each letter between: the page has 180,000.
        end = html.find(b"</script>", begin.end())
        if end < 0:
            return
        code = html[begin.end() : end]
        yield f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'"
