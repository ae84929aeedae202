"""Two visitors, two models, memory for one: the second gets a message, and can open the model once the first is
done."""

from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from playground import library
from playground.checkpoints import configs, memory
from playground.hub.listing import CARD, NEEDED
from playground.models import outline
from playground.server.settings import DEFAULTS
from tests.browser.hands import set_full_speed, setting
from tests.browser.hub.conftest import VOCABULARY
from tests.browser.hub.hands import (
    NewPage,
    Place,
    button,
    download_offered,
    environment,
    open_page,
    type_model_name,
    wait_for_stage,
)
from tests.conftest import running_app
from tests.hub.server import HubServer
from tests.small_record import SMALL_CARD

# Large compared with the bundled one, which stays in memory.
SIZES: dict[str, Any] = {"vocabulary": len(VOCABULARY), "embedding": 8, "hidden": 1024, "layers": 1}


@pytest.fixture
def large(tmp_path: Path) -> dict[str, bytes]:
    """The files of a repository with a large model."""
    torch.manual_seed(1)
    model = outline("lstm", SIZES).to_empty(device="cpu").eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.01)
    library.save(tmp_path / "large", "lstm", model, VOCABULARY, "\n", SMALL_CARD)
    return {name: (tmp_path / "large" / name).read_bytes() for name in (*NEEDED, CARD)}


def test_a_model_refused_for_memory_opens_once_the_other_is_done(
    tmp_path: Path, large: dict[str, bytes], new_page: NewPage
) -> None:
    bundled = library.BUNDLED / DEFAULTS["model"]
    stays = library.memory_of(configs.outline_model(configs.read(bundled, bundled.name))).kept
    need = library.memory_of(outline("lstm", SIZES))
    bound = (stays + need.kept + 0.5 * need.peak) / 1e6
    with HubServer() as hub:
        for repo in ("ada/one", "ada/two"):
            hub.add(repo, large)
        asks = environment(hub.url, tmp_path / "home") | {memory.BOUND_NAME: str(bound), "STEP_SECONDS": "0.05"}
        with running_app(tmp_path / "app.log", "-m", "tests.browser.hub.app", **asks) as address:
            place = Place(address, hub, tmp_path / "home")
            first = open_page(place, new_page(), "/?length=2000&temperature=inf")
            earlier, second = (open_page(place, new_page()) for _ in range(2))
            type_model_name(earlier, "ada/two")  # so that it need not be downloaded while the first visitor writes
            download_offered(earlier)
            wait_for_stage(earlier, "closed")
            type_model_name(first, "ada/one")
            download_offered(first)
            wait_for_stage(first, "closed")
            set_full_speed(first)
            first.locator("#generate").click()
            first.wait_for_function("window.playground.store.state.run.steps.length > 40")

            type_model_name(second, "ada/two")
            refused = wait_for_stage(second, "refused")
            expect(refused).to_contain_text("There is no memory for ada/two@")
            expect(refused).to_contain_text(f"of {bound:,.0f} MB: try again in a minute.")
            assert setting(second, "model") == DEFAULTS["model"]
            assert first.evaluate("window.playground.store.state.busy")  # the first visitor lost nothing

            first.locator("#stop").click()
            button(second, "Try again").click()
            wait_for_stage(second, "closed")
            assert setting(second, "model").startswith("ada/two@")
            for page in (earlier, first, second):
                page.context.close()
