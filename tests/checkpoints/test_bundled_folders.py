"""An invalid folder in `checkpoints/` harms only itself: what is listed, what is skipped, and the messages."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from playground import library
from playground.checkpoints import bundled, card_translation, configs, model_card
from playground.checkpoints.card import Card, of
from playground.errors import BadCheckpoint
from playground.server import api, sanitize, settings
from playground.ui import components
from tests import stream
from tests.odd_folders import CHANGED, LEFT_OUT, MARKUP, copied, whole, write

SHIPPED = library.BUNDLED


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of checkpoints that the program uses as its own."""
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "checkpoints")
    monkeypatch.setattr(library, "_listing", bundled.Listing())
    monkeypatch.setattr(library, "_models", library._none_in_memory())
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_valid_folders_are_listed_and_others_skipped(place: Path) -> None:
    write(place)
    assert set(library.available()) == set(CHANGED)
    assert set(library.all_records()) == {*CHANGED, "no-tokenizer", "record-alone", "weights-are-a-folder",
                                           "record-on-purpose"}  # fmt: skip
    for name in CHANGED:
        assert library.load(name).model


def test_each_skipped_folder_has_one_line_in_the_log(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(place)
    for _ in range(3):
        library.all_cards()
        library.all_records()
        settings.parse({"model": "letters-lstm"})
    lines = said(caplog)
    assert len(lines) == len(LEFT_OUT)
    for name, why in LEFT_OUT.items():
        shown_name = name if name.isprintable() else ascii(name)
        [told] = [text for text in lines if text.startswith(f"checkpoints/{shown_name} is left out: ")]
        assert why in told
        assert "\n" not in told


def test_a_repaired_folder_is_listed_and_a_newly_broken_one_reported(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole(place / "a")
    text = (place / "a" / "config.json").read_text("utf-8")
    assert library.available() == ["a"]
    (place / "a" / "config.json").write_text("{")
    assert library.available() == []
    assert len(said(caplog)) == 1
    (place / "a" / "config.json").write_text(text)
    assert library.available() == ["a"]
    (place / "a" / "model.safetensors").unlink()
    assert library.available() == []
    assert len(said(caplog)) == 2


def test_models_gives_known_values_and_null_for_the_rest(place: Path) -> None:
    write(place)
    told = {model["name"]: model for model in json.loads(json.dumps(api.models(), allow_nan=False))}
    assert set(told) == set(CHANGED)
    for name, (_, title, prompts, parameters, nats) in CHANGED.items():
        assert told[name] == {
            "name": name,
            "title": title or "Letters · LSTM",
            "kind": "lstm",
            "parameters": parameters,
            "validation_nats": nats,
            "prompts": prompts,
            "unit": "character",
        }
    assert "null" in (api.models.__doc__ or "")


def test_a_gpt2_folder_is_listed_by_its_name(place: Path) -> None:
    write(place, gpt2=True)
    [told] = [model for model in api.models() if model["name"] == "a-gpt2"]
    assert (told["title"], told["kind"], told["validation_nats"]) == ("a-gpt2", "transformer", None)
    assert told["unit"] == "token"
    assert told["prompts"]
    assert settings.parse({"model": "a-gpt2"})[0].prompt == told["prompts"][0]


def test_the_page_receives_every_card_as_text(place: Path) -> None:
    write(place)
    script = components.head().partition('id="given">')[2].partition("</script>")[0]
    given = json.loads(script)
    assert dict(map(reversed, given["models"])).keys() == CHANGED.keys()
    assert given["prompts"] == {name: prompts for name, (_, _, prompts, *_) in CHANGED.items()}
    assert MARKUP in [title for title, _ in given["models"]]
    assert "<" not in script


def test_labels_of_the_model_box_are_unique(place: Path) -> None:
    write(place)
    labels = {name: label for label, name in sanitize.labels(library.all_cards())}
    assert labels["한국어-lstm"] == "편지 · LSTM"
    assert labels["letters-lstm"] == "Letters · LSTM · letters-lstm"  # the title of several
    assert labels["other"] == "named LIKE a title · other"  # the name of another
    assert labels["Named like a title"] == "Another"
    assert len({label.casefold() for label in labels.values()}) == len(labels)
    for name, label in labels.items():
        assert not [other for other in labels if other != name and other.casefold() == label.casefold()]


def test_labels_are_unique_even_for_clashing_names() -> None:
    clash = {"a": Card(title="T"), "b": Card(title="t"), "T · a": Card(title="x"), "x": Card()}
    assert sanitize.labels(clash) == [("T · a · a", "a"), ("t · b", "b"), ("x · T · a", "T · a"), ("x · x", "x")]


def test_the_table_has_a_row_for_each_checkpoint(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(place)
    rows = {row.split("`")[1]: row for row in model_card.table(library.all_cards()).splitlines()[2:]}
    assert len(rows) == len(CHANGED)
    size = (place / "letters-lstm" / "model.safetensors").stat().st_size
    assert rows["letters-lstm"] == (
        f"| `letters-lstm` | Letters | 1,154 | {size / 1e3:.1f} kB | 2.0000 | 2.885 | 25.0% | 4 s, a test |"
    )
    assert rows["numbers-as-strings"].split("|")[3].strip() == "–"
    assert rows["validation-of-a-list"].split(" | ")[2:3] + rows["validation-of-a-list"].split(" | ")[4:7] == ["–"] * 4
    assert rows["training-of-a-word"].endswith("| 2.0000 | 2.885 | 25.0% | – |")
    assert all(len(row) < 500 for row in rows.values())
    odd = {"x": of({"reported": 3}), "y": of({"reported": {"figure": [], "ours": None, "source": "a|b"}})}
    assert model_card.textbooks(odd).splitlines()[2:] == ["| `y` | a\\|b | – | – | – | – | – |"]


def test_translators_are_ordered_by_decreasing_loss() -> None:
    measures = {"chrf": 20.5, "seen": 1_000, "lengths": [{"most": 10, "nats": 0.5, "chrf": 30.0}, {"most": 20}]}
    cards = {
        "good": of({"bundled": True, "parameters": 12, "validation": {"nats": 0.7}, "translation": measures}),
        "poor": of({"bundled": True, "validation": {"nats": 0.9}, "translation": {}}),
        "mine": of({"bundled": False, "validation": {"nats": 0.8}, "translation": measures}),
        "silent": of({"bundled": True, "translation": measures}),
    }
    assert card_translation.table(cards).splitlines()[2:] == [
        "| `poor` | – | – | 0.9000 | – | –, – | –, – |",
        "| `good` | 12 | 1,000 | 0.7000 | 20.5 | 0.500, – | 30.0, – |",
    ]


def test_without_shakespeares_lstm_the_first_of_the_list_is_the_default(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(SHIPPED, place, "shakespeare-rnn", "names-gru")
    assert library.default_model() == "shakespeare-rnn"
    copied(SHIPPED, place, "shakespeare-lstm")
    assert library.default_model() == "shakespeare-lstm"
    (place / "shakespeare-lstm" / "config.json").write_text("{}")
    assert library.default_model() == "shakespeare-rnn"
    monkeypatch.setattr(library, "BUNDLED", place / "none")
    assert library.default_model() == "shakespeare-lstm"


def test_a_damaged_default_is_replaced_with_a_notice(place: Path) -> None:
    copied(SHIPPED, place, "shakespeare-lstm", "shakespeare-gru-geron", "names-gru")
    (place / "shakespeare-lstm" / "model.safetensors").write_bytes(b"\0" * 20)
    message = stream.opened({"temperature": "0.5"})
    assert message["model"] == message["settings"]["model"] == "shakespeare-gru-geron"
    assert message["settings"]["prompt"] == message["prompt"]["text"] == "to be or not to b"
    assert message["settings"]["temperature"] == 0.5
    [notice] = message["notices"]
    assert notice["text"]["en"].startswith("shakespeare-lstm: model.safetensors is damaged or cut short")
    assert notice["text"]["en"].endswith("shakespeare-gru-geron stands in for it.")
    # Who asks for the damaged one is told, and gets no other.
    message = stream.opened({"model": "shakespeare-lstm"})
    assert message["problem"]["text"]["en"].startswith("shakespeare-lstm: model.safetensors is damaged")
    # A name that is none of the list's is asked about; until then the default stands there.
    message = stream.opened({"model": "gpt-9"})
    assert (message["model"], message["asks"]) == ("shakespeare-gru-geron", "gpt-9")
    assert len(message["notices"]) == 1


def test_a_card_is_read_once_and_again_when_its_file_changes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        whole(place / name)
    (place / "d").mkdir()
    read, seen = configs.read, []

    def watched(folder: Path, name: str) -> Any:
        seen.append(name)
        return read(folder, name)

    monkeypatch.setattr(configs, "read", watched)
    first = api.models()
    assert sorted(seen) == ["a", "b", "c"]
    for _ in range(3):
        assert api.models() == first
        settings.require({"model": "b", "prompt": "x"})
        assert settings.parse({"model": "c"})[0].prompt == "abc"
        assert library.card("a").title == "Letters · LSTM"
        library.all_records()
    assert len(seen) == 3
    path = place / "b" / "config.json"
    draft = path.with_name("draft")
    draft.write_text(path.read_text("utf-8").replace("Letters · LSTM", "Changed"), "utf-8")
    os.replace(draft, path)
    assert [model["title"] for model in api.models()] == ["Letters · LSTM", "Changed", "Letters · LSTM"]
    assert seen[3:] == ["b"]


def test_any_error_in_one_folder_leaves_the_others(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = configs.read

    def failing(folder: Path, name: str) -> Any:
        if name in _RAISES:
            raise _RAISES[name]
        return read(folder, name)

    for name in ("a", *_RAISES):
        whole(place / name)
    monkeypatch.setattr(configs, "read", failing)
    assert library.available() == ["a"]
    assert sorted(line.partition(": ")[2].partition(")")[0] for line in said(caplog)) == [
        "config.json must hold an object: copy or save the checkpoint again.",
        "it cannot be read (Permission denied",
        "its config.json cannot be understood (ZeroDivisionError",
    ]


_RAISES = {
    "b": BadCheckpoint("config.no_object"),
    "c": PermissionError(13, "Permission denied"),
    "d": ZeroDivisionError(),
}
