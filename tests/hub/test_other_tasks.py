"""Models of the Hub that do not continue a text: once they are here, the endpoints of their tasks take their names."""

from pathlib import Path

import gradio as gr
import pytest
import torch

from playground import library
from playground.hub.offers import CARD, NEEDED
from playground.models import build
from playground.server import api
from playground.text.characters import Vocabulary
from tests.hub.hands import REPO, fetched
from tests.hub.server import HubServer
from tests.small_record import SMALL_CARD

KINDS: dict[str, dict[str, object]] = {
    "classifier": {"embedding": 4, "hidden": 4, "ngrams": (2,), "buckets": 16},
    "masked": {"width": 8, "layers": 1, "heads": 2, "context": 16},
}
VOCABULARY = Vocabulary.from_text("\n abcdefgh")


def added(hub: HubServer, kind: str, folder: Path) -> str:
    """The name of a small model of this kind, which the Hub has."""
    torch.manual_seed(1)
    model = build(kind, {"vocabulary": len(VOCABULARY), **KINDS[kind]}).eval()
    library.save(folder, kind, model, VOCABULARY, "\n", SMALL_CARD.model_copy(update={"kind": kind}))
    return f"{REPO}@{hub.add(REPO, {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)})}"


def test_a_classifier_judges_by_its_name(hub: HubServer, tmp_path: Path) -> None:
    name = added(hub, "classifier", tmp_path)
    with pytest.raises(gr.Error, match="is not on this server"):
        api.classify("abc", name)
    fetched(name, visitor=True)
    told = api.classify("a bad cab", name)
    assert told["model"] == name
    logits = library.load(name).model.classify(VOCABULARY.encode("a bad cab").ids)[0]
    assert [*told["logits"].values()] == pytest.approx(logits.tolist(), abs=1e-5)
    assert sum(told["probabilities"].values()) == pytest.approx(1)


def test_a_masked_model_fills_by_its_name(hub: HubServer, tmp_path: Path) -> None:
    name = added(hub, "masked", tmp_path)
    fetched(name, visitor=True)
    told = api.fill(name, "a b_d")
    assert told["model"] == name


def test_a_model_of_another_task_is_told_what_it_does(hub: HubServer, tmp_path: Path) -> None:
    name = added(hub, "masked", tmp_path)
    fetched(name, visitor=True)
    with pytest.raises(gr.Error, match="fills gaps"):
        api.classify("abc", name)
