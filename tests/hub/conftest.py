"""A test Hub for the real client, and the files of repositories there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import close_session, constants
from safetensors.torch import save as serialized

from playground import library
from playground.checkpoints import gpt2_weights
from playground.hub import background, client, offers, quota
from playground.hub.listing import CARD, NEEDED
from playground.models import build
from playground.text.characters import Vocabulary
from tests.hub.server import HubServer
from tests.small_record import SMALL_CARD
from tests.text.test_tokens import END, train

VOCABULARY = Vocabulary.from_text("\n abcdefgh")
GPT2_SIZES: dict[str, Any] = {
    "width": 8, "layers": 2, "heads": 2, "window": 16, "positions": "learned", "biases": True, "tied": True,
}  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A running Hub that the client is configured for, with its own cache and no token."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    own = (offers.LIMIT_NAME, quota.QUOTA_NAME, client.TOKEN_NAME)
    for name in ("TRANSFORMERS_OFFLINE", "HF_OIDC_RESOURCE", *own):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "home" / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(client, "BACKOFF", (0.01, 0.01, 0.01))
    monkeypatch.setattr(client, "PATIENCE", 5.0)
    monkeypatch.setattr(background, "TICK", 0.01)
    monkeypatch.setattr(library, "_models", library._none_in_memory())
    close_session()
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
    close_session()


@pytest.fixture
def server(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """The Hub, and a panel that checks often whether the visitor is still there."""
    monkeypatch.setattr("playground.server.hub_panel.TICK", 0.01)
    return hub


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint."""
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 4, "hidden": 8}).eval()
    path = tmp_path_factory.mktemp("made") / "letters"
    library.save(path, "lstm", model, VOCABULARY, "\n", SMALL_CARD)
    return path


@pytest.fixture
def files(folder: Path) -> dict[str, bytes]:
    """The files of its repository, more than are downloaded."""
    here = {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)}
    return {**here, "pytorch_model.bin": b"pickle", "evil.py": b"import os", ".gitattributes": b"*"}


@pytest.fixture(scope="session")
def foreign() -> dict[str, bytes]:
    """The files of a repository with a small GPT-2, more than are downloaded."""
    model = build("transformer", {**GPT2_SIZES, "vocabulary": 300})
    torch.manual_seed(1)
    tensors = {}
    for name, tensor in model.state_dict().items():
        their = gpt2_weights.their_name(name)
        random = torch.randn(tensor.shape) * 0.2
        tensors[their] = (random.T if gpt2_weights.is_matrix(their) else random).half().contiguous()
    config = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 8, "n_layer": 2, "n_head": 2}
    config |= {"n_positions": 16, "vocab_size": 300, "bos_token_id": 0, "eos_token_id": 0}
    return {
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": train([END], 300).to_str().encode(),
        "model.safetensors": serialized(tensors),
        CARD: b"---\nlicense: apache-2.0\n---\n# Tiny\n",
        "pytorch_model.bin": b"pickle",
        "vocab.json": b"{}",
        "merges.txt": b"",
        "modeling_evil.py": b"import os",
    }
