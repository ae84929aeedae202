"""Generated calls: similar to what the page and programs send, and far from it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from playground.server.settings import DEFAULTS, link_name
from tests import stream

MODELS = ("shakespeare-ngram", "names-gru", "nietzsche-lstm", "korean-lstm", "lua-lstm")  # the fast ones
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD")
TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # with lone surrogates, which JSON can hold
PLAIN = st.text(max_size=30)
# Values at the edges of what is allowed, and beyond.
EDGES: st.SearchStrategy[Any] = st.sampled_from([
    *(None, True, False, 0, 1, -1, 2, 0.0, -0.0, 0.5, 1.0000001, 1e-300, 1e308, inf, -inf, nan),
    *(2_000, 2_001, 10_000, 2**31, 2**53 + 1, -(2**63), 2**64, 10**400, "inf", "-inf", "nan", "", " ", "0", "1e999"),
    *("none", "line", "end", "a:1", "#3:-inf", "#999999:1", "a:-inf,b:inf", "\\", "é", "한글", "ㅋㅋ", "\ud800", "\0"),
    *("\U0001f600" * 3, "x" * 30_000, "owner/name", "owner/name@main", "../../etc/passwd", "<script>", "gpt2"),
    *([], {}, [[]], [None], [0, 1, 2], [-1], [10**9], ["a"], {"a": {"b": []}}, {"0": "e"}, {"e": "-inf"}, {"#3": inf}),
])  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | EDGES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
VALUES = EDGES | JSON | st.sampled_from(MODELS)
NAMES = st.sampled_from([
    *("accept", "accept-encoding", "accept-language", "content-type", "cookie", "host", "if-none-match", "origin"),
    *("range", "referer", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-gradio-user", "x-hf-token"),
    *("authorization", "mcp-session-id", "mcp-protocol-version", "last-event-id", "access-control-request-method"),
])  # fmt: skip
SAID = st.sampled_from([
    *("", "*", "*/*", "gzip", "br", "text/html", "application/json", "application/json; charset=utf-16", "null"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "a=b; c", "POST"),
    *("http://localhost", "https://example.org:99999", "127.0.0.1", "[::1", "bytes=0-", "bytes=9-2", "1.2.3.4, 5.6.7"),
    *("https", "Bearer hf_x", "ko,en;q=x", "text/plain", "\x7f", "é".encode().decode("latin-1"), "x" * 2_000),
])  # fmt: skip
HEADERS = st.dictionaries(NAMES, SAID, max_size=3)


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: bytes | None = None
    query: Sequence[tuple[str, str]] = ()
    headers: dict[str, str] = field(default_factory=dict)


def settings(**values: Any) -> dict[str, Any]:
    return stream.settings(model="shakespeare-ngram", prompt="To be", length=12) | values


HAD = {"head": 2, "tail": 1, "between": "abc", "skipped": 0}
STREAM: dict[str, dict[str, Any]] = {
    "look": stream.asked(model="names-gru", prompt="Ann", bias="a:1", had=HAD),
    "write": stream.asked(settings=settings(), written=[1, 2], pick=None, again=[], light=False, had=None),
    "score": stream.asked(model="nietzsche-lstm", text="to be or not"),
    "search": stream.asked(settings=settings(), width=2, length=3, penalty=0.5, human="To be, or not"),
    "first": stream.asked(settings=settings(model="names-gru"), one="ma", other="chris", share=0.5),
    "pairs": stream.asked(model="names-gru", text="to be or not to be", source="text"),
    "translate": stream.asked(
        settings=settings(model="translate-luong"), text="I am here.", reference="Estoy.", width=2,
    ),
    "compare": stream.asked(model="names-gru", prompt="Ann", bias="a:1", had=None),
    "reach": stream.asked(model="names-gru", prompt="Ann", bias="", had=None),
    "evidence": stream.asked(model="shakespeare-ngram", prompt="To be", bias="", had=None),
    "average": stream.asked(model="names-gru", prompt="", bias="", had=None),
    "kept_average": stream.asked(model="shakespeare-ngram", prompt="", bias="", had=None),
    "costs": stream.asked(),
    "gradients": stream.asked(),
    "kept_costs": stream.asked(),
    "embeddings": stream.asked(model="shakespeare-bigram", prompt="", bias="", had=None),
    "temperatures": stream.asked(settings=settings(), written=[1], temperatures=[0.5, "inf"], seeds=1, had=None),
    "next_character": stream.asked(model="names-gru", prompt="Ann", left=1, written=[1, 2]),
    "gaps": stream.asked(model="shakespeare-masked", text="To be, or not", gaps=[1, 4]),
    "stretch": stream.asked(model="shakespeare-masked", settings={"temperature": 1}, prompt="To be", length=4),
    "classify": stream.asked(model="sentiment-en", text="Not bad"),
    "ask": stream.asked(text="gpt2"),
    "fetch": stream.asked(text="gpt2", name="openai-community/gpt2"),
}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "distribution": {
        "model": "names-gru", "prompt": "Ann", "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0,
        "start": True, "bias": {"a": 1},
    },
    "generate": {
        "model": "shakespeare-ngram", "prompt": "To be", "temperature": "inf", "top_k": 5, "top_p": 0.9, "min_p": 0.0,
        "seed": 1, "length": 12, "stop": "none", "start": True, "bias": "e:-inf", "picks": {"0": "e"},
    },
    "score": {"text": "To be", "model": "nietzsche-lstm", "start": True},
    "beam": {
        "model": "shakespeare-ngram", "prompt": "To be", "width": 3, "length": 4, "length_penalty": 0.5, "stop": "line",
        "start": True,
    },
    "compare": {"models": ["shakespeare-ngram", "names-gru"], "prompt": "Ann"},
    "next_character": {"model": "names-gru", "prompt": "Ann", "temperature": 0.5},
    "models": {},
    "fill": {"model": "shakespeare-masked", "text": "To be, or n_t to _e", "gap": "_", "temperature": 0.5},
    "translate": {
        "model": "translate-luong", "text": "I am here.", "temperature": 0.5, "seed": 1, "width": 0,
    },
    "classify": {"text": "Not bad", "model": "sentiment-en"},
    "temperatures": {
        "model": "names-gru", "prompt": "Ann", "temperatures": [0.2, "inf"], "seed": 1, "length": 12,
    },
}  # fmt: skip
MESSAGES: tuple[dict[str, Any], ...] = (
    {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    },
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
    {
        "jsonrpc": "2.0", "id": 3, "method": "tools/call",
        "params": {"name": "distribution", "arguments": ENDPOINTS["distribution"], "_meta": {"progressToken": 1}},
    },
    {"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "models", "arguments": {}}},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)  # fmt: skip
BY_MCP = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*at, key)
        yield from places(value[key], (*at, key))


@st.composite
def near(draw: st.DrawFn, value: dict[str, Any]) -> Any:
    """A value with up to three parts changed, removed or added."""
    made = copy.deepcopy(value)
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(made))
        *way, last = draw(st.sampled_from(found)) if found else ("more",)
        inside: Any = made
        for key in way:
            inside = inside[key]
        match draw(st.sampled_from(["other", "other", "other", "gone", "more"])):
            case "gone" if found:
                del inside[last]
            case "more" if isinstance(inside, dict):
                inside[draw(PLAIN)] = copy.deepcopy(draw(VALUES))  # which may be changed in turn
            case _ if isinstance(inside, dict) or found:
                inside[last] = copy.deepcopy(draw(VALUES))  # which may be changed in turn
    return made


def pack_json(value: Any) -> bytes:
    """JSON as sent, possibly non-standard: with NaN, and lone surrogates as escapes."""
    return json.dumps(value).encode()


def bodies(value: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Mostly similar ones; some of the others are invalid or truncated JSON."""
    made = near(value).map(pack_json)
    broken = st.tuples(made, st.integers(0, 200)).map(lambda both: both[0][: both[1]])
    deep = (b"[" * 50_000, b'{"a":' * 20_000)
    odd = st.sampled_from([b"", *deep, b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"null", b"1e999999"])
    return st.one_of(made, made, made, made, JSON.map(pack_json), broken, odd, st.binary(max_size=60))


