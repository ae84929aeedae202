"""Suggestions for an unknown name: bundled models, the Hub's oldest names, and its search results.

    near("shakespear-lstm", library.all_cards())        # ["shakespeare-lstm"]
    on_hub("gpt2", True, threading.Event())             # ["openai-community/gpt2", …], as the Hub finds them

The caller lets the user choose; nothing here opens a model.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from huggingface_hub import get_session, hf_raise_for_status
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import build_hf_headers, validate_repo_id  # type: ignore[attr-defined]  # in its __all__

from playground.checkpoints.card import Card
from playground.errors import HubError
from playground.hub import client, refs

MAX_SUGGESTIONS = 4  # suggestions
FOUND = 20  # search results from which suggestions are chosen
CLOSE = 0.75  # difflib ratio from which one name may be meant by another

# Models on the Hub from before names had owners, of the family that the page can open, and their current names.
CANONICAL = {
    "gpt2": "openai-community/gpt2",
    "gpt2-medium": "openai-community/gpt2-medium",
    "gpt2-large": "openai-community/gpt2-large",
    "gpt2-xl": "openai-community/gpt2-xl",
    "distilgpt2": "distilbert/distilgpt2",
}


def near(text: str, cards: Mapping[str, Card]) -> list[str]:
    """The names of the cards whose name or title is similar to a text, or else that contain its words."""
    wanted = _plain(refs.unwrap(refs.clean(text[:200])).rpartition("/")[2])
    if len(wanted) < 3:
        return []
    written = {_plain(said): name for name, card in cards.items() for said in (card.title or name, name)}
    for cutoff in (0.9, CLOSE):
        if close := get_close_matches(wanted, written, MAX_SUGGESTIONS, cutoff):
            return [*dict.fromkeys(written[said] for said in close)]
    words = wanted.split()
    having = [name for said, name in written.items() if all(get_close_matches(w, said.split(), 1, 0.8) for w in words)]
    return [*dict.fromkeys(having)][:MAX_SUGGESTIONS]


def canonical(name: str) -> list[str]:
    """The current Hub names for a name without an owner, or one similar, as far as known without asking the Hub."""
    wanted = _plain(name).replace(" ", "-")
    return [CANONICAL[known] for known in get_close_matches(wanted, CANONICAL, MAX_SUGGESTIONS, 0.85)]


def on_hub(repo: str, visitor: bool, stop: threading.Event) -> list[str]:
    """The models that the Hub finds by a repository's name or owner, most similar first; empty on failure."""
    owner, _, name = repo.rpartition("/")

    def ask() -> list[str]:
        return _list_models({"search": name}, visitor) + (_list_models({"author": owner}, visitor) if owner else [])

    try:
        found = dict.fromkeys(client.ask(repo, ask, stop, visitor=visitor, waits=()))
    except (HubError, ValueError):
        return []

    def nearness(other: str) -> float:
        its_owner, _, its_name = other.lower().rpartition("/")
        return (its_owner == owner.lower()) + SequenceMatcher(None, name.lower(), its_name).ratio()

    return sorted((other for other in found if other != repo), key=nearness, reverse=True)[:MAX_SUGGESTIONS]


def _list_models(by: Mapping[str, str], visitor: bool) -> list[str]:
    """The models that the Hub lists for a search word or an author, most downloaded first."""
    # HfApi.list_models tries six times, with waits that cannot be interrupted, while the Hub is busy.
    response = get_session().get(
        f"{client.endpoint()}/api/models",
        params={**by, "sort": "downloads", "limit": FOUND},
        headers=build_hf_headers(token=client.token(visitor)),
        timeout=client.PATIENCE,
    )
    hf_raise_for_status(response)
    return list(_names(response.json()))


def _names(answer: Any) -> Iterable[str]:
    """The valid names in the Hub's answer."""
    for model in answer if isinstance(answer, list) else ():
        name = model.get("id") if isinstance(model, dict) else None
        try:
            validate_repo_id(name or "")
        except HFValidationError:
            continue
        if name and "/" in name:
            yield name


def _plain(text: str) -> str:
    """A name or title as its words, for comparison."""
    return " ".join(re.findall(r"\w+", text.lower()))
