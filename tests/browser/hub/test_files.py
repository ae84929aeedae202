"""Unusual repositories on the page: weights in shards, under other names, or on another revision."""

from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from transformers import GPT2LMHeadModel

from tests import small_gpt2
from tests.browser.hands import moment, set_prompt
from tests.browser.hub.hands import (
    Place,
    assert_page_unchanged,
    button,
    download_offered,
    open_page,
    set_prompt_and_settings,
    type_model_name,
    wait_for_stage,
    wait_until_open,
)

TOKENS = 300


def test_a_sharded_gpt2_with_other_names_shows_the_librarys_distribution(
    place: Place, page: Page, tmp_path: Path, repo: str
) -> None:
    """Its config wrongly says that the embedding is tied to the output; its names have torch.compile's prefix."""
    small_gpt2.write(tmp_path / "saved", TOKENS)
    theirs = GPT2LMHeadModel.from_pretrained(tmp_path / "saved").eval()
    theirs.lm_head.weight = torch.nn.Parameter(theirs.lm_head.weight.detach().flip(0))
    theirs.config.tie_word_embeddings = True
    tensors = {name: t.contiguous() for name, t in theirs.state_dict().items()}
    theirs.save_pretrained(
        tmp_path / "shards",
        state_dict={f"_orig_mod.{name}": t for name, t in tensors.items()},
        max_shard_size="50KB",
    )
    folder = tmp_path / "shards"
    (tmp_path / "saved" / "tokenizer.json").rename(folder / "tokenizer.json")
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sum(name.endswith(".safetensors") for name in held) > 2
    name = f"{repo}@{place.hub.add(repo, held)}"
    open_page(place, page)
    type_model_name(page, repo)
    download_offered(page)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    set_prompt(page, "")
    shown = moment(page)
    with torch.inference_mode():
        expected = (
            theirs(torch.tensor([[TOKENS - 1]])).logits[0, -1].tolist()
        )  # at position 0 after the start token, which is the end token
    assert shown.logits == pytest.approx(expected, abs=1e-4)


def test_another_revision_with_weights_is_offered(place: Place, page: Page, files: dict[str, bytes], repo: str) -> None:
    held = {name: content for name, content in files.items() if name != "model.safetensors"}
    place.hub.add(repo, {**held, "pytorch_model.bin": b"pickle"})
    name = f"{repo}@{place.hub.add(repo, files, 'refs/pr/1')}"
    open_page(place, page)
    set_prompt_and_settings(page)
    type_model_name(page, repo)
    refused = wait_for_stage(page, "refused")
    expect(refused).to_contain_text(f"{repo} has no model.safetensors, but its revision refs/pr/1, a pull request, has")
    assert_page_unchanged(page)
    other = button(page, f"{repo}@refs/pr/1")
    expect(other).to_be_focused()
    other.click()
    wait_for_stage(page, "offer")
    expect(button(page, f"{repo}@refs/pr/1")).to_have_count(0)
    download_offered(page)
    wait_until_open(page, name)
    assert place.downloads(repo, "pytorch_model") == 0


def test_a_link_to_a_repository_offers_the_revision_with_weights(
    place: Place, page: Page, files: dict[str, bytes], repo: str
) -> None:
    place.hub.add(repo, {name: content for name, content in files.items() if name != "model.safetensors"})
    name = f"{repo}@{place.hub.add(repo, files, 'safe')}"
    open_page(place, page, f"/?model={repo}")
    expect(wait_for_stage(page, "refused")).to_contain_text("its revision safe has its weights as safetensors")
    button(page, f"{repo}@safe").click()
    download_offered(page)
    wait_until_open(page, name)
