"""What a policy read on the arm: against its training, and against what simulation would have said.

The simulation is the replay: the same commands, set back to the arm's state every window. Beside
each input's difference stands what the difference does: the policy is asked for both readings.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_deploy.policy.policy_file import Policy
from rl_manip_deploy.policy.real_tool import POSES, POSITIONS, QUATERNIONS, RealTool
from rl_manip_description import Arm
from rl_manip_gap.compare.goal_outcomes import GoalSpan
from rl_manip_gap.metrics.figures import share_outside
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.scene.gripper_and_object import Readings
from rl_manip_gap.replay.open_loop import Replay

_MOST = 2000  # readings that the policy is asked about, spread over the recording


class InputRange(NamedTuple):
    """One policy input against what it saw in training."""

    share_outside: float  # share of recorded values with an element outside [1]
    per_element: Tuple[float, ...]  # the same of each element [1]


class InputDifference(NamedTuple):
    """One input, arm minus simulation, element by element in the input's unit."""

    rmse: Tuple[float, ...]
    bias: Tuple[float, ...]
    largest: Tuple[float, ...]


class ObservationGap(NamedTuple):
    """All inputs, and what the policy makes of their differences."""

    inputs: Dict[str, InputDifference]
    command_rmse_rad_s: Optional[Tuple[float, ...]]  # per joint; None without goals


def _observed(recording: Recording, name: str, tool: RealTool) -> Optional[np.ndarray]:
    """Recorded values (k, m) of a policy input as the policy was told them, in the pose that the
    arm had then; None where the recording has no such thing."""
    states, goals = recording.states, recording.goals
    found = {
        "joint_position": Readings(states.time, states.position),
        "joint_velocity": Readings(states.time, states.velocity),
        "goal_position": Readings(goals.time, goals.position),
        "goal_orientation": Readings(goals.time, goals.pose[:, 3:]),
        **recording.gripper_and_object,
    }.get(name)
    if found is None or not len(found.values):
        return None
    if name not in (*POSITIONS, *QUATERNIONS, *POSES):
        return found.values
    rows = np.maximum(np.searchsorted(states.time, found.time, side="right") - 1, 0)
    told = (
        tool.shown({name: value, "joint_position": joints})[name]
        for value, joints in zip(found.values, states.position[rows])
    )
    return np.array(list(told))


def input_ranges(recording: Recording, policy: Policy, arm: Arm) -> Dict[str, InputRange]:
    """Every input that was recorded and whose range in training is known.

    Args:
        recording: of that arm.
        policy: trained for its nominal tool.
        arm: with the tool that it had.
    """
    ranges = {}
    tool = RealTool.given_to(arm)
    for spec in policy.metadata.inputs:
        values = _observed(recording, spec.name, tool)
        if values is None or spec.low is None or spec.high is None:
            continue
        if spec.name.startswith("joint_"):
            values = values[:, _columns(recording, policy)]
        outside = share_outside(values, np.array(spec.low), np.array(spec.high))
        ranges[spec.name] = InputRange(
            float(outside.any(axis=1).mean()), tuple(map(float, outside.mean(axis=0)))
        )
    return ranges


def _columns(recording: Recording, policy: Policy) -> List[int]:
    """Where the joints stand in the recording, in the policy's order."""
    return [recording.joint_names.index(name) for name in policy.metadata.joint_names]


def goal_inputs(goal: np.ndarray) -> Dict[str, np.ndarray]:
    """The inputs that a goal (7,) gives a policy, by name."""
    return {"goal_position": goal[:3], "goal_orientation": goal[3:]}


def observation_gap(
    policy: Policy, recording: Recording, run: Replay, spans: List[GoalSpan], arm: Arm
) -> ObservationGap:
    """Compares the inputs that come from joint states; goals are the same in both by definition.

    Arguments as for `input_ranges`; `run` is the recording's replay, `spans` are its goals.
    """
    columns = _columns(recording, policy)
    pairs = {
        "joint_position": (recording.states.position, run.position),
        "joint_velocity": (recording.states.velocity, run.velocity),
    }
    read = [spec.name for spec in policy.metadata.inputs]
    values = {
        name: (real[run.rows][:, columns], sim[:, columns]) for name, (real, sim) in pairs.items()
    }
    inputs = {name: _difference(real - sim) for name, (real, sim) in values.items() if name in read}
    times = recording.states.time[run.rows]
    commands = _commands(policy, values, run.rows, times, read, spans, RealTool.given_to(arm))
    return ObservationGap(inputs, commands)


def _difference(error: np.ndarray) -> InputDifference:
    return InputDifference(
        tuple(map(float, np.sqrt(np.mean(error**2, axis=0)))),
        tuple(map(float, error.mean(axis=0))),
        tuple(map(float, np.abs(error).max(axis=0))),
    )


def _commands(
    policy: Policy,
    values: Dict[str, Tuple[np.ndarray, np.ndarray]],
    rows: np.ndarray,
    times: np.ndarray,
    read: List[str],
    spans: List[GoalSpan],
    tool: RealTool,
) -> Optional[Tuple[float, ...]]:
    """RMS of the difference that the readings make to the policy's command, per joint [rad/s].

    A policy that remembers has read either the one or the other since each goal was set.
    """
    if not {*read} & {*values} or not spans:
        return None
    goals = [goal_inputs(span.goal) for span in spans]
    if "goal_position" not in read or {*read} - {*values, *goals[0]}:
        return None
    firsts = np.array([span.first for span in spans])
    owner = np.searchsorted(firsts, rows, side="right") - 1
    lasts = np.array([span.last for span in spans])
    driven = np.flatnonzero((owner >= 0) & (rows < lasts[np.maximum(owner, 0)]))
    if not len(driven):
        return None
    chosen = driven[np.linspace(0, len(driven) - 1, min(_MOST, len(driven))).astype(int)]
    if policy.metadata.memory is not None:
        chosen = driven[_control_steps(owner[driven], times[driven], policy.metadata.control_dt)]
    squares, last = [], -1
    memories: Tuple[Optional[np.ndarray], ...] = (None, None)
    for index in chosen:
        goal = goals[owner[index]]
        memories = memories if owner[index] == last else (None, None)
        here, there = (
            policy.act(
                tool.shown({**{name: pair[k][index] for name, pair in values.items()}, **goal}),
                memory,
            )
            for k, memory in enumerate(memories)
        )
        last, memories = owner[index], (here.memory, there.memory)
        squares.append((here.joint_velocity - there.joint_velocity) ** 2)
    return tuple(map(float, np.sqrt(np.mean(squares, axis=0))))


def _control_steps(owner: np.ndarray, times: np.ndarray, control_dt: float) -> np.ndarray:
    """Indices of readings a control step apart, of each goal's, given by its number (k,).

    Args:
        owner: (k,) ascending.
        times: (k,) of the readings, ascending [s].
        control_dt: [s].
    """
    _, first, of = np.unique(owner, return_index=True, return_inverse=True)
    # a reading that comes a little early, by the clock's noise, is that step's
    step = np.floor((times - times[first][of]) / control_dt + 0.1).astype(int)
    return np.unique(np.stack((owner, step)), axis=1, return_index=True)[1]
