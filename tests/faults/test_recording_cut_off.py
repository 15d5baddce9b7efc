"""A recording that is cut off: readable up to its last second, and the arm does not care."""

import os
import signal
import time
from pathlib import Path

import pytest
from arm_watch import DEADLINE, ArmWatch
from injection import FORBEARANCE
from launched_stack import LaunchedStack
from machine_stalls import stalls_are_forgiven

from rl_manip_description import load_arm
from rl_manip_gap.bags.bag_files import bag_batches
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.recording import read_recording

pytestmark = stalls_are_forgiven
GOALS = ([0.45, 0.25, 0.35], [0.45, -0.25, 0.45])
READABLE_TO = 1.0  # [s] before the end


@pytest.fixture
def stack():
    with ArmWatch() as watch, LaunchedStack(watch) as stack:
        yield stack


def recorder(run_dir):
    """Process that writes the bag of a run, or none."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if b"record" in words and f"{run_dir}/bag".encode() in words and b"bag" in words:
            return int(folder.name)
    return None


def wait_for(condition, what):
    latest = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < latest, f"waited in vain: {what}"
        time.sleep(0.01)
    return found


def check_the_arm_still_obeys(stack, goal):
    states = len(stack.watch.guard)
    stack.watch.drive(goal, until=lambda: stack.watch.tool_distance(goal) < 0.02)
    stops = [said for said in stack.watch.guard[states:] if "stop" in said]
    assert not stops, stops


def check_readable(run_dir, end):
    """All that was recorded up to a second before `end`, seconds since 1970."""
    bag = Path(run_dir) / "bag"
    assert not (bag / "metadata.yaml").exists()
    newest = {}
    for batch in bag_batches(bag, Irregularities()):
        newest[batch.topic] = max(newest.get(batch.topic, 0), int(batch.receive_ns.max()))
    assert newest["/joint_states"] * 1e-9 > end - FORBEARANCE * READABLE_TO
    assert newest["/velocity_guard_node/sent"] * 1e-9 > end - FORBEARANCE * READABLE_TO
    recording = read_recording(bag, load_arm("ur5e"))
    assert {irregularity.kind for irregularity in recording.irregularities} >= {"no_metadata"}
    assert len(recording.states.time) > 500


def test_killed_recorder(stack):
    run_dir = stack.start("record:=true")
    file = Path(run_dir) / "bag" / "bag.mcap"
    wait_for(lambda: file.exists() and file.stat().st_size > 500_000, "something is recorded")
    stack.watch.drive(GOALS[0], until=lambda: stack.watch.speed() > 0.3)
    os.kill(wait_for(lambda: recorder(run_dir), "the recorder runs"), signal.SIGKILL)
    end = time.time()
    check_the_arm_still_obeys(stack, GOALS[1])
    check_readable(run_dir, end)


def test_full_disk(stack):
    # a limit on the size of files fails in the middle of a write, as a full disk does
    run_dir = stack.start("record:=true", largest_file=2_000_000)
    wait_for(lambda: recorder(run_dir), "the recorder runs")
    stack.watch.drive(GOALS[0], until=lambda: stack.watch.speed() > 0.3)
    wait_for(lambda: recorder(run_dir) is None, "the recorder gives up")
    end = max(file.stat().st_mtime for file in (Path(run_dir) / "bag").iterdir())
    check_the_arm_still_obeys(stack, GOALS[1])
    check_readable(run_dir, end)
