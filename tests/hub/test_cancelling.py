"""The caller can stop at any moment: nothing continues in the background, and what was received is kept."""

import threading
import time

import pytest

from playground.errors import Cancelled
from playground.hub import client
from playground.hub.offers import fetch, offer
from playground.hub.refs import Source
from tests.hub.hands import REPO
from tests.hub.server import HubServer, Trouble


def test_a_cancelled_download_can_be_resumed(hub: HubServer, files: dict[str, bytes]) -> None:
    weights = bytes(range(256)) * 100
    hub.add(REPO, {**files, "model.safetensors": weights})
    slow = Trouble("cdn", "slow")
    hub.trouble.append(slow)
    cancelled = threading.Event()
    offered = offer(Source(REPO))
    before = sum(file.size for file in offered.files if file.name in ("config.json", "tokenizer.json"))

    def half() -> None:
        for progress in fetch(offered, cancelled=cancelled):
            if progress.done > before + 200:
                cancelled.set()

    with pytest.raises(Cancelled, match=r"stopped\. What arrived is kept"):
        half()
    assert not offered.is_downloaded
    hub.trouble.clear()
    for _ in fetch(offered):
        pass
    assert (offered.folder / "model.safetensors").read_bytes() == weights
    assert int(hub.asked("GET", "/cdn/")[-1].range.removeprefix("bytes=").removesuffix("-")) >= 64


@pytest.mark.timed
def test_a_download_can_be_cancelled_while_the_hub_is_silent(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    offered = offer(Source(REPO))
    hub.trouble.append(Trouble("cdn", "silent"))
    cancelled = threading.Event()
    begun = time.monotonic()
    shown = fetch(offered, cancelled=cancelled)
    assert next(shown).done == 0
    assert next(shown).done < offered.total
    cancelled.set()
    with pytest.raises(Cancelled):
        next(shown)
    assert time.monotonic() - begun < client.PATIENCE


def test_closing_the_iterator_stops_the_download(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(100_000)})
    hub.trouble.append(Trouble("cdn", "slow"))
    fetching_one = fetch(offer(Source(REPO)))
    next(fetching_one)
    next(fetching_one)
    fetching_one.close()  # type: ignore[attr-defined]
    end = time.monotonic() + 20
    while any(t.name.startswith("hub") for t in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_offer_can_be_cancelled(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        offer(Source(REPO), cancelled=cancelled)
