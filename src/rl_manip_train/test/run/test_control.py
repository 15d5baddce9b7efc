"""Orders: carried out in order, each answered, a pause waits for what ends it."""

import io
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rl_manip_train.run.control import Control


def outcomes(*orders):
    """What came of ``orders``: {order: outcome} in order, and whether to stop."""
    control, answers = Control(), []
    for order in orders:
        control.give(order)
    stopped = control.stopped(lambda: "000001.pt", lambda *answer: answers.append(answer))
    return answers, stopped


def test_every_order_is_answered():
    answers, stopped = outcomes("checkpoint", "pause", "pause", "resume", "resume")
    assert answers == [
        ("checkpoint", "checkpoint written: 000001.pt"),
        ("pause", "paused between two updates"),
        ("pause", "already paused"),
        ("resume", "going on"),
        ("resume", "not paused"),
    ]
    assert not stopped


def test_a_paused_training_can_be_stopped():
    answers, stopped = outcomes("pause", "stop")
    assert [order for order, _ in answers] == ["pause", "stop"]
    assert stopped


def test_what_is_no_order_is_ignored():
    assert outcomes("dance") == ([], False)


def test_a_pause_waits():
    control, waiting = Control(), threading.Event()
    control.give("pause")
    thread = threading.Thread(
        target=control.stopped, args=(lambda: "", lambda *answer: waiting.set())
    )
    thread.start()
    assert waiting.wait(10.0)
    thread.join(timeout=0.1)
    assert thread.is_alive()
    control.give("resume")
    thread.join(10.0)
    assert not thread.is_alive()


def test_the_end_of_the_stream_is_an_order_to_stop():
    control, read = Control(), threading.Event()
    control.give = lambda order, give=control.give: (give(order), order == "stop" and read.set())
    control.listen(io.StringIO("checkpoint\n"))
    assert read.wait(10.0)
    saved = []
    assert control.stopped(lambda: saved.append(1), lambda *answer: None)
    assert saved == [1]


# waits for the order to stop, speaks and saves
TRAINING = """
import sys, time
from rl_manip_train.run.control import Control
control = Control()
control.stop_on_signals()
print("ready", flush=True)
while not control.stopped(lambda: None, lambda *answer: None):
    time.sleep(0.005)
print("stopping", flush=True)
open(sys.argv[1], "w").close()
"""


def training(saved, **options):
    """A process in a session of its own that has begun to train."""
    command = [sys.executable, "-c", TRAINING, str(saved)]
    return subprocess.Popen(command, start_new_session=True, **options)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_training_that_is_asked_to_end_saves_first(tmp_path, name):
    process = training(tmp_path / "saved", stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.Signals[name])
    assert process.stdout.readline() == b"stopping\n"
    assert process.wait() == 0
    assert (tmp_path / "saved").exists()


def test_a_training_whose_terminal_is_closed_saves_first(tmp_path):
    screen, line = pty.openpty()
    process = training(tmp_path / "saved", stdin=line, stdout=line, stderr=line)
    os.close(line)
    with open(screen, "rb", buffering=0) as shown:
        assert shown.readline() == b"ready\r\n"
    process.send_signal(signal.SIGHUP)  # the kernel sends it where the terminal is its own
    assert process.wait() == 0
    assert (tmp_path / "saved").exists()


def test_under_nohup_a_training_outlives_its_terminal(tmp_path):
    process = training(
        tmp_path / "saved",
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert process.stdout.readline() == b"ready\n"
    (ignored,) = (
        int(line.split()[1], 16)
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if line.startswith("SigIgn")
    )
    process.kill()
    process.wait()
    assert ignored & 1 << (signal.SIGHUP - 1)


def test_a_second_press_of_ctrl_c_ends_a_training_at_once(monkeypatch):
    control = Control()
    control._on_signal(signal.SIGINT, None)
    control._on_signal(signal.SIGINT, None)  # the echo of a launch
    monkeypatch.setattr("rl_manip_train.run.control.SECOND_PRESS", -1.0)
    with pytest.raises(KeyboardInterrupt):
        control._on_signal(signal.SIGINT, None)


# a timer of the kernel interrupts the look at orders at any moment
HUNDREDS = """
import random, signal
from rl_manip_train.run.control import Control
for turn in range(1000):
    control = Control()
    control.stop_on_signals()
    signal.signal(signal.SIGALRM, control._on_signal)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-4, 3e-3))
    while not control.stopped(lambda: "", lambda *answer: None):
        pass
"""


def test_a_signal_in_the_midst_of_looking_is_heard():
    subprocess.run([sys.executable, "-c", HUNDREDS], check=True, timeout=120)
