"""The gap while the arm runs: a sliding window of states and commands, and its figures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Deque, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.model.joint_order import prefixes
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.metrics.figures import Figures, timing_figures, tool_errors, tool_figures
from rl_manip_gap.metrics.response import joint_responses, overall_response
from rl_manip_gap.recording.joint_names import joint_columns, two_arms
from rl_manip_gap.recording.measured_states import with_slopes
from rl_manip_gap.recording.signals import Commands, JointStates, TimeSpan
from rl_manip_gap.recording.time_base import build_time_base
from rl_manip_gap.replay.open_loop import replay
from rl_manip_gap.replay.twin import ReplayTwin

_FEWEST_STATES = 50  # a window with fewer says nothing


@dataclass(frozen=True)
class Thresholds:
    """Bounds beyond which the live node warns."""

    max_tool_position_rmse_m: float = 0.02
    """Tool error of the replay [m]."""
    max_delay_s: float = 0.1
    """Delay of measured behind commanded velocity [s]."""
    min_gain: float = 0.9
    """Gain of measured over commanded velocity [1]."""
    max_gain: float = 1.1
    """The same from above [1]."""
    min_state_rate_hz: float = 50.0
    """Rate of joint states [Hz]."""
    max_state_gap_s: float = 0.1
    """Longest time between two joint states [s]."""

    def judged(self, figures: Dict[str, float]) -> Tuple[bool, str]:
        """Whether all is well with the figures of a window, and what to say of it."""
        passed = self.passed(figures)
        if not figures:
            return False, "no joint states yet"
        if passed:
            return False, "; ".join(passed)
        return True, "simulation and arm agree within the thresholds"

    def passed(self, figures: Dict[str, float]) -> List[str]:
        """One phrase for each bound that the figures pass."""
        found = []
        for bound, limit in vars(self).items():
            kind, name = bound.split("_", 1)
            value = figures.get(name)
            if value is None or not (value > limit if kind == "max" else value < limit):
                continue
            found.append(
                f"{name} is {value:.4g}, {'at most' if kind == 'max' else 'at least'} "
                f"{limit:g} expected"
            )
        return found


class LiveWindow:
    """States and commands of the last seconds.

    Args:
        arm: which arm.
        twin: its simulation.
        length: how far back it reaches [s].
        sync: time between re-synchronisations of the replay [s].
        prefix: text before every joint name; None: the only one that is heard.
    """

    def __init__(
        self, arm: Arm, twin: ReplayTwin, length: float, sync: float, prefix: Optional[str] = None
    ) -> None:
        self._arm, self._twin, self._prefix = arm, twin, prefix
        self._heard: Set[str] = set()  # prefixes under which the arm's joints came
        self._reports: Deque[Tuple[float, bool]] = deque()  # of the robot program
        self._length, self._sync = length, sync
        self._states: Deque[Tuple[float, float, np.ndarray, np.ndarray]] = deque()
        self._commands: Deque[Tuple[float, np.ndarray]] = deque()
        self._order = [arm.controller.joint_names.index(name) for name in arm.joint_names]
        self.ignored = 0  # messages that could not be used [1]

    def add_state(
        self,
        received: float,
        stamp: float,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
    ) -> None:
        """Takes in one joint state; times in seconds, vectors in the order of `names`.

        Velocities that are left out or NaN are told by the positions.
        """
        self._heard.update(prefixes(names, self._arm.joint_names))
        columns = joint_columns(names, self._arm.joint_names, self._prefix)
        if columns is None or self.trouble or len(position) != len(names):
            self.ignored += 1
            return
        q, v = np.asarray(position)[columns], np.full(len(columns), np.nan)
        if len(velocity) == len(names):
            v = np.asarray(velocity)[columns]
        if not np.isfinite(q).all() or np.isinf(v).any():
            self.ignored += 1
            return
        self._states.append((received, stamp, q, v))
        self._forget(self._states, received)

    @property
    def trouble(self) -> str:
        """Why nothing can be measured: joints of two arms are heard; empty where one is."""
        if self._prefix is not None or len(self._heard) < 2:
            return ""
        return f"the topic of joint states {two_arms(self._heard)}: say which with prefix"

    def add_program_running(self, received: float, running: bool) -> None:
        """Takes in whether the robot follows commands: in what it does not, nothing is compared."""
        self._reports.append((received, running))

    def add_command(self, received: float, velocity: Sequence[float]) -> None:
        """Takes in one command, in the controller's order [rad/s]."""
        values = np.asarray(velocity, dtype=float)
        if values.shape != (self._arm.num_joints,) or not np.isfinite(values).all():
            self.ignored += 1
            return
        self._commands.append((received, values[self._order]))
        self._forget(self._commands, received)

    def figures(self) -> Dict[str, float]:
        """Figures of the window, by name; only those that it has data for."""
        if len(self._states) < _FEWEST_STATES or self.trouble:
            return {}
        states = self._joint_states()
        figures = _named("state", timing_figures(states.receive_time))
        if len(self._commands) < 2:
            return figures
        times, velocities = zip(*self._commands)
        commands = Commands(np.array(times) - self._states[0][0], np.array(velocities))
        figures.update(_named("command", timing_figures(commands.time)))
        stopped = self._stopped()
        found = overall_response(joint_responses(commands, states.time, states.velocity, stopped))
        figures.update({name: figure.value for name, figure in found.items()})
        run = replay(self._twin, states, commands, self._sync, stopped)
        if len(run.rows):
            errors = tool_errors(self._arm, states.position[run.rows], run.position)
            tool = tool_figures(errors, run.window)
            figures.update({f"tool_{name}": figure.value for name, figure in tool.items()})
        return figures

    def _joint_states(self) -> JointStates:
        received, stamps, positions, velocities = zip(*self._states)
        receive = np.array(received) - received[0]
        base = build_time_base(
            np.arange(len(receive)), receive, np.array(stamps) - stamps[0], "live", Irregularities()
        )
        position = np.array(positions)[base.rows]
        return JointStates(
            time=base.time,
            position=position,
            velocity=with_slopes(np.array(velocities)[base.rows], position, base.time),
            effort=None,
            segment=base.segment,
            receive_time=receive[base.rows],
        )

    def _stopped(self) -> List[TimeSpan]:
        """When the robot program did not run, since the window's first state [s]."""
        first, last = self._states[0][0], self._states[-1][0]
        # the last report before the window still holds in it
        while len(self._reports) > 1 and self._reports[1][0] < first:
            self._reports.popleft()
        ends = [time for time, _ in self._reports][1:] + [max(last, first)]
        return [
            TimeSpan(time - first, end - first)
            for (time, running), end in zip(self._reports, ends)
            if not running and end > time
        ]

    def _forget(self, queue: Deque[Tuple[Any, ...]], now: float) -> None:
        while queue and queue[0][0] < now - self._length:
            queue.popleft()


def _named(topic: str, figures: Figures) -> Dict[str, float]:
    wanted = {"rate_hz": "rate_hz", "jitter_s": "jitter_s", "longest_gap_s": "gap_s"}
    return {
        f"{topic}_{short}": float(figures[name].value)
        for name, short in wanted.items()
        if name in figures
    }
