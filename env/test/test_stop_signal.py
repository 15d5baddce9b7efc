"""A recorder that a launch tells to end, and tells again while Python shuts down."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytest.importorskip("rl_manip_ros2bag", reason="the real ros2 bag is here")

# what modules hold goes when signals have their deadly default again
TOLD_TWICE = """
import os, signal
from rl_manip_ros2bag.stop_signal import stop_on_signal
class Late:
    def __del__(self, kill=os.kill, own=os.getpid()):
        kill(own, {number})
late = Late()
with stop_on_signal() as stop:
    os.kill(os.getpid(), {number})
    assert stop.wait(10.0)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_no_death(number):
    script = TOLD_TWICE.format(number=int(number))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# a timer of the kernel interrupts the waiting at any moment
HUNDREDS = """
import random, signal
from rl_manip_ros2bag.stop_signal import stop_on_signal
for turn in range(1000):
    with stop_on_signal() as stop:
        signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-4, 3e-3))
        while not stop.is_set():
            stop.wait(1e-5)
"""


def test_a_signal_in_the_midst_of_waiting_is_heard():
    subprocess.run([sys.executable, "-c", HUNDREDS], check=True, timeout=120)
