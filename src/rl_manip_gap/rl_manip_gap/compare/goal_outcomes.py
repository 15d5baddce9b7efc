"""The recorded goals, and how the arm met them.

They are judged as `evaluate` judges, by the tool or, of a task with an object, by the object.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_deploy.evaluation.goal_judge import (
    HOLD,
    Check,
    GoalJudge,
    GoalResult,
    Seen,
    goal_check,
)
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.scene.gripper_and_object import Readings

_SHORTEST = 0.2  # a goal with less motion after it says nothing [s]
_LOOK = 0.01  # between two looks at a recording [s]
# `evaluate` sets the next goal as soon as one is met, by its own looks at the arm: the recording
# need not show quite as much.
_HELD_TO_THE_END = HOLD - 2.0 * _LOOK  # [s]


class GoalSpan(NamedTuple):
    """Rows of the states between one goal and the next."""

    goal: np.ndarray  # (7,) position [m] and quaternion xyzw
    start: float  # when the goal was set [s]
    first: int
    last: int  # exclusive


def goal_spans(recording: Recording) -> List[GoalSpan]:
    """The states that belong to each recorded goal, goals without motion left out."""
    goals, time = recording.goals, recording.states.time
    ends = np.append(goals.time[1:], np.inf)
    spans = []
    for goal, start, end in zip(goals.pose, goals.time, ends):
        first, last = np.searchsorted(time, [start, end])
        if last - first > 2 and time[last - 1] - start > _SHORTEST:
            spans.append(GoalSpan(goal, float(start), int(first), int(last)))
    return spans


def arm_outcomes(
    recording: Recording,
    arm: Arm,
    spans: Sequence[GoalSpan],
    criterion: SuccessCriterion,
    about_object: bool = False,
) -> List[GoalResult]:
    """How the arm met each goal; empty where an object counts and none was recorded."""
    if about_object and not len(readings_of(recording, "object_position").time):
        return []
    outcomes = []
    for span in spans:
        for hold in (HOLD, _HELD_TO_THE_END):
            check = goal_check(arm, span.goal, criterion, about_object)
            outcome = _judged(recording, span, check, hold)
            if outcome.success:
                break
        outcomes.append(outcome)
    return outcomes


def _result(judge: GoalJudge) -> GoalResult:
    """What a judge found who has looked until its goal's time was over."""
    if judge.result is None:
        raise RuntimeError("a goal was not watched to the end of its time")
    return judge.result


def _judged(recording: Recording, span: GoalSpan, check: Check, hold: float) -> GoalResult:
    """Looks at what was recorded after a goal as `evaluate` looks at it while it happens."""
    states = recording.states
    objects, openings = (
        readings_of(recording, name) for name in ("object_position", "gripper_opening")
    )
    end = float(states.time[span.last - 1])
    duration = end - span.start
    judge = GoalJudge(check, span.goal, span.start, duration, hold)
    # the judge's time is up at start + duration, which rounding may put behind the end
    last = max(end, span.start + duration)
    for now in (*np.arange(states.time[span.first], end, _LOOK), last):
        row = int(np.searchsorted(states.time, now, side="right")) - 1
        place, opening = newest(objects, now), newest(openings, now)
        judge.watch(
            Seen(
                time=float(now),
                joint_position=states.position[row],
                joint_velocity=states.velocity[row],
                gripper_opening=None if opening is None else float(openings.values[opening, 0]),
                object_position=None if place is None else objects.values[place],
                object_time=0.0 if place is None else float(objects.time[place]),
            )
        )
        if judge.result is not None:
            break
    return _result(judge)


def readings_of(recording: Recording, name: str) -> Readings:
    """Readings of the gripper or the object by a policy input's name; empty without any."""
    return recording.gripper_and_object.get(name, Readings(np.empty(0), np.empty((0, 1))))


def newest(readings: Readings, now: float) -> Optional[int]:
    """Row of the newest reading at a time [s], None before the first."""
    row = int(np.searchsorted(readings.time, now, side="right")) - 1
    return row if row >= 0 else None
