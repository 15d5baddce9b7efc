"""Reading and reporting ten minutes of an arm at 500 Hz, against rosbags on the same bag."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from bench_report import machine, quartiles, write
from rosbags.highlevel import AnyReader

from rl_manip_description import load_arm
from rl_manip_gap.recording import read_recording
from rl_manip_gap.report import write_report
from rl_manip_gap.synthetic_bag import Truth, response_bag

MINUTES = 10.0
REPEATS = 5


def deserialise(bag: Path) -> int:
    """Every message by rosbags; how many there are."""
    count = 0
    with AnyReader([bag]) as reader:
        for connection, _, raw in reader.messages():
            reader.deserialize(raw, connection.msgtype)
            count += 1
    return count


def main() -> int:
    """Measure, print a table, and write gap.json."""
    arm = load_arm("ur5e")
    truth = Truth(duration=60.0 * MINUTES, command_rate=125.0, noise=0.005)
    figures = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        for storage in ("mcap", "sqlite3"):
            bag = response_bag(Path(folder) / storage, arm, truth, storage)
            ours, theirs = [], []
            for _ in range(REPEATS):  # in turns, so that a busy machine slows both
                start = time.perf_counter()
                recording = read_recording(bag, arm)
                middle = time.perf_counter()
                messages = deserialise(bag)
                ours.append(middle - start)
                theirs.append(time.perf_counter() - middle)
            assert len(recording.states.time) + len(recording.commands.time) == messages
            figures[f"{storage}: read [s]"] = quartiles(ours)
            figures[f"{storage}: rosbags deserialises [s]"] = quartiles(theirs)
            figures[f"{storage}: rosbags over ours [1]"] = quartiles(
                [their / our for their, our in zip(theirs, ours)]
            )
        start = time.perf_counter()
        write_report(Path(folder) / "mcap", Path(folder) / "gap")
        figures["report of ten minutes [s]"] = time.perf_counter() - start
    figures["peak memory [MB]"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    write("gap", figures)
    return 0
