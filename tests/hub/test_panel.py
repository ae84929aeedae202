"""The Hub panel without a browser: its handlers' answers, and what a link or a setting opens."""

import json
import threading
import time
from pathlib import Path
from typing import Any, Literal

import pytest

from playground.errors import BadInput
from playground.hub import listing, offers
from playground.hub.listing import CARD
from playground.hub.offers import Offer
from playground.hub.refs import Source
from playground.server import hub_panel
from playground.server.jobs import CancelToken
from tests.hub.hands import REPO, SHA, downloads
from tests.hub.panel import messages, request_download, request_offer, stages
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]


# ── Offers and downloads ─────────────────────────────────────────────────────────────────────────
def test_an_offer_downloads_no_weights(server: HubServer, files: Files) -> None:
    sha = server.add(REPO, files)
    answer = request_offer(REPO)
    assert stages(answer) == ["asking", "offer"]
    offer = answer[-1]["offer"]
    assert offer.pop("card").startswith("# Letters")  # without its YAML header for the Hub
    size = sum(len(files[name]) for name in (*listing.NEEDED, CARD))
    told = {"title": "Letters · test", "kind": "lstm", "licence": "mit"}
    assert offer == {"name": f"{REPO}@{sha}", "bytes": size, **told}
    assert not server.asked(part="safetensors")


