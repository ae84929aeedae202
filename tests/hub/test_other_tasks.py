"""Hub models that do not continue a text: once downloaded, the endpoints of their tasks accept their names."""

from pathlib import Path

import gradio as gr
import pytest
import torch

from playground import library
from playground.hub.listing import CARD, NEEDED
from playground.models import build
from playground.models.pair import END, SEPARATOR
from playground.server import api, opening
from playground.text.characters import Vocabulary
from tests.hub.hands import REPO, SHA, download_model
from tests.hub.panel import request_download, request_offer
from tests.hub.server import HubServer
from tests.small_record import SMALL_CARD

KINDS: dict[str, dict[str, object]] = {
    "classifier": {"embedding": 4, "hidden": 4, "ngrams": (2,), "buckets": 16},
    "masked": {"width": 8, "layers": 1, "heads": 2, "context": 16},
    "seq2seq": {"attention": "luong", "embedding": 4, "encoder": 4, "hidden": 8, "readout": 8},
}
VOCABULARY = Vocabulary.from_text("\n abcdefgh")
PAIR = Vocabulary.from_text(f"{END} abcdefgh{SEPARATOR}")


def add_model(hub: HubServer, kind: str, folder: Path) -> str:
    """Adds a small model of this kind to the Hub, and returns its name."""
    torch.manual_seed(1)
    vocabulary = PAIR if kind == "seq2seq" else VOCABULARY
    model = build(kind, {"vocabulary": len(vocabulary), **KINDS[kind]}).eval()
    library.save(folder, kind, model, vocabulary, "\n", SMALL_CARD.model_copy(update={"kind": kind}))
    return f"{REPO}@{hub.add(REPO, {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)})}"


def test_a_classifier_judges_by_its_name(hub: HubServer, tmp_path: Path) -> None:
    name = add_model(hub, "classifier", tmp_path)
    with pytest.raises(gr.Error, match="is not on this server"):
        api.classify("abc", name)
    download_model(name, visitor=True)
    told = api.classify("a bad cab", name)
    assert told["model"] == name
    logits = library.load(name).model.classify(VOCABULARY.encode("a bad cab").ids)[0]
    assert [*told["logits"].values()] == pytest.approx(logits.tolist(), abs=1e-5)
    assert sum(told["probabilities"].values()) == pytest.approx(1)


def test_a_masked_model_fills_by_its_name(hub: HubServer, tmp_path: Path) -> None:
    name = add_model(hub, "masked", tmp_path)
    download_model(name, visitor=True)
    told = api.fill(name, "a b_d")
    assert told["model"] == name


def test_a_model_of_another_task_is_refused_naming_its_task(hub: HubServer, tmp_path: Path) -> None:
    name = add_model(hub, "masked", tmp_path)
    download_model(name, visitor=True)
    with pytest.raises(gr.Error, match="fills gaps"):
        api.classify("abc", name)


def test_a_translator_translates_by_its_name(hub: HubServer, tmp_path: Path) -> None:
    name = add_model(hub, "seq2seq", tmp_path)
    with pytest.raises(gr.Error, match="is not on this server"):
        api.translate(name, "abc")
    download_model(name, visitor=True)
    told = api.translate(name, "a bad cab", width=2)
    assert told["model"] == name
    assert told["source"] == "a bad cab"
    assert set(told["text"]) <= set(PAIR.symbols)


@pytest.mark.parametrize("kind", KINDS)
def test_the_panel_names_a_models_task(hub: HubServer, tmp_path: Path, kind: str) -> None:
    task = "translation" if kind == "seq2seq" else kind
    name = add_model(hub, kind, tmp_path)
    request_download(request_offer(REPO)[-1]["offer"]["name"])
    last = request_offer(name)[-1]
    assert (last["stage"], last["name"], last["task"]) == ("open", name, task)
    # A link too leads to the panel if the model does not continue a text.
    assert opening.to_ask(name) == ("" if task == "translation" else name)


def test_the_panel_opens_a_bundled_model_that_continues_no_text() -> None:
    last = request_offer("sentiment-ko")[-1]
    assert (last["stage"], last["name"], last["task"]) == ("open", "sentiment-ko", "classifier")
    assert opening.to_ask("sentiment-ko") == "sentiment-ko"
    assert opening.to_ask("translate-gru") == opening.to_ask("shakespeare-lstm") == ""


def test_a_link_with_an_undownloaded_model_is_looked_up() -> None:
    assert opening.to_ask(f"{REPO}@{SHA}") == f"{REPO}@{SHA}"
