"""`probe_node`: the first motion on an arm: joint by joint, small and slow; it ends by itself.

Each joint turns by 0.05 rad and back. Whether it was that joint, which way it went, how far and how
late, is held against the description before the next one moves. In the end the last joint creeps,
requests cease, and the time is taken until it rests. See playing_node.py for what it hears and
sends.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import List, Optional, Tuple

import numpy as np
from rich.console import Console
from rich.table import Table

from rl_manip_deploy.ros.driving_node import DriveFailed, run_to_its_end
from rl_manip_description.contract.settings import setting
from rl_manip_gap.identify.motion.free_path import check_free
from rl_manip_gap.identify.motion.probe_findings import Probed, wrong_with
from rl_manip_gap.identify.motion.probe_pulse import EXCURSION, HALF, Creep, ProbePulse
from rl_manip_gap.metrics.response import joint_response
from rl_manip_gap.recording.signals import Commands
from rl_manip_gap.ros.playing_node import PlayingNode, PlayingParameters

LOOK_PERIOD = 0.01  # [s] between two looks at the arm
RESTS = 0.005  # a joint that is slower rests [rad/s]
STOPS = 3  # of the guard at one joint, after which the probe ends
SILENCE_PATIENCE = 1.0  # [s] in which an arm that nobody asks must have come to rest


@dataclass(frozen=True)
class ProbeParameters(PlayingParameters):
    """Parameters of the node."""

    speed: float = setting(1.0, "Share of the motion's full speed and size.", "", 0.2, 1.0)


class ProbeNode(PlayingNode[ProbeParameters]):
    """Probes an arm from where it stands, its last joint first."""

    def __init__(self) -> None:
        super().__init__("probe_node", ProbeParameters)
        # of the present pulse: when [s], and what was measured and requested then (n,) [rad/s]
        self._measured: List[Tuple[float, np.ndarray]] = []
        self._requests_seen: List[Tuple[float, np.ndarray]] = []
        self._away: Optional[np.ndarray] = None  # where the joints were at the pulse's turn

    def run(self) -> None:
        """Probes every joint; DriveFailed or ValueError at the first that is not as described."""
        self.wait_for_listeners()
        share = self.given.speed
        for joint in range(self.arm.num_joints):
            check_free(self.arm, ProbePulse(self.arm, self.position, joint, share).path())
        self.wait_until_armed()
        print(
            f"probe: each of {self.arm.num_joints} joints by {share * EXCURSION:g} rad and back, "
            f"the last one first, up to {2.0 * share * EXCURSION / HALF:g} rad/s",
            flush=True,
        )
        probed = [self._probe(joint) for joint in reversed(range(self.arm.num_joints))]
        rested = self._fall_silent()
        Console().print(self._table(probed))
        print(
            f"every joint does what the description says; an arm whose requests cease rests "
            f"{1e3 * rested:.0f} ms later",
            flush=True,
        )

    def _probe(self, joint: int) -> Probed:
        name = self.arm.joint_names[joint]
        for stops_left in reversed(range(STOPS + 1)):
            pulse = ProbePulse(self.arm, self.position, joint, self.given.speed)
            self._measured.clear()
            self._requests_seen.clear()
            start, self._away = self.position.copy(), None
            stopped = ""
            try:
                self.play(pulse, LOOK_PERIOD, partial(self._note, pulse))
            except DriveFailed as failed:
                stopped = str(failed)
            probed = self._seen(pulse, start)
            # what moved says more than that the guard stopped it
            if wrong := wrong_with(probed, self.arm.joint_names):
                raise DriveFailed(wrong)
            if not stopped:
                print(f"{name}: turned by {probed.share:.2f} of what was asked", flush=True)
                return probed
            if not (stops_left and self.has_stopped):
                break
            print(f"the guard says {self.guard!r}: {name} once more", flush=True)
            self.wait_until_armed()
        raise DriveFailed(stopped)

    def _note(self, pulse: ProbePulse, played: float) -> None:
        states = self.reader.states
        self._measured.append((states.received, states.velocity.copy()))
        self._requests_seen.append((self.requested_at, self.requested))
        if self._away is None and played >= pulse.turn:
            self._away = self.position.copy()

    def _seen(self, pulse: ProbePulse, start: np.ndarray) -> Probed:
        """What a pulse that began at `start` (n,) [rad] showed so far."""
        if self._away is not None:
            return Probed(pulse.joint, pulse.asked, self._away - start, self._delay(pulse.joint))
        time_of, requested = _in_order([(0.0, np.zeros(len(start))), *self._requests_seen])
        steps = np.minimum(np.diff(time_of, append=time_of[-1]), 0.1)
        asked = float(steps @ requested[:, pulse.joint])
        if abs(asked) < 0.3 * abs(pulse.asked):  # too little to tell
            return Probed(pulse.joint, pulse.asked, np.zeros(len(start)), None, is_whole=False)
        return Probed(pulse.joint, asked, self.position - start, None, is_whole=False)

    def _delay(self, joint: int) -> Optional[float]:
        measured, requests = map(_in_order, (self._measured, self._requests_seen))
        found = joint_response(Commands(*requests), *measured, joint)
        return None if found is None else max(found.delay_s.value, 0.0)

    def _fall_silent(self) -> float:
        """Time from the last request until the arm rests [s]; DriveFailed where it does not."""
        joint = self.arm.num_joints - 1
        speed = ProbePulse(self.arm, self.position, joint, self.given.speed).asked / HALF
        self.play(Creep(self.arm.num_joints, joint, speed), LOOK_PERIOD, lambda played: None)
        self.is_silent = True
        begun = moved = time.monotonic()
        while time.monotonic() - begun < SILENCE_PATIENCE:
            self.spin_for(LOOK_PERIOD)
            if self.look() and np.abs(self.reader.states.velocity).max() > RESTS:
                moved = self.reader.states.received
        if moved - begun > SILENCE_PATIENCE - 0.1:
            raise DriveFailed(
                "requests ceased and the arm moves on: press the emergency stop, and do not drive "
                "it; look at whether the guard's commands are the only ones."
            )
        return moved - begun

    def _table(self, probed: List[Probed]) -> Table:
        table = Table(title=f"probe of {self.arm.name}")
        for column in ("joint", "asked [rad]", "moved [rad]", "share", "others [rad]", "late [ms]"):
            table.add_column(column, justify="left" if column == "joint" else "right")
        for one in probed:
            others = np.abs(np.delete(one.moved, one.joint)).max(initial=0.0)
            table.add_row(
                self.arm.joint_names[one.joint],
                f"{one.asked:+.3f}",
                f"{one.moved[one.joint]:+.4f}",
                f"{one.share:.2f}",
                f"{others:.4f}",
                "–" if one.delay is None else f"{1e3 * one.delay:.0f}",
            )
        return table


def _in_order(seen: List[Tuple[float, np.ndarray]]) -> Tuple[np.ndarray, np.ndarray]:
    """Times (k,), each once, and values (k, n)."""
    time_of, first = np.unique([one for one, _ in seen], return_index=True)
    return time_of, np.array([value for _, value in seen])[first]


def main() -> int:
    """0 where every joint is as described; 1 otherwise, after a sentence that says what is not."""
    return run_to_its_end("probe_node", lambda: ProbeNode().run())


if __name__ == "__main__":
    sys.exit(main())