@st.composite
def of_the_page(draw: st.DrawFn) -> Call:
    """A request over the stream."""
    given = DEFAULTS | {"model": "names-gru", "prompt": "Ann"}
    query = {link_name(name): str(value) for name, value in given.items()}
    name = draw(st.sampled_from(["open", "write", "look", *STREAM]))
    if name == "open":
        others = st.tuples(st.sampled_from([*query, "tab", "lang", "written"]), VALUES.map(str) | PLAIN)
        asked = draw(st.lists(st.sampled_from(list(query.items())) | others, max_size=6))
        asked = [(key, value.encode("utf-8", "replace").decode()[:5_000]) for key, value in asked]
        return Call("GET", draw(st.sampled_from(["/stream/open", "/stream/open", "/"])), query=asked)
    return Call("POST", f"/stream/{name}", draw(bodies(STREAM[name])), headers=draw(HEADERS))


@st.composite
def of_a_program(draw: st.DrawFn) -> Call:
    """A call of an endpoint: a list of values, values by name, or as gradio's clients do."""
    name = draw(st.sampled_from(list(ENDPOINTS)))
    values = draw(near(ENDPOINTS[name]))
    match draw(st.sampled_from(["list", "list", "names", "join", "run", "body"])):
        case "list":
            listed = list(values.values()) if isinstance(values, dict) else values
            return Call("POST", f"/gradio_api/call/{name}", pack_json({"data": listed}))
        case "names":
            return Call("POST", f"/gradio_api/call/v2/{name}", pack_json(values))
        case "join":
            joined = {
                "data": list(values.values()) if isinstance(values, dict) else [],
                "fn_index": draw(st.integers(-2, 40)),
                "session_hash": draw(st.none() | PLAIN),
                "event_data": None,
                "trigger_id": None,
            }
            return Call("POST", "/gradio_api/queue/join", pack_json(draw(near(joined))))
        case "run":
            return Call("POST", f"/gradio_api/run/{name}", pack_json({"data": []}))
        case _:
            body = draw(bodies({"data": list(ENDPOINTS[name].values())}))
            return Call("POST", f"/gradio_api/call/{name}", body, headers=draw(HEADERS))


