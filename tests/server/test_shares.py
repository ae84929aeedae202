"""Rate limits: what is limited, what is returned, retry times, and that nobody is remembered forever."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from playground.engine.base import RequestAborted, Requester
from playground.engine.pace import LATELY, LONGEST, UNKNOWN, Pace
from playground.errors import BadInput
from playground.server import shares as module
from playground.server.bucket import Bucket
from playground.server.shares import (
    ADDRESS,
    IDLE,
    OTHERS,
    SESSION,
    SESSIONS,
    Limits,
    RateLimited,
    Share,
    Shares,
    factor_from_environment,
)
from playground.server.visitors import SPACE_PROXIES, Visitor, address_of, trust_the_proxies_of_a_space, visitor_of

SMALL = Limits(2, (4, 1), (100, 10), 50)
WIDE = Limits(1_000, (100_000, 1_000), (1e6, 1_000), 1e9)


class Clock:
    """A clock that is advanced by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shares(clock: Clock) -> Shares:
    return Shares(SMALL, WIDE, WIDE, clock)


def refused(act: Callable[[], object]) -> float:
    """The retry time in a refusal, in seconds."""
    with pytest.raises(RateLimited) as told:
        act()
    return told.value.seconds


def test_the_number_of_concurrent_requests_is_limited(shares: Shares, clock: Clock) -> None:
    ann, ben = Visitor("a", "ann"), Visitor("a", "ben")
    first, second = shares.admit(ann), shares.admit(ann)
    assert refused(lambda: shares.admit(ann)) == UNKNOWN
    shares.admit(ben).close()  # another session of the same address
    first.close()
    first.close()  # a second close has no effect
    third = shares.admit(ann)
    assert refused(lambda: shares.admit(ann)) == 1.0  # the last one ended a moment ago
    second.close()
    third.close()


def test_the_request_bucket_refills_every_second(shares: Shares, clock: Clock) -> None:
    ann = Visitor("a", "ann")
    for _ in range(4):
        shares.admit(ann).close()
    assert refused(lambda: shares.admit(ann)) == 1.0
    clock.now += 0.75
    assert refused(lambda: shares.admit(ann)) == pytest.approx(0.25)
    clock.now += 0.25
    shares.admit(ann).close()
    clock.now += 1_000
    for _ in range(4):  # and not more than before
        shares.admit(ann).close()
    refused(lambda: shares.admit(ann))


def test_work_is_reserved_in_advance_and_the_rest_refunded(shares: Shares, clock: Clock) -> None:
    ann = Visitor("a", "ann")
    with shares.admit(ann) as first:
        first.reserve(80)
        with shares.admit(ann) as second:
            assert refused(lambda: second.reserve(50)) == pytest.approx(3.0)  # 20 are left, and 10 come a second
            second.reserve(20)
            second.done(20)
        first.done(30)
    with shares.admit(ann) as third:  # 50 of the first were returned
        assert refused(lambda: third.reserve(51)) == pytest.approx(0.1)
        third.reserve(50)


def test_a_thread_outliving_its_request_reserves_nothing(shares: Shares, clock: Clock) -> None:
    ann = Visitor("a", "ann")
    with shares.admit(ann) as first:
        first.reserve(1, 500)
    for _ in range(3):
        with pytest.raises(RequestAborted):
            first.reserve(1, 500)
    shares.admit(ann).reserve(1, 500)


def test_the_largest_request_is_allowed_once_and_paid_off(clock: Clock) -> None:
    bucket = Bucket((100, 10), clock.now)
    assert bucket.seconds(350, clock.now) == 0
    bucket.take(350)
    assert bucket.seconds(1, clock.now) == pytest.approx(25.1)
    assert bucket.seconds(350, clock.now + 30) == pytest.approx(5.0)
    assert bucket.seconds(350, clock.now + 35) == 0


def test_memory_is_limited_and_one_request_is_always_allowed(shares: Shares, clock: Clock) -> None:
    ann = Visitor("a", "ann")
    with shares.admit(ann) as first:
        first.reserve(1, 500)
        with shares.admit(ann) as second:
            refused(lambda: second.reserve(1, 1))
            second.reserve(1)  # requests without work
    with shares.admit(ann) as first, shares.admit(ann) as second:
        first.reserve(1, 30)
        refused(lambda: second.reserve(1, 30))
        second.reserve(1, 20)


def test_an_address_is_limited_across_its_sessions(clock: Clock) -> None:
    shares = Shares(SMALL, WIDE, replace(WIDE, running=3), clock)
    held = [shares.admit(Visitor("a", name)) for name in ("ann", "ben", "")]
    refused(lambda: shares.admit(Visitor("a", "cem")))
    shares.admit(Visitor("b", "dan")).close()
    for share in held:
        share.close()
    shares.admit(Visitor("a", "cem")).close()


def test_sessions_beyond_a_number_share_one_allowance(clock: Clock) -> None:
    shares = Shares(replace(SMALL, running=1), replace(WIDE, running=2), WIDE, clock)
    most = int(SESSIONS[0])
    names = {shares.admit(Visitor("a", f"s{n}")).requester for n in range(most)}
    assert len(names) == most
    others = [shares.admit(Visitor("a", f"more{n}")) for n in range(2)]
    assert {share.requester for share in others} == {Requester("a")}
    refused(lambda: shares.admit(Visitor("a", "still more")))
    refused(lambda: shares.admit(Visitor("a", "s7")))  # an earlier session keeps its share, which is used up
    clock.now += 1 / SESSIONS[1]
    for share in others:
        share.close()
    assert shares.admit(Visitor("a", "new")).requester == Requester("a", "a new")


