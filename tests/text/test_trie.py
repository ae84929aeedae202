"""The trie over a vocabulary, and the first character of bytes: compared with naive implementations."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.text.trie import Trie, first_of, partial_character

BYTES = (
    st.binary(max_size=6)
    | st.text(max_size=3).map(str.encode)
    | st.lists(
        st.sampled_from(
            [b"\xeb", b"\x82", b"\x98", b"\xe0", b"\xed", b"\xf0", b"\xf4", b"\x9f", b"\xa0", b"\x8f", b"a", b"\xff"]
        ),
        max_size=6,
    ).map(b"".join)
)


@given(BYTES)
def test_the_first_character_equals_a_decoders(data: bytes) -> None:
    first = first_of(data)
    if first is None:
        # Nothing that a strict decoder would reject, and nothing complete.
        assert codecs.getincrementaldecoder("utf-8")().decode(data) == ""
        assert len(data) < 4
    elif first.decode("utf-8", "replace") == "\ufffd" and first != "\ufffd".encode():
        assert data.decode("utf-8", "replace") == "\ufffd" + data[len(first) :].decode("utf-8", "replace")
    else:
        assert data.decode("utf-8", "replace")[0] == first.decode()


@pytest.mark.parametrize(
    ("data", "begun"),
    [
        *[(b"", b""), (b"a", b""), ("나".encode(), b""), (b"a\xeb", b"\xeb"), (b"\xeb\x82", b"\xeb\x82")],
        *[
            (b"\xf0\x9f\x98", b"\xf0\x9f\x98"),
            (b"\xeb\xeb", b"\xeb"),
            (b"\x82", b""),
            (b"\xed\xa0", b""),
            (b"\xff", b""),
        ],
    ],
)
def test_incomplete_characters_at_the_end(data: bytes, begun: bytes) -> None:
    assert partial_character(data) == begun


TOKENS = st.lists(BYTES, min_size=1, max_size=30)


@given(TOKENS, BYTES)
def test_ranges_are_the_tokens_with_that_prefix(tokens: list[bytes], prefix: bytes) -> None:
    trie = Trie(tokens)
    begin, end = trie.starting(prefix)
    assert sorted(trie.ids[begin:end]) == [id for id, spelt in enumerate(tokens) if spelt.startswith(prefix)]
    found = [int(id) for _, low, high in trie.ending(prefix) for id in trie.ids[low:high]]
    assert sorted(found) == [id for id, spelt in enumerate(tokens) if prefix.startswith(spelt)]


@given(TOKENS, st.sampled_from([b"", b"a", b"\xeb"]), st.sampled_from([b"", b"\xeb", b"\xf0\x9f"]))
def test_groups_are_the_continuing_tokens_by_first_character(tokens: list[bytes], prefix: bytes, begun: bytes) -> None:
    trie = Trie(tokens)
    found = {int(id): group.first for group in trie.groups(prefix, begun) for id in trie.ids[group.begin : group.end]}
    longer = {id: spelt for id, spelt in enumerate(tokens) if spelt.startswith(prefix) and spelt != prefix}
    assert found == {id: first_of(begun + spelt[len(prefix) :]) for id, spelt in longer.items()}


def test_ids_without_bytes() -> None:
    trie = Trie([b"b", b"<end>", b"a"], {1})
    assert trie.ids.tolist() == [2, 0]