def test_an_offered_model_is_downloaded_opened_and_next_time_opened_at_once(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    answer = request_download(request_offer(REPO)[-1]["offer"]["name"])
    assert stages(answer) == ["fetching", "opening", "open"]
    assert answer[-1]["name"] == name
    assert answer[-1]["card"]["prompts"] == ["abc", "de"]
    came = [message["done"] for message in answer if message["stage"] == "fetching"]
    assert came == sorted(came)
    before = len(downloads(server))
    assert stages(request_offer(REPO)) == stages(request_offer(name)) == ["asking", "opening", "open"]
    assert len(downloads(server)) == before


def test_the_offered_commit_is_downloaded_even_if_the_branch_moved(server: HubServer, files: Files) -> None:
    old = server.add(REPO, files)
    name = request_offer(REPO)[-1]["offer"]["name"]
    server.add(REPO, {**files, CARD: b"another"})
    assert request_download(name)[-1]["name"] == name == f"{REPO}@{old}"
    assert request_offer(REPO)[-1]["stage"] == "offer"  # what main is now was never fetched


def test_a_model_downloaded_from_a_branch_is_found_offline(
    server: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(REPO, files)
    request_download(request_offer(REPO)[-1]["offer"]["name"])
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert request_offer(REPO)[-1]["stage"] == "open"


def test_another_revision_with_weights_is_offered(server: HubServer, files: Files) -> None:
    server.add(REPO, {name: content for name, content in files.items() if name != "model.safetensors"})
    name = f"{REPO}@{server.add(REPO, files, 'refs/pr/1')}"
    message = request_offer(REPO)[-1]
    assert message["stage"] == "refused"
    said = message["problem"]["text"]["en"]
    assert said.endswith("its revision refs/pr/1, a pull request, has its weights as safetensors.")
    assert message["meant"] == [f"{REPO}@refs/pr/1"]
    assert request_offer(message["meant"][0])[-1]["offer"]["name"] == name
    assert request_download(name, message["meant"][0])[-1]["name"] == name


@pytest.mark.parametrize("data", [{}, {"text": REPO}, {"text": REPO, "name": 3}, {"text": None, "name": REPO}])
def test_an_invalid_request_is_answered_with_a_sentence(data: dict[str, Any], server: HubServer) -> None:
    [message] = messages("fetch", **data)
    assert message["problem"]["text"]["en"].endswith("Reload the page.")
    assert not server.log


def test_an_unsupported_checkpoint_is_refused_before_its_weights(server: HubServer, files: Files) -> None:
    config = {**json.loads(files["config.json"]), "kind": "perceptron"}
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = request_offer(REPO)[-1]
    assert message["stage"] == "refused"
    assert message["problem"]["text"]["en"].startswith(f"{REPO} ")
    assert not server.asked(part="safetensors")


@pytest.mark.parametrize("config", [{"vocabulary": 10, "hidden": 10**12}, {"vocabulary": 10, "colour": 1}])
def test_a_config_out_of_bounds_is_refused_at_the_offer(
    config: dict[str, Any], server: HubServer, files: Files
) -> None:
    config = {**json.loads(files["config.json"]), "config": config}
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = request_offer(REPO)[-1]
    assert (message["stage"], message["again"]) == ("refused", False)
    assert "config.json does not describe a model" in message["problem"]["text"]["en"]
    assert not server.asked(part="safetensors")


@pytest.mark.parametrize("field", ["format", "kind", "start", "licence", "title"])
def test_lone_surrogates_never_reach_the_page(field: str, server: HubServer, files: Files) -> None:
    config = json.loads(files["config.json"])
    (config["card"] if field in config["card"] else config)[field] = "a\ud800"
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = request_offer(REPO)[-1]
    assert message["stage"] == ("offer" if field in config["card"] else "refused")
    json.dumps(message, ensure_ascii=False).encode("utf-8")


def test_a_refusal_with_lone_surrogates_can_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BadInput("refs.other_host", host="This\ud800", advice="")

    monkeypatch.setattr(offers, "offer", broken)
    assert request_offer(REPO)[-1]["problem"]["text"]["en"].startswith("This\ufffd is not the Hub")


def test_an_offer_with_lone_surrogates_can_be_sent() -> None:
    source = Source(REPO)
    offer = Offer(source, SHA, (), Path("nowhere"), "a\ud83d", "lstm", "m\ud83d", "\ud83d")
    json.dumps(hub_panel._describe(offer), ensure_ascii=False).encode("utf-8")


def test_a_card_with_windows_line_ends_is_shown_without_its_header(server: HubServer, files: Files) -> None:
    card = files[CARD].replace(b"\n", b"\r\n")
    server.add(REPO, {**files, CARD: card})
    assert request_offer(REPO)[-1]["offer"]["card"].startswith("# Letters")
    offer = Offer(Source(REPO), SHA, (), Path("nowhere"), "a", "lstm", "mit", card.decode())
    assert hub_panel._describe(offer)["card"].startswith("# Letters")


def test_weights_that_do_not_fit_the_config_are_refused_after_download(server: HubServer, files: Files) -> None:
    server.add(REPO, {**files, "model.safetensors": files["model.safetensors"][:-5]})
    message = request_download(request_offer(REPO)[-1]["offer"]["name"])[-1]
    assert (message["stage"], message["again"]) == ("refused", False)
    assert "damaged or cut short" in message["problem"]["text"]["en"]


def work_goes_on() -> bool:
    return any(thread.name.startswith(("hub", "asking")) for thread in threading.enumerate())


def wait_until_it_rests() -> None:
    end = time.monotonic() + 20
    while work_goes_on():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.timed
def test_leaving_during_an_offer_stops_the_request(server: HubServer, files: Files) -> None:
    server.add(REPO, files)
    server.trouble.append(Trouble("info", "silent"))
    answer = messages("ask", text=REPO)
    assert next(answer)["stage"] == "asking"
    begun = time.monotonic()
    answer.close()
    assert time.monotonic() - begun < 2  # without waiting for the silent Hub
    server.ended.set()
    wait_until_it_rests()


def test_leaving_during_a_download_stops_it(server: HubServer, files: Files) -> None:
    server.add(REPO, {**files, "model.safetensors": bytes(100_000)})
    name = request_offer(REPO)[-1]["offer"]["name"]
    server.trouble.append(Trouble("cdn", "slow"))
    answer = messages("fetch", text=REPO, name=name)
    while not next(answer).get("done"):
        pass
    answer.close()
    wait_until_it_rests()
    asked_for = len(server.log)
    time.sleep(0.2)
    assert len(server.log) == asked_for


@pytest.mark.parametrize("kind", ["ask", "fetch"])
@pytest.mark.timed
def test_a_cancelled_job_ends_without_a_last_message(
    kind: Literal["ask", "fetch"], server: HubServer, files: Files
) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    server.trouble.append(Trouble("info", "silent"))
    end = CancelToken()
    answer = messages(kind, end, text=REPO, name=name)
    next(answer)
    begun = time.monotonic()
    end.event.set()
    assert {message["stage"] for message in answer} <= {"asking", "fetching"}
    assert time.monotonic() - begun < 2
    server.ended.set()
    wait_until_it_rests()
