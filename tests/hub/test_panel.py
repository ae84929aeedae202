"""The Hub's panel without a browser: what its handlers answer, and what a link or a setting opens."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from playground import fetching
from playground.addresses import Source
from playground.errors import BadInput
from playground.fetching import CARD, Offer
from playground.ui import api, controls, hub, play, wire
from playground.ui.controls import Settings, parse, require
from tests.hub.hands import REPO, SHA, downloads, fetched
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]


@pytest.fixture
def server(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """The Hub, and a panel that looks often whether the visitor is still there."""
    monkeypatch.setattr("playground.ui.hub.TICK", 0.01)
    return hub


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def asked(text: Any) -> list[dict[str, Any]]:
    return list(hub.ask(set(), event(token="t", text=text)))


def brought(name: str, text: str = REPO) -> list[dict[str, Any]]:
    return list(hub.fetch(set(), event(token="t", text=text, name=name)))


def stages(messages: list[dict[str, Any]]) -> list[str]:
    """The stages in their order, each once."""
    return list(dict.fromkeys(message["stage"] for message in messages))


# ── Asking and fetching ──────────────────────────────────────────────────────────────────────────
def test_a_name_is_asked_and_offered_and_no_weights_come(server: HubServer, files: Files) -> None:
    sha = server.add(REPO, files)
    messages = asked(REPO)
    assert stages(messages) == ["asking", "offer"]
    assert {message["token"] for message in messages} == {"t"}
    offer = messages[-1]["offer"]
    assert offer.pop("card").startswith("# Letters")  # without what it tells the Hub
    size = sum(len(files[name]) for name in (*fetching.NEEDED, CARD))
    told = {"title": "Letters · test", "kind": "lstm", "licence": "mit"}
    assert offer == {"name": f"{REPO}@{sha}", "bytes": size, **told}
    assert not server.asked(part="safetensors")


def test_what_was_offered_is_fetched_and_opened_and_the_next_time_opens_at_once(
    server: HubServer, files: Files
) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    messages = brought(asked(REPO)[-1]["offer"]["name"])
    assert stages(messages) == ["fetching", "opening", "open"]
    assert messages[-1]["name"] == name
    assert messages[-1]["card"]["prompts"] == ["abc", "de"]
    came = [message["done"] for message in messages if message["stage"] == "fetching"]
    assert came == sorted(came)
    before = len(downloads(server))
    assert stages(asked(REPO)) == stages(asked(name)) == ["asking", "opening", "open"]
    assert len(downloads(server)) == before


def test_the_commit_that_was_seen_is_fetched_also_when_the_branch_moved_meanwhile(
    server: HubServer, files: Files
) -> None:
    old = server.add(REPO, files)
    name = asked(REPO)[-1]["offer"]["name"]
    server.add(REPO, {**files, CARD: b"another"})
    assert brought(name)[-1]["name"] == name == f"{REPO}@{old}"
    assert asked(REPO)[-1]["stage"] == "offer"  # what main is now was never fetched


def test_what_was_fetched_from_a_branch_is_found_without_a_network(
    server: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(REPO, files)
    brought(asked(REPO)[-1]["offer"]["name"])
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert asked(REPO)[-1]["stage"] == "open"


@pytest.mark.parametrize("text", ["shakespeare-lstmm", "a b", "../checkpoints", "", None, 7, "https://example.org/a/b"])
def test_what_is_no_name_is_told_with_what_may_be_typed(text: Any, server: HubServer) -> None:
    [message] = asked(text)
    assert message["stage"] == "refused"
    assert "type owner/name, owner/name@revision, or the address" in message["problem"]
    assert message["again"] is False
    assert not server.log


@pytest.mark.parametrize("data", [None, [], "x", {}, {"text": REPO}, {"text": REPO, "name": 3, "token": {}}])
def test_what_the_page_would_not_send_is_answered_with_a_sentence(data: Any, server: HubServer) -> None:
    [message] = hub.fetch(set(), gr.EventData(None, data))
    assert message["stage"] == "refused"
    assert message["problem"].endswith(".")


def test_a_checkpoint_that_cannot_be_shown_is_refused_before_its_weights_come(server: HubServer, files: Files) -> None:
    config = {**json.loads(files["config.json"]), "kind": "perceptron"}
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = asked(REPO)[-1]
    assert message["stage"] == "refused"
    assert message["problem"].startswith(f"{REPO} ")
    assert not server.asked(part="safetensors")


@pytest.mark.parametrize("config", [{"vocabulary": 10, "hidden": 10**12}, {"vocabulary": 10, "colour": 1}])
def test_a_config_out_of_bounds_is_refused_at_the_offer(
    config: dict[str, Any], server: HubServer, files: Files
) -> None:
    config = {**json.loads(files["config.json"]), "config": config}
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = asked(REPO)[-1]
    assert (message["stage"], message["again"]) == ("refused", False)
    assert "config.json does not describe a model" in message["problem"]
    assert not server.asked(part="safetensors")


@pytest.mark.parametrize("field", ["format", "kind", "start", "licence", "title"])
def test_half_characters_never_reach_the_page(field: str, server: HubServer, files: Files) -> None:
    config = json.loads(files["config.json"])
    (config["card"] if field in config["card"] else config)[field] = "a\ud800"
    server.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    message = asked(REPO)[-1]
    assert message["stage"] == ("offer" if field in config["card"] else "refused")
    json.dumps(message, ensure_ascii=False).encode("utf-8")


def test_a_refusal_with_half_characters_can_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BadInput("This is \ud800.")

    monkeypatch.setattr(fetching, "offer", broken)
    assert asked(REPO)[-1]["problem"] == "This is ?."


def test_an_offer_with_half_characters_can_be_sent() -> None:
    source = Source(REPO)
    offer = Offer(source, SHA, (), Path("nowhere"), "a\ud83d", "lstm", "m\ud83d", "\ud83d")
    json.dumps(hub._told(offer), ensure_ascii=False).encode("utf-8")


def test_a_card_with_line_ends_of_windows_is_offered_without_what_it_tells_the_hub(
    server: HubServer, files: Files
) -> None:
    card = files[CARD].replace(b"\n", b"\r\n")
    server.add(REPO, {**files, CARD: card})
    assert asked(REPO)[-1]["offer"]["card"].startswith("# Letters")
    offer = Offer(Source(REPO), SHA, (), Path("nowhere"), "a", "lstm", "mit", card.decode())
    assert hub._told(offer)["card"].startswith("# Letters")


def test_weights_that_do_not_fit_are_refused_when_they_are_here(server: HubServer, files: Files) -> None:
    server.add(REPO, {**files, "model.safetensors": files["model.safetensors"][:-5]})
    message = brought(asked(REPO)[-1]["offer"]["name"])[-1]
    assert (message["stage"], message["again"]) == ("refused", False)
    assert "damaged or cut short" in message["problem"]


def work_goes_on() -> bool:
    return any(thread.name.startswith(("hub", "asking")) for thread in threading.enumerate())


def wait_until_it_rests() -> None:
    end = time.monotonic() + 20
    while work_goes_on():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_goes_away_while_the_hub_is_asked_stops_the_asking(server: HubServer, files: Files) -> None:
    server.add(REPO, files)
    server.trouble.append(Trouble("info", "silent"))
    messages: Any = hub.ask(set(), event(token="t", text=REPO))
    assert next(messages)["stage"] == "asking"
    begun = time.monotonic()
    messages.close()
    assert time.monotonic() - begun < 2  # the Hub's silence is not waited for
    server.ended.set()
    wait_until_it_rests()


def test_who_goes_away_while_it_comes_stops_the_transfer(server: HubServer, files: Files) -> None:
    server.add(REPO, {**files, "model.safetensors": bytes(100_000)})
    name = asked(REPO)[-1]["offer"]["name"]
    server.trouble.append(Trouble("cdn", "slow"))
    messages: Iterator[dict[str, Any]] = hub.fetch(set(), event(token="t", text=REPO, name=name))
    while not next(messages).get("done"):
        pass
    messages.close()  # type: ignore[attr-defined]
    wait_until_it_rests()
    asked_for = len(server.log)
    time.sleep(0.2)
    assert len(server.log) == asked_for


def test_what_is_to_stop_is_known_by_its_token(server: HubServer, files: Files) -> None:
    server.add(REPO, files)
    server.trouble.append(Trouble("info", "silent", times=1))
    stops: set[str] = set()
    messages = hub.ask(stops, event(token="first", text=REPO))
    next(messages)
    hub.stop(stops, event(token="first"))
    again = hub.ask(stops, event(token="second", text=REPO))
    assert list(again)[-1]["stage"] == "offer"
    assert list(messages) == []
    assert stops == set()
    hub.stop(stops, gr.EventData(None, None))
    for token in range(200):
        hub.stop(stops, event(token=token))
    assert len(stops) == hub.STOPS


# ── Names of the Hub as settings ─────────────────────────────────────────────────────────────────
def opened(**query: str) -> list[Any]:
    return play.open_link(SimpleNamespace(query_params=query))  # type: ignore[arg-type]


def test_no_setting_ever_fetches(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    for model in (REPO, name, f"https://huggingface.co/{REPO}"):
        with pytest.raises(BadInput, match="is not on this server: open it on the page first"):
            require({"model": model})
        answer = play.look(event(token="t", model=model, prompt="a", knows=None))
        assert "open it on the page first" in answer["problem"]
        with pytest.raises(gr.Error, match="open it on the page first"):
            api.distribution(model=model)
    assert not server.log


def test_what_is_here_is_a_model_like_any_other(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    fetched()
    count = len(server.log)
    assert [require({"model": model}).model for model in (REPO, name)] == [name, name]
    assert parse({"model": name})[0].prompt == "abc"
    message = play.look(event(token="t", model=name, prompt="abc", knows=None))
    assert (message["model"], message["card"]["title"]) == (name, "Letters · test")
    assert api.distribution(model=REPO, prompt="a")["model"] == name
    assert api.score("abc", model=REPO)["model"] == name
    [*_, last] = play.write(event(token="t", settings=wire.plain(Settings(model=name, prompt="a", length=3)),
                                  written=[], pick=None, knows=None))  # fmt: skip
    assert (last["model"], last["done"]) == (name, True)
    assert len(server.log) == count


def test_a_link_to_what_is_here_opens_it(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    fetched()
    count = len(server.log)
    *_, message = opened(model=name, temperature="0.5")
    assert (message["model"], message["asks"], message["notices"]) == (name, "", [])
    assert message["settings"]["temperature"] == 0.5
    assert len(server.log) == count
    assert opened(model=REPO)[-1]["asks"] == REPO  # the branch may have moved


def test_a_link_to_what_is_not_here_opens_the_default_with_all_else_in_force(server: HubServer) -> None:
    name = f"{REPO}@{SHA}"
    model, prompt, message = opened(model=name, prompt="abc", **{"top-k": "7"}, temperature="2")
    assert (model, prompt, message["settings"]["top_k"]) == (controls.DEFAULTS["model"], "abc", 7)
    assert (message["asks"], message["notices"]) == (name, [])
    assert (message["settings"]["model"], message["settings"]["temperature"]) == (model, 2.0)
    assert not server.log


@pytest.mark.parametrize("model", ["gpt-9", "", "../checkpoints/shakespeare-gru", "<b>", f"{REPO}@../x", "a/b/c"])
def test_a_link_to_what_is_no_model_says_so(model: str, server: HubServer) -> None:
    message = opened(model=model)[-1]
    assert message["asks"] == ""
    assert len(message["notices"]) == 1
