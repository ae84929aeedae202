"""A script at an address takes nothing from the pages that are opened there."""

import pytest

from playground.server.shares import Shares
from playground.server.visitors import Visitor
from tests.server.test_shares import SMALL, WIDE, Clock, refused


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_script_at_an_address_refuses_its_pages_nothing(clock: Clock) -> None:
    shares = Shares(WIDE, SMALL, WIDE, clock)
    for _ in range(4):
        shares.check(Visitor("a"))
    refused(lambda: shares.check(Visitor("a")))
    for _ in range(4):
        shares.check(Visitor("a"), opening=True)
    refused(lambda: shares.check(Visitor("a"), opening=True))
    clock.now += 10
    shares.admit(Visitor("a")).spend(150)
    refused(lambda: shares.check(Visitor("a")))  # it owes work
    shares.check(Visitor("a"), opening=True)
    shares.admit(Visitor("a"), opening=True).close()
