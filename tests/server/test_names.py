"""Lists of symbols' names: how they are split, and that a long one from a request takes no time."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import BadInput
from playground.halves import replace_halves
from playground.server import bias, names, picks

LONG = 900_000  # characters: nearly the largest request
SECONDS = 2.0  # a quadratic reading takes most of a minute


@given(st.lists(st.text(), min_size=1))
def test_escaped_parts_are_split_again(parts: list[str]) -> None:
    written = [names.write(part) for part in parts]
    assert names.split(",".join(written), ",") == [replace_halves(one) for one in written]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", [""]), (",", ["", ""]), (r"a\,b,c", [r"a\,b", "c"]), (r"a\\,b", [r"a\\", "b"]), ("a\\", ["a\\"])],
)
def test_a_backslash_keeps_the_separator(text: str, parts: list[str]) -> None:
    assert names.split(text, ",") == parts


@pytest.mark.timed
@pytest.mark.parametrize("read", [bias.read, picks.read], ids=["bias", "picks"])
@pytest.mark.parametrize(
    "raw",
    [
        "a" * LONG, "a:1," * (LONG // 4), "\\a" * (LONG // 2), ":" * LONG, ":" * (names.LONGEST - 1),
        {"a": "9" * LONG}, {"0": "9" * LONG}, {str(n): "1" for n in range(90_000)},
    ],
    ids=["one", "many", "escapes", "separators", "longest", "number", "symbol", "members"],
)  # fmt: skip
def test_a_long_list_is_refused_in_no_time(read: Any, raw: Any) -> None:
    begun = time.perf_counter()
    with pytest.raises(BadInput):
        read(raw)
    assert time.perf_counter() - begun < SECONDS


@pytest.mark.parametrize(
    ("read", "code", "raw"), [(bias.read, "input.bias_many", "a:1,"), (picks.read, "input.picks_many", "0:a,")]
)
def test_members_of_a_list_with_too_many_are_not_read(
    read: Any, code: str, raw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor merged, if all are the same."""
    monkeypatch.setattr(names, "read", lambda text: pytest.fail(f"{text} was read"))
    with pytest.raises(BadInput) as told:
        read(raw * 12_000 + raw[:-1])
    assert told.value.code == code


def test_the_most_and_longest_names_are_read() -> None:
    """Two hundred of a hundred characters, all escaped."""
    numbers = {"\\" * (names.TOKEN - 3) + f"{n:03}": -12.345 for n in range(bias.MAX_BIASES)}
    written = bias.read(numbers)
    assert len(written) < names.LONGEST
    assert bias.read(written) == written