@st.composite
def of_mcp(draw: st.DrawFn) -> Call:
    """A message of an MCP client."""
    body = draw(bodies(draw(st.sampled_from(MESSAGES))))
    headers = draw(st.just(BY_MCP) | HEADERS | HEADERS.map(lambda some: {**BY_MCP, **some}))
    return Call(draw(st.sampled_from(["POST"] * 6 + ["GET", "DELETE"])), "/gradio_api/mcp/", body, headers=headers)


SEGMENTS = st.sampled_from([
    *("score", "models", "page.js", "core/sampling.js", "..", "../app.py", "%2e%2e/%2e%2e/app.py", "%00", "%ff", "."),
    *("http://127.0.0.1:9/", "https://huggingface.co/", "/etc/passwd", "C:\\x", "512", "-1", "x" * 300, "a%2fb"),
]) | PLAIN.map(quote)  # fmt: skip
QUERIES = st.sampled_from(["session_hash", "page", "deep_link", "all_endpoints", "upload_id", "url", "__theme", "code"])


@st.composite
def of_a_route(draw: st.DrawFn, routes: Sequence[tuple[str, Sequence[str]]]) -> Call:
    """Any method on any route, ours and gradio's, with anything in its path parameters."""
    template, methods = draw(st.sampled_from(routes))
    path = ""
    for part in template.split("{"):
        name, closed, rest = part.partition("}")
        path += draw(SEGMENTS) + rest if closed else name
    if draw(st.integers(0, 9)) == 0:
        path = "/" + draw(SEGMENTS)
    method = draw(st.sampled_from([*methods] * 3 + [*METHODS]))
    query = draw(st.lists(st.tuples(QUERIES | PLAIN, PLAIN | SEGMENTS), max_size=3))
    body = draw(st.none() | JSON.map(pack_json) | st.binary(max_size=60)) if method not in ("GET", "HEAD") else None
    return Call(method, path, body, query, draw(HEADERS))
