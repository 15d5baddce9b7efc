"""The arm's driver ends after the arm rests, and not with the terminal or by SIGINT alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import rclpy
from arm_watch import DEADLINE
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Bool

from rl_manip_deploy.ros.driver_keeper import SILENCE

ATTEMPTS = 5  # on a machine that stands still now and then: a guard that is silent is gone
# stands for a driver: says when it is asked to end, and ends at the request that is named
DRIVER = """
import signal, sys, time
def asked(number, frame):
    print(signal.Signals(number).name, flush=True)
    if signal.Signals(number).name == sys.argv[1]:
        sys.exit(0)
signal.signal(signal.SIGINT, asked)
signal.signal(signal.SIGTERM, asked)
print("driving", flush=True)
while True:
    time.sleep(0.01)
"""


@pytest.fixture
def heartbeat():
    """`heartbeat(moving)` says what the guard's heartbeat says."""
    context = rclpy.Context()
    context.init()
    node = rclpy.create_node("guard", context=context)
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    beats = node.create_publisher(Bool, "/velocity_guard_node/heartbeat", best_effort)

    def beat(moving: bool) -> None:
        beats.publish(Bool(data=moving))

    beat.listeners = beats.get_subscription_count
    yield beat
    node.destroy_node()
    context.shutdown()


def keep(ends_at: str) -> subprocess.Popen:
    """A keeper with a driver that runs."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "rl_manip_deploy.ros.driver_keeper"]
        + [sys.executable, "-c", DRIVER, ends_at],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert keeper.stdout.readline().strip() == "driving"
    return keeper


def beat_for(heartbeat, moving: bool, seconds: float) -> float:
    """A heartbeat every 10 ms, as the guard's; the longest pause that there was [s]."""
    longest, last = 0.0, time.monotonic()
    latest = last + seconds
    while last < latest:
        heartbeat(moving)
        time.sleep(0.01)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    return longest


def wait_until_heard(heartbeat, moving: bool) -> None:
    latest = time.monotonic() + DEADLINE
    while not heartbeat.listeners():
        assert time.monotonic() < latest
        time.sleep(0.01)
    beat_for(heartbeat, moving, 0.3)


def test_the_driver_is_asked_to_end_only_when_the_arm_rests(heartbeat):
    for _ in range(ATTEMPTS):
        keeper = keep("SIGINT")
        wait_until_heard(heartbeat, moving=True)
        keeper.send_signal(signal.SIGINT)
        if beat_for(heartbeat, True, 0.5) < 0.5 * SILENCE:
            break
        keeper.kill()
        keeper.wait(DEADLINE)
    assert keeper.poll() is None
    beat_for(heartbeat, False, 0.5)
    assert keeper.stdout.read().split() == ["SIGINT"]
    assert keeper.wait(DEADLINE) == 0


def test_a_guard_that_is_gone_is_not_waited_for(heartbeat):
    keeper = keep("SIGINT")
    wait_until_heard(heartbeat, moving=True)
    keeper.send_signal(signal.SIGHUP)
    assert keeper.stdout.read().split() == ["SIGINT"]
    assert keeper.wait(DEADLINE) == 0


def test_a_driver_that_does_not_listen_is_asked_again():
    keeper = keep("SIGTERM")
    keeper.send_signal(signal.SIGTERM)
    assert keeper.stdout.read().split() == ["SIGINT", "SIGTERM"]
    assert keeper.wait(DEADLINE) == 0


def test_a_keeper_that_is_killed_takes_the_driver_along():
    keeper = keep("SIGINT")
    keeper.kill()
    # once for each thread of the keeper that dies, so words may run into each other
    said = keeper.stdout.read()
    assert "SIGINT" in said
    assert "SIGTERM" not in said


def test_a_driver_that_ends_by_itself_says_how():
    done = subprocess.run(
        [sys.executable, "-m", "rl_manip_deploy.ros.driver_keeper"]
        + [sys.executable, "-c", "import sys; sys.exit(3)"],
        check=False,
    )
    assert done.returncode == 3
