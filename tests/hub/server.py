"""A small Hugging Face Hub on 127.0.0.1, for the real client: it serves, takes commits, and misbehaves when told.

    with HubServer() as hub:
        commit = hub.add("owner/name", {"config.json": b"{}"})
        hub.trouble.append(Trouble("resolve", "cut", times=1))
        ...hub.url, hub.log

It speaks what huggingface_hub 2.4 asks for a model or a Space: the info with `blobs`, files by redirection to
another host name (as the CDN is), Range, creation, preupload, LFS and commits; it lists models by a word and the
refs of one, and redirects names of the past. Everything is in memory.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.answering import Answering, Asked, Trouble
from tests.hub.repos import LARGE, Repo, etag, git_oid

__all__ = ["Asked", "HubServer", "Repo", "Trouble", "etag", "git_oid"]

class HubServer:
    """The Hub. `token` opens what is private and gated, and takes commits."""

    token = "hf_testing"

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.renamed: dict[str, str] = {}  # names of the past, and those of today
        self.large: dict[str, bytes] = {}
        self.trouble: list[Trouble] = []
        self.log: list[Asked] = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        this = self

        class Bound(_Handler):
            hub = this

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def add(
        self, repo: str, files: Mapping[str, bytes], revision: str = "main", private: bool = False, gated: bool = False
    ) -> str:
        """A commit with these files and no others; returns its sha."""
        with self.lock:
            kept = self.repos.setdefault(repo, Repo(private=private, gated=gated))
            sha = hashlib.sha1(repr((repo, len(kept.commits), sorted(files.items()))).encode()).hexdigest()
            kept.commits[sha] = dict(files)
            kept.refs[revision] = sha
            return sha

    def asked(self, method: str = "", part: str = "") -> list[Asked]:
        """The requests with that method whose path has that part in it."""
        return [a for a in self.log if a.method == (method or a.method) and part in a.path]

    def writes(self) -> list[Asked]:
        return [a for a in self.log if a.method not in ("GET", "HEAD")]


class _Handler(Answering):
    hub: HubServer

    def _answer(self) -> None:
        self.path_only = urlsplit(self.path).path
        self.query = parse_qs(urlsplit(self.path).query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.told = False
        parts = [unquote(part) for part in self.path_only.split("/") if part]
        try:
            if self._moved():
                return
            match parts:
                case ["api", "repos", "create"]:
                    self._create()
                case ["api", "validate-yaml"]:
                    self._send_json({"errors": [], "warnings": []})
                case ["api", "models"]:
                    self._search()
                case ["api", "models", owner, name, "refs"]:
                    self._refs(f"{owner}/{name}")
                case ["api", "models" | "spaces", owner, name]:
                    self._info(f"{owner}/{name}", "main")
                case ["api", "models" | "spaces", owner, name, "revision", revision]:
                    self._info(f"{owner}/{name}", revision)
                case ["api", "models" | "spaces", owner, name, "preupload", _]:
                    self._preupload(f"{owner}/{name}")
                case ["api", "models" | "spaces", owner, name, "commit", revision]:
                    self._commit(f"{owner}/{name}", revision)
                case [*_, "info", "lfs", "objects", "batch"]:
                    self._batch()
                case ["lfs", sha]:
                    self._upload(sha)
                case ["cdn", owner, name, sha, *path]:
                    self._cdn(self.hub.repos[f"{owner}/{name}"].commits[sha]["/".join(path)])
                case [owner, name, "resolve", revision, *path]:
                    self._resolve(f"{owner}/{name}", revision, "/".join(path))
                case ["api", "models", name, *_]:  # without an owner, and not renamed
                    self._found(name, "main")
                case _:
                    self._refuse(HTTPStatus.NOT_FOUND)
        except (BrokenPipeError, ConnectionResetError):  # the client went away
            self.close_connection = True

    # What is asked.

    def _info(self, repo: str, revision: str) -> None:
        if self._troubled("info"):
            return
        found = self._found(repo, revision)
        if found is None:
            return
        kept, sha = found
        files = [
            {
                "rfilename": name,
                "size": len(content),
                "blobId": git_oid(content),
                **({"lfs": {"sha256": etag(name, content), "size": len(content), "pointerSize": 130}}
                   if name.endswith(LARGE) else {}),
            }
            for name, content in kept.commits[sha].items()
        ]  # fmt: skip
        listed = kept.listed if kept.listed is not None else files
        self._send_json({"id": repo, "sha": sha, "siblings": listed, "tags": [], "private": kept.private})

    def _moved(self) -> bool:
        """Whether this was answered with the name of today, as the Hub does for all that it knows by another."""
        for old, new in self.hub.renamed.items():
            for before in ("/api/models/", "/"):
                if f"{self.path_only}/".startswith(f"{before}{old}/"):
                    location = self.path.replace(f"{before}{old}", f"{before}{new}", 1)
                    self._send(HTTPStatus.TEMPORARY_REDIRECT, b"", {"Location": location})
                    return True
        return False

    def _search(self) -> None:
        if not self._troubled("search"):
            word, author = (self.query.get(name, [""])[0].lower() for name in ("search", "author"))
            shown = [name for name, kept in self.hub.repos.items() if not kept.private or self._own()]
            found = [n for n in shown if word in n.lower() and author in ("", n.lower().partition("/")[0])]
            self._send_json([{"id": name, "tags": []} for name in found][: int(self.query["limit"][0])])

    def _refs(self, repo: str) -> None:
        kept = self.hub.repos.get(repo, Repo())
        if self._troubled("refs") or self._found(repo, next(iter(kept.commits), "main")) is None:
            return
        told: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": [], "pullRequests": []}
        for name, sha in kept.refs.items():
            kind = "pullRequests" if name.startswith("refs/") else "tags" if name.startswith("v") else "branches"
            told[kind].append({"name": name, "ref": name, "targetCommit": sha})
        self._send_json(told)

    def _resolve(self, repo: str, revision: str, path: str) -> None:
        if self._troubled("resolve"):
            return
        found = self._found(repo, revision, content=True)
        if found is None:
            return
        kept, sha = found
        content = kept.commits[sha].get(path)
        if content is None:
            self._refuse(HTTPStatus.NOT_FOUND, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": sha, "ETag": f'"{etag(path, content)}"'}
        if path.endswith(LARGE):
            location = f"http://localhost:{self.hub.port}/cdn/{repo}/{sha}/{path}"
            linked = {"X-Linked-Etag": f'"{etag(path, content)}"', "X-Linked-Size": str(len(content))}
            self._send(HTTPStatus.FOUND, b"", {**headers, **linked, "Location": location})
        else:
            self._content(content, "resolve", headers)

    def _cdn(self, content: bytes) -> None:
        if not self._troubled("cdn"):
            self._content(content, "cdn", {})

    def _found(self, repo: str, revision: str, content: bool = False) -> tuple[Repo, str] | None:
        kept, own = self.hub.repos.get(repo), self._own()
        if self.headers.get("Authorization") and not own:
            self._refuse(HTTPStatus.UNAUTHORIZED, message="Invalid credentials in Authorization header")
        elif kept is None or (kept.private and not own):
            # The Hub does not tell strangers which repositories there are.
            self._refuse(HTTPStatus.NOT_FOUND if own else HTTPStatus.UNAUTHORIZED, "RepoNotFound")
        elif kept.gated and content and not own:
            self._refuse(HTTPStatus.UNAUTHORIZED, "GatedRepo")
        else:
            sha = kept.refs.get(revision, revision)
            if sha in kept.commits:
                return kept, sha
            self._refuse(HTTPStatus.NOT_FOUND, "RevisionNotFound")
        return None

    def _own(self) -> bool:
        return bool(self.headers.get("Authorization") == f"Bearer {self.hub.token}")

    # What is written.

    def _create(self) -> None:
        if self._troubled("create") or self._stranger():
            return
        asked = json.loads(self.body)
        repo = f"{asked['organization']}/{asked['name']}"
        url = f"{self.hub.url}/{'spaces/' if asked.get('type') == 'space' else ''}{repo}"
        if repo in self.hub.repos:
            self._send_json({"url": url}, HTTPStatus.CONFLICT)
            return
        self.hub.repos[repo] = Repo(private=asked.get("visibility") == "private", sdk=asked.get("sdk", ""))
        self._send_json({"url": url})

    def _preupload(self, repo: str) -> None:
        if self._troubled("preupload") or self._stranger():
            return
        kept = self.hub.repos[repo]
        files = kept.commits[kept.refs["main"]] if kept.refs else {}
        modes = [
            {
                "path": name,
                "uploadMode": "lfs" if name.endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": etag(name, files[name]) if name in files else None,
            }
            for name in (f["path"] for f in json.loads(self.body)["files"])
        ]
        self._send_json({"files": modes})

    def _batch(self) -> None:
        if self._troubled("lfs") or self._stranger():
            return
        objects = []
        for wanted in json.loads(self.body)["objects"]:
            here = wanted["oid"] in self.hub.large  # then nothing is to be sent
            actions = {} if here else {"actions": {"upload": {"href": f"{self.hub.url}/lfs/{wanted['oid']}"}}}
            objects.append({"oid": wanted["oid"], "size": wanted["size"], **actions})
        self._send_json({"transfer": "basic", "objects": objects})

    def _upload(self, sha: str) -> None:
        if self._troubled("upload"):
            return
        if hashlib.sha256(self.body).hexdigest() != sha:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        self.hub.large[sha] = self.body
        self._send(HTTPStatus.OK, b"", {})

    def _commit(self, repo: str, revision: str) -> None:
        if self._troubled("commit") or self._stranger():
            return
        kept = self.hub.repos[repo]
        files = dict(kept.commits[kept.refs[revision]]) if revision in kept.refs else {}
        for line in self.body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
        sha = self.hub.add(repo, files, revision)
        url = f"{self.hub.url}/{'spaces/' if kept.sdk else ''}{repo}/commit/{sha}"
        self._send_json({"success": True, "commitOid": sha, "commitUrl": url})

    def _stranger(self) -> bool:
        if not self._own():
            self._refuse(HTTPStatus.UNAUTHORIZED, message="Invalid username or password.")
        return not self._own()
