"""Signals, a parent that is gone, and one that is suspended, seen by a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from rl_manip_ros.stop_request import StopRequest

# says what it sees until it is asked to end
CHILD = """
import time
from rl_manip_ros.stop_request import StopRequest
asked = StopRequest()
print("ready", flush=True)
suspended = False
while not asked.reason:
    if asked.look_at_parent() and not suspended:
        suspended = True
        print("suspended", flush=True)
    time.sleep(0.005)
print(asked.reason, flush=True)
"""
# starts the child, says which process it is, and waits
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(100)
"""


@pytest.fixture
def child():
    process = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "ready"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_it_is_asked_to_end_by(child, name):
    child.send_signal(signal.Signals[name])
    assert child.stdout.read().strip() == name
    assert child.wait() == 0


@pytest.mark.parametrize("name", ["SIGTSTP", "SIGTTIN", "SIGTTOU"])
def test_a_terminal_cannot_freeze_it_by(child, name):
    child.send_signal(signal.Signals[name])
    child.send_signal(
        signal.SIGTERM
    )  # delivered after the other one, and only to a running process
    assert child.stdout.read().strip() == "SIGTERM"


@pytest.fixture
def parent():
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "ready"
    yield process
    process.kill()
    process.wait()


def test_it_sees_that_its_parent_is_gone(parent):
    parent.kill()
    assert "is gone" in parent.stdout.read()


def test_it_sees_that_its_parent_is_suspended(parent):
    parent.send_signal(signal.SIGSTOP)
    assert parent.stdout.readline().strip() == "suspended"
    parent.send_signal(signal.SIGCONT)


def test_a_second_press_is_told_from_an_echo_of_the_first(monkeypatch):
    source = """
import os, signal, sys
from rl_manip_ros import stop_request
stop_request._SECOND_PRESS = float(sys.argv[1])
asked = stop_request.StopRequest()
for _ in range(2):
    os.kill(os.getpid(), signal.SIGINT)
sys.exit(asked.insisted)
"""
    for limit, insisted in (("100", 0), ("0", 1)):
        done = subprocess.run([sys.executable, "-c", source, limit], check=False)
        assert done.returncode == insisted


def test_the_last_moments_of_a_process_cannot_be_spoilt():
    source = """
import os, signal
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests
StopRequest()
ignore_further_requests()
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
    os.kill(os.getpid(), signal.Signals[name])
"""
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0


def test_last_moments_that_never_end_are_ended():
    source = """
import ctypes
from rl_manip_ros import stop_request
stop_request._LAST_MOMENTS = 0.1
stop_request.ignore_further_requests()
ctypes.PyDLL(None).pause()  # in C, and no other thread of Python runs meanwhile
"""
    done = subprocess.run([sys.executable, "-c", source], check=False)
    assert done.returncode == -signal.SIGALRM


@pytest.fixture
def asked():
    """Of this process, which hears its signals as before afterwards."""
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    yield StopRequest()
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def test_it_sees_a_parent_that_is_killed_before_it_has_another_one(asked, child):
    asked._parent = child.pid  # it stays one's own, as long as nobody waits for it
    assert not asked.look_at_parent()
    assert not asked._reason
    child.kill()
    while not asked._reason:
        asked.look_at_parent()
    assert "is gone" in asked._reason
