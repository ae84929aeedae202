"""Opening the page: its settings are those of the address, in the form that its text boxes hold."""

import pytest

from playground.server.settings import require
from tests import stream

ENDS = {"of Windows": "ab\r\ncd\r\n", "of old Macs": "ab\rcd\r", "of a box": "ab\ncd\n"}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
def test_a_prompt_is_opened_with_the_line_ends_of_a_text_box(ends: str) -> None:
    answer = stream.opened({"model": "shakespeare-ngram", "prompt": ends})
    assert answer["settings"]["prompt"] == "ab\ncd\n"
    assert "".join(cell for cell, _ in answer["prompt"]["cells"]) == "ab\ncd\n"


def test_an_empty_line_stays() -> None:
    assert stream.opened({"prompt": "a\r\n\r\nb"})["settings"]["prompt"] == "a\n\nb"


def test_the_prompt_of_a_program_is_unchanged() -> None:
    assert require({"prompt": "ab\r\ncd\r"}).prompt == "ab\r\ncd\r"