def test_a_request_admitted_before_it_begins_is_counted_once(shares: Shares, clock: Clock) -> None:
    ann = Visitor("a", "ann")
    for _ in range(4):
        shares.check(ann)
    shares.admit(ann, counted=True).close()
    refused(lambda: shares.check(ann))
    clock.now += 10
    share = shares.admit(ann)
    share.reserve(150)
    share.done(150)
    share.close()
    assert refused(lambda: shares.check(ann)) == pytest.approx(5.1)  # a visitor who owes work is not even queued


def test_idle_visitors_are_forgotten_unless_they_owe_work(shares: Shares, clock: Clock) -> None:
    running = shares.admit(Visitor("busy", "x"))
    for n in range(500):
        shares.admit(Visitor(f"a{n}", f"s{n}")).close()
    assert len(shares) > 1_000
    clock.now += 3_600
    for _ in range(1_000):
        shares.admit(Visitor("b", "ben")).close()
        clock.now += 1
    assert len(shares) <= 8  # ben, and the one with a running request
    running.close()


def test_the_tables_are_limited_in_size_under_a_rush(
    shares: Shares, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ADDRESSES", 50)
    monkeypatch.setattr(module, "MOST_SESSIONS", 20)
    held = shares.admit(Visitor("first", "x"))
    for n in range(300):
        shares.admit(Visitor(f"a{n}")).close()
        shares.admit(Visitor("many", f"s{n}")).close()
    assert len(shares) <= 3 * 50 + 20 + 1
    refused(lambda: [shares.admit(Visitor("first", "x")) for _ in range(2)])  # one with a running request stays known
    held.close()


def test_two_hundred_pages_of_a_school_fit_into_one_addresss_share(clock: Clock) -> None:
    """All open at once, and then each writes 400 characters of the largest bundled model and inspects prompts."""
    shares, parameters = Shares(clock=clock), 3_322_497
    for share in [shares.admit(Visitor("school")) for _ in range(200)]:
        share.reserve(18 * parameters, 1e5)
        share.close()
    for _ in range(20):  # texts, one after the other
        clock.now += 14
        held: list[Share] = []
        for page in range(200):
            share = shares.admit(Visitor("school", f"page {page}"))
            share.reserve(418 * parameters, 4e5)
            share.done(418 * parameters)
            held.append(share)
            for _ in range(20):
                shares.admit(Visitor("school", f"page {page}")).close()
        for share in held:
            share.close()


def test_the_limits_are_consistent() -> None:
    for limits in (SESSION, OTHERS, ADDRESS):
        for most, rate in (limits.requests, limits.work):
            assert most / rate < IDLE
    assert SESSION.running < OTHERS.running < ADDRESS.running
    assert SESSION.work[1] < OTHERS.work[1] < ADDRESS.work[1]
    assert SESSION.requests[1] < OTHERS.requests[1] < ADDRESS.requests[1]


# ── Visitors ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("_hidden", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_a_machine_of_ipv4_or_a_network_of_ipv6(host: str, address: str) -> None:
    assert address_of(host) == address
    assert visitor_of((host, 80), "s") == Visitor(address, "s")


def test_in_a_space_the_hubs_proxies_are_trusted_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    monkeypatch.delenv("SPACE_ID", raising=False)
    trust_the_proxies_of_a_space()
    assert "FORWARDED_ALLOW_IPS" not in os.environ
    monkeypatch.setenv("SPACE_ID", "you/playground")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.1")
    trust_the_proxies_of_a_space()
    assert os.environ["FORWARDED_ALLOW_IPS"] == "192.0.2.1"
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    trust_the_proxies_of_a_space()
    assert os.environ["FORWARDED_ALLOW_IPS"] == SPACE_PROXIES
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")


# ── Retry times ──────────────────────────────────────────────────────────────────────────────────
def test_the_retry_time_follows_from_how_fast_places_became_free(clock: Clock) -> None:
    pace = Pace(clock)
    assert pace.seconds(100) == UNKNOWN
    for _ in range(20):
        pace.note()
        clock.now += 0.5
    assert pace.seconds(10) == pytest.approx(5.0)  # two became free a second
    assert pace.seconds(0) == 1.0
    assert pace.seconds(100_000) == LONGEST
    clock.now += 10  # and none since
    assert pace.seconds(10) == pytest.approx(10.0)
    clock.now += LATELY
    assert pace.seconds(10) == UNKNOWN


# ── The owner's settings ─────────────────────────────────────────────────────────────────────────
def test_the_owner_can_raise_or_remove_the_limits(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.delenv("PLAYGROUND_SHARE", raising=False)
    assert factor_from_environment() == 1
    monkeypatch.setenv("PLAYGROUND_SHARE", "2.5")
    shares = Shares(SMALL, WIDE, WIDE, clock)
    shares.factor = factor_from_environment()
    held = [shares.admit(Visitor("a", "ann")) for _ in range(5)]
    refused(lambda: shares.admit(Visitor("a", "ann")))
    monkeypatch.setenv("PLAYGROUND_SHARE", "inf")
    shares = Shares(SMALL, WIDE, WIDE, clock)
    shares.factor = factor_from_environment()
    held += [shares.admit(Visitor("a", "ann")) for _ in range(500)]
    for share in held:
        share.reserve(1e15, 1e15)
        share.close()


@pytest.mark.parametrize("written", ["0", "-1", "many", "nan", ""])
def test_an_invalid_share_is_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_SHARE", written)
    with pytest.raises(BadInput, match="PLAYGROUND_SHARE must be a number above 0, or inf, but is"):
        factor_from_environment()
