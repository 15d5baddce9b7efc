"""A recording as episodes of frames at a regular rate, for programs that learn from them.

A frame holds, of every signal, the value that was known last at the frame's time: nothing is
interpolated, and nothing that was measured, set or sent later is in it. Its action is the command
in force then, which was made of measurements from before; frames begin once there is a value of
every signal. One thing looks a state ahead: velocities that a driver does not tell, which the
recording takes from the positions on both sides. Features carry the names of LeRobot's constants
(lerobot 0.6.1, utils/constants.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from rl_manip_deploy.policy.policy_file import Policy
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.compare.goal_outcomes import arm_outcomes, goal_spans, readings_of
from rl_manip_gap.metrics.figures import timing_figures
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.scene.gripper_and_object import Readings
from rl_manip_gap.recording.signals import TimeSpan, clear_of

STATE, ENVIRONMENT, ACTION = "observation.state", "observation.environment_state", "action"
"""Names of the features."""
_MOST_FRAMES = 1000  # as fast as any arm's joint states [1/s]
_POSE = ("x", "y", "z", "qx", "qy", "qz", "qw")


@dataclass(frozen=True)
class Episode:
    """Frames between one goal and the next."""

    values: Dict[str, np.ndarray]  # (k, m) float32 by feature
    met: Optional[bool]  # whether the goal was met; None where that cannot be judged
    doubtful: bool  # states pause in it, or the robot was kept from moving

    @property
    def length(self) -> int:
        """How many frames there are."""
        return len(self.values[ACTION])


@dataclass(frozen=True)
class Episodes:
    """Episodes of one arm and one task."""

    arm: str
    task: str  # in words
    fps: int  # frames per second
    names: Dict[str, Tuple[str, ...]]  # of the m values of each feature
    episodes: Tuple[Episode, ...]  # one at least


class _Signal(NamedTuple):
    """Values that each hold until the next."""

    names: Tuple[str, ...]
    readings: Readings


def recorded_episodes(
    recording: Recording,
    arm: Arm,
    policy: Optional[Policy] = None,
    fps: Optional[int] = None,
    task: str = "",
) -> Episodes:
    """One episode for each goal with motion after it; one in all where no goal was recorded.

    Features: observation.state, joint positions [rad] and velocities [rad/s] and, where it was
    recorded, the gripper's opening [m]; observation.environment_state, poses of goal and object in
    the base frame, position [m] and quaternion xyzw, where they were recorded; action, commanded
    joint velocities [rad/s].

    Args:
        recording: of the arm, with commands.
        arm: that was recorded.
        policy: that drove it: names the task and its rate, and says when a goal is met. Without
            one the tool meets goals, and nothing is judged where an object was recorded.
        fps: frames per second; None for the policy's rate or, without one, the commands'.
        task: in words; empty for one made of the arm's name and the policy's task.

    Raises:
        BagError: there are no commands, or no goal with motion and a value of every signal.
        ValueError: fps is out of bounds.
    """
    if fps is not None and not 1 <= fps <= _MOST_FRAMES:
        raise ValueError(f"--fps is {fps}, expected 1 to {_MOST_FRAMES} frames per second.")
    signals = _signals(recording)
    rate = fps or _own_rate(recording, policy)
    known = max(one.readings.time[0] for several in signals.values() for one in several)
    unclear = [*recording.states.pauses, *recording.stopped]
    found = []
    for span, met in _spans(recording, arm, policy):
        first = max(span.start, known)
        time = first + np.arange(np.floor((span.end - first) * rate) + 1) / rate
        if len(time):
            values = {name: _known_at(time, several) for name, several in signals.items()}
            clear = clear_of(unclear, time[:1], time[-1:])
            found.append(Episode(values, met, doubtful=not clear[0]))
    if not found:
        raise BagError(
            f"{recording.bag} holds no goal with motion, commands and every other value after it: "
            "record from before the first goal until the arm has moved."
        )
    return Episodes(
        arm=arm.name,
        task=task or _in_words(recording, arm, policy),
        fps=rate,
        names={
            feature: tuple(name for one in several for name in one.names)
            for feature, several in signals.items()
        },
        episodes=tuple(found),
    )


def _signals(recording: Recording) -> Dict[str, List[_Signal]]:
    """What the features are made of; a feature without a signal is left out."""
    states, sent, joints = recording.states, recording.sent, recording.joint_names
    position, velocity = (tuple(f"{name}.{what}" for name in joints) for what in ("pos", "vel"))
    opening, place = (readings_of(recording, n) for n in ("gripper_opening", "object_pose"))
    goals = Readings(recording.goals.time, recording.goals.pose)
    features = {
        STATE: [
            _Signal(position, Readings(states.time, states.position)),
            _Signal(velocity, Readings(states.time, states.velocity)),
            _Signal(("gripper.opening",), opening),
        ],
        ENVIRONMENT: [
            _Signal(tuple(f"goal.{axis}" for axis in _POSE), goals),
            _Signal(tuple(f"object.{axis}" for axis in _POSE), place),
        ],
        ACTION: [_Signal(velocity, Readings(sent.time, sent.velocity))],
    }
    recorded = {
        feature: [one for one in several if len(one.readings.time)]
        for feature, several in features.items()
    }
    return {feature: several for feature, several in recorded.items() if several}


def _known_at(time: np.ndarray, signals: Sequence[_Signal]) -> np.ndarray:
    """Newest values at times (k,) [s] that are not before the first, shape (k, m)."""
    rows = (np.searchsorted(one.readings.time, time, side="right") - 1 for one in signals)
    columns = [one.readings.values[row] for one, row in zip(signals, rows)]
    return np.hstack(columns).astype(np.float32)


def _own_rate(recording: Recording, policy: Optional[Policy]) -> int:
    """Frames per second, of the policy or of the commands, as a whole number."""
    if policy:
        period = policy.metadata.control_dt
    else:
        timing = timing_figures(recording.sent.time)
        if not timing:
            raise BagError(
                f"{recording.bag} holds too few commands to tell their rate: say with --fps how "
                "many frames there are to be in a second."
            )
        period = timing["period_s"].value
    return min(max(round(1.0 / period), 1), _MOST_FRAMES)


def _spans(
    recording: Recording, arm: Arm, policy: Optional[Policy]
) -> List[Tuple[TimeSpan, Optional[bool]]]:
    """From each goal to the last state before the next, and whether it was met."""
    time = recording.states.time
    if not len(recording.goals.time):
        return [(TimeSpan(time[0], time[-1]), None)]
    spans = goal_spans(recording)
    met: List[Optional[bool]] = [None] * len(spans)
    if policy or not _has_object(recording):
        criterion = policy.metadata.success if policy else SuccessCriterion()
        about_object = policy is not None and policy.reads_object
        outcomes = arm_outcomes(recording, arm, spans, criterion, about_object)
        met[: len(outcomes)] = [outcome.success for outcome in outcomes]
    ends = (TimeSpan(span.start, time[span.last - 1]) for span in spans)
    return list(zip(ends, met))


def _has_object(recording: Recording) -> bool:
    return len(readings_of(recording, "object_pose").time) > 0


def _in_words(recording: Recording, arm: Arm, policy: Optional[Policy]) -> str:
    """The arm's name and what it does, as far as that is known."""
    if policy:
        return f"{arm.name} {policy.metadata.task}"
    reaches = len(recording.goals.time) and not _has_object(recording)
    return f"{arm.name} {'reach' if reaches else 'motion'}"
