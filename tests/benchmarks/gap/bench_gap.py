"""Reading and reporting ten minutes of an arm at 500 Hz, against rosbags on the same bag.

Peak memory is that of a process of its own for each length of bag: what lies beyond its arrays
must not grow with the bag.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from rosbags.highlevel import AnyReader
from written_figures import machine, quartiles, write

from rl_manip_description import load_arm
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report.page import write_report
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag

MINUTES = 10.0
REPEATS = 5
LENGTHS = (2.5, 10.0, 20.0)  # of the bags whose reading and report are weighed [min]
# Prints the peak and the arrays of a recording, and the peak of its report [MB]; getrusage would
# count the process that started this one.
WEIGH = """
import json, sys
from pathlib import Path
import numpy as np
from rl_manip_description import load_arm
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.report.page import write_report
def peak():
    status = Path("/proc/self/status").read_text()
    return float(status.split("VmHWM:")[1].split()[0]) / 1024
before = peak()
recording = read_recording(Path(sys.argv[1]), load_arm("ur5e"))
arrays = [*vars(recording.states).values(), *vars(recording.commands).values()]
size = sum(part.nbytes for part in arrays if isinstance(part, np.ndarray)) / 2**20
read = peak() - before
del recording, arrays
write_report(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps({"arrays": size, "reading": read, "report": peak() - before}))
"""


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
        for minutes in LENGTHS:
            bag = response_bag(
                Path(folder) / f"{minutes}", arm, replace(truth, duration=60.0 * minutes)
            )
            command = [sys.executable, "-c", WEIGH, str(bag), str(Path(folder) / "weighed")]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            figures[f"memory of {minutes:g} minutes [MB]"] = json.loads(said)
    write("gap", figures)
    return 0
