"""Parses typed or pasted text as a source on the Hub: a name, an address, or a line of code with either in it.

    parse("https://huggingface.co/owner/name/tree/v1.0")    # Source("owner/name", "v1.0")
    parse('AutoModel.from_pretrained("owner/name")')        # Source("owner/name")
    parse("gpt2")                                           # Source("gpt2"): the Hub knows the owner

Only parses; lookup.py asks the Hub whether it exists.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # public, but not marked as exported

from playground.errors import BadInput
from playground.hub import client
from playground.text import unicode_text
from playground.words import message

# hf-mirror.com serves the Hub's models under the same names.
HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co", "hf-mirror.com")
REVISION = re.compile(r"(?!.*(\.\.|//|/\.|\.lock$|/$))[A-Za-z0-9_][\w./+-]{0,199}", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
# What follows owner/name in an address: pages with a revision, and others.
PAGES = ("tree", "blob", "resolve", "raw", "commit", "commits", "edit", "delete", "blame", "upload", "new", "revision")
OTHER_PAGES = ("discussions", "settings", "refs", "compare", "colab", "kaggle")
OF_A_USER = ("models", "datasets", "spaces", "collections", "papers", "activity", "likes", "followers", "following")
NO_MODELS = {
    "datasets": "refs.a_dataset",
    "spaces": "refs.a_space",
    "buckets": "refs.a_bucket",
    "kernels": "refs.a_kernel",
    "collections": "refs.a_collection",
    "papers": "refs.a_paper",
    "organizations": "refs.an_organisation",
    **dict.fromkeys(("docs", "learn", "blog", "posts", "tasks", "changelog"), "refs.a_text"),
    **dict.fromkeys(("search", "settings", "join", "login", "new", "pricing", "chat"), "refs.a_page"),
}
PREFIXES = ("models", "model", "huggingface", "hf")  # before owner/name, as some programs write it
ADVICE = message("refs.advice")
LONGEST = 2_000  # characters that are parsed

SCHEME = re.compile(r"\b([a-z][a-z+]{1,9})://([^\s\"'`<>|\\^{}\[\]()]+)", re.IGNORECASE)
SECURE_COPY = re.compile(r"\bgit@([\w.-]+):([^\s\"'`<>]+)", re.IGNORECASE)
QUOTED = re.compile(r"""(["'`])([^"'`]+)\1""")
REVISION_SAID = re.compile(r"""\brevision[\s=]+["']?([\w./+-]+)["']?""")
# What precedes a name in code; a name without an owner is accepted only there.
CODE = re.compile(r"(from_pretrained|pipeline|load\w*|repo_id|model\w*|checkpoint|name_or_path)\W*[(=,]", re.IGNORECASE)
PROGRAMS = ("git", "hf", "huggingface-cli", "ollama", "vllm", "transformers", "transformers-cli", "litgpt")
END = re.compile(r"(?<![./])[.,;:!?]+$")
AROUND = "\"'`“”‘’„‚«»‹›<>()[]{}|*"
PATH = re.compile(r"(file:|~|\.{1,2}([\\/]|$)|[\\/]|[A-Za-z]:[\\/])", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A repository of models on the Hub, and one of its branches, tags or commits.

    repo: `owner/name`, or a name without an owner, as the Hub's oldest models have. rest: what followed the revision in
    an address; some of it may belong to the revision, which may contain slashes.
    """

    repo: str
    revision: str = "main"
    rest: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.repo if self.revision == "main" else f"{self.repo}@{self.revision}"

    @property
    def owned(self) -> bool:
        """Whether the name includes its owner."""
        return "/" in self.repo

    def revisions(self) -> list[str]:
        """The possible revisions, longest first."""
        longer, found = self.revision, [self.revision]
        for part in self.rest.split("/")[:20]:
            longer = f"{longer}/{part}"
            if part and REVISION.fullmatch(longer):
                found.insert(0, longer)
        return found


def parse(text: str) -> Source | None:
    """The source that a text names; see the module for the accepted forms.

    None if it is not a Hub name; BadInput if it is one but not a model's, or has an invalid revision.
    """
    text = clean(text[:LONGEST])
    name = unwrap(text)
    if is_path(text):
        return None
    text, name = text.replace("\\", "/"), name.replace("\\", "/")
    if (place := _address(text)) is not None:
        return _of_address(*place)
    revision = None
    if re.search(r"[\s\"'`=(]", name):  # code, or a command
        if said := REVISION_SAID.search(text):
            text, revision = text.replace(said[0], ""), said[1]
        name = _within(text) or name
    parts = re.split(r"[?#]", name, maxsplit=1)[0].removesuffix("/").split("/")
    if parts[0].startswith("models--"):  # a folder of the library's cache
        parts = parts[0].split("--")[1:]
    return _of_name(parts, revision)


def clean(text: str) -> str:
    """A text without invisible characters, with characters and white space normalised."""
    text = unicodedata.normalize("NFKC", text).replace("\\/", "/")
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or not unicode_text.is_control(c)).strip()


def unwrap(text: str) -> str:
    """A text without quotes, brackets or a full stop around a name, and without spaces beside its slashes."""
    before = None
    while before != text:
        before, text = text, END.sub("", text.strip().strip(AROUND))
    return re.sub(r"\s*([/\\])\s*", r"\1", text)


def is_path(text: str) -> bool:
    """Whether a text names a file or folder on disk, which no Hub name does."""
    return PATH.match(unwrap(clean(text))) is not None


def inside(text: str) -> list[str]:
    """Each `owner/name` that is a word of a text, or starts one, if the text as a whole names no source."""
    parts = [unwrap(word).split("/")[:2] for word in clean(text[:LONGEST]).split() if not is_path(word)]
    return [repo for owner, *name in parts if name and (repo := _check(f"{owner}/{name[0].partition('@')[0]}"))]


def _address(text: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path of the first address in a text; None if there is none."""
    if found := SCHEME.search(text):
        try:
            address = urlsplit(f"{found[1].lower()}://{END.sub('', found[2])}")
            return address.scheme, (address.hostname or "").lower(), address.port, f"{address.netloc}{address.path}"
        except ValueError:
            return found[1].lower(), "", None, ""
    if found := SECURE_COPY.search(text):
        return "ssh", found[1].lower(), None, f"{found[1]}/{found[2]}"
    for word in text.split():
        place = re.split(r"[?#]", unwrap(word), maxsplit=1)[0]
        host, slash, _ = place.lower().partition("/")
        if slash and _is_hub(host.partition(":")[0], None, loose=True):
            return "https", host.partition(":")[0], None, place
    return None


def _of_address(scheme: str, host: str, port: int | None, place: str) -> Source | None:
    """The source that an address names. place: what follows its scheme."""
    if scheme == "hf":
        return _of_name(place.removesuffix("/").split("/"), None, deep=True)
    if scheme not in ("http", "https", "ssh", "git") or not host:
        return None
    if host.endswith(".hf.space"):
        raise BadInput("refs.other", what=message("refs.a_space"), advice=ADVICE)
    if not _is_hub(host, port, loose=port is None or scheme in ("ssh", "git")):
        raise BadInput("refs.other_host", host=host[:80], advice=ADVICE)
    return _of_path(place.partition("/")[2])


def _is_hub(host: str, port: int | None, loose: bool = False) -> bool:
    """Whether a host is the Hub or a mirror. loose: whatever the port."""
    if host in HOSTS:
        return True
    try:
        own = urlsplit(client.endpoint())
        return host == own.hostname and (loose or port == own.port)
    except ValueError:
        return False


def _of_path(path: str) -> Source | None:
    """The source named by the path of a Hub address."""
    prefix = urlsplit(client.endpoint()).path.strip("/")
    path = path.strip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(f"{prefix}/")
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"]:
        parts = parts[2:] if parts[1:2] == ["resolve-cache"] else parts[1:]
    if parts and "%2f" in parts[0].lower():
        parts[:1] = unquote(parts[0]).split("/")
    if parts[:1] == ["models"]:
        if len(parts) == 1:
            raise BadInput("refs.list", advice=ADVICE)
        parts = parts[1:]
    _refuse_others(parts)
    if not parts:
        return None
    if len(parts) == 1 or parts[1] in (*PAGES, *OTHER_PAGES, *OF_A_USER):  # a name without an owner, or a user
        return _of_parts(_check(parts[0]), parts[1:])
    return _of_parts(_check(f"{parts[0]}/{parts[1]}"), parts[2:])


def _of_parts(repo: str | None, after: list[str]) -> Source | None:
    """The source of a repository's page. after: the parts of its address that follow the name."""
    if repo is None:
        return None
    if after and COMMIT.fullmatch(after[0]):  # from the API's cache
        return Source(repo, after[0])
    if after[:1] == ["discussions"] and after[2:3] == ["files"] and after[1].isdecimal():
        return Source(repo, f"refs/pr/{after[1]}")  # only a pull request has files
    if len(after) < 2 or after[0] not in PAGES:
        return Source(repo)
    first, rest = unquote(after[1]), after[2:]
    if first == "refs" and len(rest) > 1:
        first, rest = "/".join([first, *rest[:2]]), rest[2:]
    sure = first == "main" or "/" in first or COMMIT.fullmatch(first)
    return Source(repo, _sound(first, repo), "" if sure else unquote("/".join(rest)))


def _of_name(parts: list[str], revision: str | None, deep: bool = False) -> Source | None:
    """The source of `owner/name@revision` or `name@revision`, or of a page of it. deep: a file's path may follow."""
    if len(parts) > 2 and parts[0].lower() in PREFIXES:
        parts = parts[1:]
    if len(parts) > 1:
        _refuse_others(parts)
    owner = f"{parts[0]}/" if len(parts) > 1 and parts[1] not in PAGES and "@" not in parts[0] else ""
    named, *after = parts[1:] if owner else parts
    name, at, said = named.partition("@")
    repo = _check(unquote(f"{owner}{name}"))
    if repo is None or (after and not at and not deep and after[0] not in PAGES):
        return None
    if not at:
        return Source(repo, _sound(revision, repo)) if revision else _of_parts(repo, after)
    if not said:
        raise BadInput("refs.empty_revision")
    if deep:
        return _of_parts(repo, ["tree", said, *after])
    return Source(repo, _sound(unquote("/".join([said, *after])), repo))


def _within(text: str) -> str | None:
    """The name in a line of code or a command, if there is one."""
    for _, quoted in QUOTED.findall(text):
        if "/" in quoted and " " not in quoted and not is_path(quoted):
            return str(quoted)
    if (code := CODE.search(text)) and (found := QUOTED.search(text, code.start())):
        return found[2]
    words = text.split()
    if words and words[0] in PROGRAMS:
        return next((word for word in words[1:] if "/" in word and not is_path(word)), None)
    return None


def _refuse_others(parts: list[str]) -> None:
    if parts and parts[0].lower() in NO_MODELS:
        raise BadInput("refs.other", what=message(NO_MODELS[parts[0].lower()]), advice=ADVICE)


def _check(repo: str) -> str | None:
    """The name of a repository, if it is valid."""
    repo = repo.partition(":")[0].removesuffix(".git")  # after a colon, other programs name a variant of the weights
    try:
        validate_repo_id(repo)
    except HFValidationError:
        return None
    return repo


def _sound(revision: str, repo: str) -> str:
    if not REVISION.fullmatch(revision):
        raise BadInput("refs.bad_revision", revision=repr(revision[:80]), repo=repo)
    return revision
