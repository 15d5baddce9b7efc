"""For how long a request is followed, at the rate of whoever asks."""

import math

import pytest

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.conditions.request_stream import RequestStream
from rl_manip_description.model.joint_order import JointOrder

NAMES = ("one", "two")
TIMING = GuardTiming(command_hold=0.025, command_timeout=0.1)


@pytest.fixture
def stream():
    return RequestStream(JointOrder(NAMES), TIMING)


def send(stream, intervals, since=10.0, velocity=(0.5, 0.0)):
    """Requests so far apart; returns the time of the last one."""
    now = since
    for interval in intervals:
        now += interval
        assert stream.take(NAMES, velocity, now) == ""
    return now


@pytest.mark.parametrize(
    ("intervals", "hold"),
    [
        ([0.01] * 20, 0.025),  # never less than command_hold
        ([0.04] * 20, 0.06),  # one and a half periods
        ([0.02] * 20, 0.03),
        ([0.09] * 20, 0.1),  # never more than command_timeout
        ([0.04] * 3, 0.025),  # too few to know a rate
        ([0.01] * 15 + [0.09] * 5, 0.025),  # a few late ones do not change it
        ([0.03, 0.05] * 10 + [0.03], 0.045),
        ([0.04] * 20 + [0.01] * 6, 0.025),  # another requester
        ([0.04] * 20 + [0.5], 0.025),  # one that was away
    ],
)
def test_hold_suits_the_rate(stream, intervals, hold):
    send(stream, intervals)
    assert stream.hold == pytest.approx(hold)


def test_a_request_is_followed_for_the_hold_and_is_trouble_after_the_time_out(stream):
    now = send(stream, [0.04] * 10)
    assert stream.is_followed(now + 0.059)
    assert not stream.is_followed(now + 0.061)
    assert stream.trouble(now + 0.099) == ""
    assert stream.trouble(now + 0.101) == "command is 0.101 s old"


def test_nobody_who_asks_is_no_trouble(stream):
    assert stream.trouble(10.0) == ""
    assert not stream.is_followed(10.0)
    assert stream.refusal(10.0) == ""


def test_one_that_has_gone_is_forgotten_only_when_asked_to(stream):
    now = send(stream, [0.04] * 10)
    assert stream.refusal(now + 0.05)
    assert stream.refusal(now + 0.2) == ""
    stream.forget_the_old(now + 0.05)
    assert stream.value is not None
    stream.forget_the_old(now + 0.2)
    assert stream.value is None
    assert stream.trouble(now + 0.2) == ""


def test_a_broken_request_is_a_fault_until_the_next_good_one(stream):
    now = send(stream, [0.01] * 3)
    assert "not finite" in stream.take(NAMES, [math.nan, 0.0], now + 0.01)
    assert "not finite" in stream.trouble(now + 0.02)
    assert not stream.is_followed(now + 0.02)
    assert "mend or end the node" in stream.refusal(now + 0.02)
    assert stream.refusal(now + 0.2) == ""  # whoever sent it has gone
    send(stream, [0.02], since=now)
    assert stream.trouble(now + 0.02) == ""


def test_a_request_for_rest_is_no_refusal(stream):
    now = send(stream, [0.01] * 3, velocity=(5e-4, -5e-4))
    assert stream.refusal(now) == ""
    now = send(stream, [0.01] * 3, now, velocity=(0.0, -0.01))
    assert stream.refusal(now).startswith("two is asked to move at -0.01 rad/s already")
