"""GPT-2 models on the Hub that were not made for this page."""

import json
from pathlib import Path
from typing import Any

import pytest

from playground import library
from playground.errors import BadCheckpoint
from playground.hub import listing, offers
from playground.hub.listing import CARD, NEEDED
from playground.hub.offers import offer
from playground.hub.refs import Source
from playground.text import wordlist
from tests.hub.hands import GPT2, download_model, downloads, files_outside, refused_with
from tests.hub.server import HubServer
from tests.text.test_tokens import END


def test_a_gpt2_is_offered_and_opened(hub: HubServer, foreign: dict[str, bytes]) -> None:
    sha = hub.add(GPT2, foreign)
    offered = offer(Source(GPT2))
    assert (offered.title, offered.kind, offered.licence) == ("tiny-gpt2", "transformer", "apache-2.0")
    assert offered.card.endswith("# Tiny\n")
    assert not hub.asked(part="safetensors")
    found = library.load(GPT2)
    assert {path.name for path in offered.folder.iterdir()} == {*NEEDED, CARD}
    assert not any(hub.asked(part=name) for name in ("pytorch_model", "evil", "vocab.json", "merges"))
    assert (found.name, found.start, found.start_ids) == (f"{GPT2}@{sha}", END, (0,))
    assert (found.card.title, found.card.licence, found.card.family) == ("tiny-gpt2", "apache-2.0", "gpt2")
    assert found.vocabulary.unit == "token"
    logits, _ = found.model.advance(found.vocabulary.encode("hello").ids)
    assert logits.shape[-1] == 300
    assert library.load(found.name) is found
    assert library.card(GPT2) == found.card
    assert found.card.kind == "transformer"


def test_a_gpt2_without_a_card_has_no_known_licence(hub: HubServer, foreign: dict[str, bytes]) -> None:
    hub.add(GPT2, {name: content for name, content in foreign.items() if name != CARD})
    assert (offer(Source(GPT2)).licence, offer(Source(GPT2)).card) == (offers.UNKNOWN, "")
    assert library.load(GPT2).card.licence == ""


def test_a_gpt2_opens_offline(hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(GPT2, foreign)
    download_model(GPT2)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert offer(Source(GPT2)).title == "tiny-gpt2"
    assert library.load(GPT2)


def test_an_older_gpt2_is_refused_naming_what_it_lacks(hub: HubServer, foreign: dict[str, bytes]) -> None:
    hub.add(GPT2, {name: c for name, c in foreign.items() if name not in ("model.safetensors", "tokenizer.json")})
    sentence = refused_with(GPT2)
    assert "it has no tokenizer.json, model.safetensors. Its pytorch_model.bin could run code" in sentence
    assert "Its vocab.json and merges.txt are not read either." in sentence
    hub.add(GPT2, {name: c for name, c in foreign.items() if name != "model.safetensors"})
    assert "it has no model.safetensors. Its pytorch_model.bin could" in refused_with(GPT2)
    assert "vocab.json" not in refused_with(GPT2)
    assert not downloads(hub)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"add_cross_attention": True}, "a GPT-2 that this page cannot compute: add_cross_attention must be false"),
        ({"architectures": ["GPT2ForTokenClassification"]}, "architectures must be GPT2LMHeadModel"),
        ({"auto_map": {"AutoModel": "modeling_evil.Evil"}}, "auto_map must be left out"),
        ({"model_type": "llama"}, "nor of GPT-2's family, but of the type 'llama'"),
        ({"model_type": ["gpt2"]}, "but of the type"),
    ],
)
def test_an_unfit_gpt2_is_refused_before_its_weights(
    changes: dict[str, Any], sentence: str, hub: HubServer, foreign: dict[str, bytes]
) -> None:
    hub.add(GPT2, {**foreign, "config.json": json.dumps({**json.loads(foreign["config.json"]), **changes}).encode()})
    assert sentence in refused_with(GPT2)
    assert not hub.asked(part="safetensors")


def test_a_gpt2_out_of_bounds_is_refused_before_its_weights(hub: HubServer, foreign: dict[str, bytes]) -> None:
    config = {**json.loads(foreign["config.json"]), "n_embd": 4096, "n_head": 64, "n_layer": 48}
    hub.add(GPT2, {**foreign, "config.json": json.dumps(config).encode()})
    with pytest.raises(BadCheckpoint, match="numbers are too many"):
        library.load(GPT2)
    assert not hub.asked(part="safetensors")


@pytest.mark.parametrize("name", NEEDED)
def test_oversized_files_are_not_downloaded(
    name: str, hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    monkeypatch.setitem(listing.MAX_BYTES, name, len(foreign[name]))
    assert download_model(GPT2).is_downloaded
    monkeypatch.setitem(listing.MAX_BYTES, name, len(foreign[name]) - 1)
    hub.log.clear()
    assert f"its {name} is too large" in refused_with(GPT2)
    assert not downloads(hub)


def test_file_names_outside_the_cache_are_ignored(hub: HubServer, foreign: dict[str, bytes], tmp_path: Path) -> None:
    hub.add(GPT2, {**foreign, "../../../../evil": b"x", "/tmp/evil": b"x"})
    before = files_outside(tmp_path)
    assert library.load(GPT2)
    assert not hub.asked(part="../evil")
    assert files_outside(tmp_path) - before <= {tmp_path / "home"}


def test_the_files_that_name_special_tokens_are_downloaded(hub: HubServer, foreign: dict[str, bytes]) -> None:
    config = {**json.loads(foreign["config.json"]), "bos_token_id": 50_256, "eos_token_id": 50_256}
    tokenizer = json.loads(foreign["tokenizer.json"])
    tokenizer["added_tokens"] = []  # so that nothing else says it
    small = {
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": json.dumps(tokenizer).encode(),
        "tokenizer_config.json": json.dumps({"bos_token": END}).encode(),
        "special_tokens_map.json": b"[",
        "generation_config.json": json.dumps({"eos_token_id": [0, 70]}).encode(),
    }
    hub.add(GPT2, foreign | small)
    found = library.load(GPT2)
    assert (found.start, found.start_source, found.start_ids, found.end_ids) == (END, "tokenizer", (0,), (0,))
    names = {path.name for path in offer(Source(GPT2)).folder.iterdir()}
    assert names == {*NEEDED, *listing.OPTIONAL} - {wordlist.FILE}


def test_optional_files_that_are_too_large_are_left_out(hub: HubServer, foreign: dict[str, bytes]) -> None:
    hub.add(GPT2, {**foreign, "tokenizer_config.json": b" " * (listing.SMALL + 1)})
    assert download_model(GPT2).is_downloaded
    assert not hub.asked(part="tokenizer_config")
