"""Frames: numbers round-trip exactly, in the order of their columns."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.sampling import folding
from playground.server import frames
from tests import stream

SMALL = {"folded": False, "symbols": ["a", "b", "c"]}


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50))
def test_a_row_round_trips_bit_by_bit(values: list[float]) -> None:
    row = np.array(values, dtype=np.float32)
    assert frames.row(row) == row.astype("<f4").tobytes()


def test_a_number_is_packed_little_endian() -> None:
    assert frames.row(np.array([1.0], dtype=np.float32)) == b"\x00\x00\x80\x3f"


def test_minus_infinity_and_the_smallest_number_survive() -> None:
    row = np.array([-np.inf, np.float32(1e-45), 0.0], dtype=np.float32)
    np.testing.assert_array_equal(stream.Columns(frames.row(row)).row(SMALL), row)


def test_a_non_contiguous_row_is_packed_in_order() -> None:
    row = np.arange(6, dtype=np.float32)[::2]
    np.testing.assert_array_equal(stream.Columns(frames.row(row)).row(SMALL), row)


def test_a_block_holds_its_steps_in_order_and_a_pick_has_no_u() -> None:
    rows = np.arange(9, dtype=np.float32).reshape(3, 3)
    body = frames.block([2, 0], rows[0], rows[1:], [0.25, None])
    ids, us, after = stream.Columns(body).drawn(SMALL, 2)
    assert (ids, us) == ([2, 0], [0.25, None])
    np.testing.assert_array_equal(after, rows[1:])
    assert len(body) == 2 * (4 + 8 + 3 * 4)


def test_an_id_missing_from_a_folded_row_is_sent_beside_it() -> None:
    rows = np.random.default_rng(0).normal(size=(2, folding.LONG + 1)).astype(np.float32)
    last = int(rows[0].argmin())
    _, own, [after] = stream.Columns(frames.block([last], rows[0], rows[1:])).block({"folded": True}, 1)
    [(row, logit)] = own
    assert row == rows.shape[1]
    assert logit == pytest.approx(float(rows[0].min()))
    assert after["ids"][0] == rows[1].argmax()
    assert len(after["ids"]) + after["counts"].sum() == rows.shape[1]


def test_a_frame_states_the_lengths_of_its_parts() -> None:
    data = frames.frame({"text": "나\u2028"}, b"abc")
    text, body = struct.unpack_from("<II", data)
    assert (text, body, len(data)) == (len('{"text":"나\u2028"}'.encode()), 3, 8 + text + body)
    assert json.loads(data[8 : 8 + text]) == {"text": "나\u2028"}
    assert [*stream.frames(data * 2)] == [({"text": "나\u2028"}, b"abc")] * 2


def test_invalid_json_is_no_head() -> None:
    with pytest.raises(ValueError, match="JSON"):
        frames.frame({"t": float("inf")})
