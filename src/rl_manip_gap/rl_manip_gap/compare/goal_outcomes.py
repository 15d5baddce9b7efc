"""The recorded goals: how the arm met them, and how the policy meets them in simulation.

Both are judged as `evaluate` judges, by the tool or, of a task with an object, by the object.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from rl_manip_deploy.evaluation.goal_judge import (
    HOLD,
    Check,
    GoalJudge,
    GoalResult,
    ObjectCheck,
    Seen,
    ToolCheck,
)
from rl_manip_deploy.policy.policy_file import Policy
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_gap.recording.gripper_and_object import Readings
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.backend_twin import run_up, sim_of
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import EMPTY, Scene

_SHORTEST = 0.2  # a goal with less motion after it says nothing [s]
_LOOK = 0.01  # between two looks at a recording [s]
# `evaluate` sets the next goal as soon as one is met, by its own looks at the arm: the recording
# need not show quite as much.
_HELD_TO_THE_END = HOLD - 2.0 * _LOOK  # [s]
_OBJECT = Scene(("box",))  # what the recorded object is taken for


class GoalSpan(NamedTuple):
    """Rows of the states between one goal and the next."""

    goal: np.ndarray  # (7,) position [m] and quaternion xyzw
    start: float  # when the goal was set [s]
    first: int
    last: int  # exclusive


class ClosedLoop(NamedTuple):
    """Closed-loop simulation of recorded goals."""

    outcomes: List[GoalResult]
    tool_paths: List[np.ndarray]  # (k, 3) each [m]


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
    if about_object and not len(_readings(recording, "object_position").time):
        return []
    outcomes = []
    for span in spans:
        for hold in (HOLD, _HELD_TO_THE_END):
            check = _check(arm, span.goal, criterion, about_object)
            outcome = _judged(recording, span, check, hold)
            if outcome.success:
                break
        outcomes.append(outcome)
    return outcomes


def rerun(
    arm: Arm,
    policy: Policy,
    recording: Recording,
    spans: Sequence[GoalSpan],
    backend: str = "mujoco",
) -> ClosedLoop:
    """Runs the policy in simulation from the recorded states at which the goals were set.

    Each goal gets the time that the arm had, at least the policy's episode. As in training the
    command is bounded by the policy's velocity limit and the arm's acceleration limit. An object
    is taken for the nominal box, where the camera saw it when the goal was set, and the arm then
    starts at rest.

    Args:
        arm: with the policy's gripper.
        policy: what drives it.
        recording: where the goals were set.
        spans: the goals.
        backend: name of the simulator.

    Raises:
        BackendError, SceneError: the backend cannot run here, or cannot simulate the task.
    """
    about_object = policy.reads_object
    spans = [
        span for span in spans if not about_object or _object_at(recording, span.start) is not None
    ]
    if not spans:
        return ClosedLoop([], [])
    metadata = policy.metadata
    scene = _OBJECT if about_object else EMPTY
    sim = sim_of(arm, backend, len(spans), metadata.control_dt, scene)
    _start(sim, arm, recording, spans, about_object)
    checks = [_check(arm, span.goal, metadata.success, about_object) for span in spans]
    durations = [
        max(metadata.episode_s, float(recording.states.time[span.last - 1] - span.start))
        for span in spans
    ]
    judges = [
        GoalJudge(check, span.goal, 0.0, duration)
        for check, span, duration in zip(checks, spans, durations)
    ]
    limit = np.asarray(metadata.velocity_limit)
    change = arm.limits.acceleration * metadata.control_dt
    command = np.zeros((len(spans), arm.num_joints))
    opening = np.full(len(spans), arm.gripper.max_opening if arm.gripper else 0.0)
    paths: List[List[np.ndarray]] = [[] for _ in spans]
    for step in range(int(np.ceil(max(durations) / metadata.control_dt)) + 1):
        seen = _seen(sim, step * metadata.control_dt)
        for index, (judge, path) in enumerate(zip(judges, paths)):
            if judge.result is None:
                judge.watch(seen[index])
                path.append(sim.tool_pose[index, :3].cpu().numpy().astype(float))
        if all(judge.result for judge in judges):
            break
        for index, (now, span) in enumerate(zip(seen, spans)):
            wanted = policy.act(_inputs(now, sim, index, span.goal))
            command[index] = np.clip(
                np.clip(wanted.joint_velocity, -limit, limit),
                command[index] - change,
                command[index] + change,
            )
            if wanted.gripper_opening is not None:
                opening[index] = wanted.gripper_opening
        given = {"dtype": torch.float32, "device": sim.device}
        sim.step(
            torch.as_tensor(command, **given),
            torch.as_tensor(opening, **given) if arm.gripper else None,
        )
    return ClosedLoop([_result(judge) for judge in judges], [np.array(path) for path in paths])


def _result(judge: GoalJudge) -> GoalResult:
    """What a judge found who has looked until its goal's time was over."""
    if judge.result is None:
        raise RuntimeError("a goal was not watched to the end of its time")
    return judge.result


def observed(recording: Recording, name: str) -> Optional[np.ndarray]:
    """Recorded values (k, m) of a policy input, None where the recording has no such thing."""
    values = {
        "joint_position": recording.states.position,
        "joint_velocity": recording.states.velocity,
        "goal_position": recording.goals.position,
        "goal_orientation": recording.goals.pose[:, 3:],
        **{name: readings.values for name, readings in recording.gripper_and_object.items()},
    }.get(name)
    return values if values is not None and len(values) else None


def _check(arm: Arm, goal: np.ndarray, criterion: SuccessCriterion, about_object: bool) -> Check:
    if about_object and arm.gripper is not None:
        return ObjectCheck(arm.gripper, goal, criterion)
    return ToolCheck(arm, goal, criterion)


def _judged(recording: Recording, span: GoalSpan, check: Check, hold: float) -> GoalResult:
    """Looks at what was recorded after a goal as `evaluate` looks at it while it happens."""
    states = recording.states
    objects, openings = (
        _readings(recording, name) for name in ("object_position", "gripper_opening")
    )
    end = float(states.time[span.last - 1])
    duration = end - span.start
    judge = GoalJudge(check, span.goal, span.start, duration, hold)
    # the judge's time is up at start + duration, which rounding may put behind the end
    last = max(end, span.start + duration)
    for now in (*np.arange(states.time[span.first], end, _LOOK), last):
        row = int(np.searchsorted(states.time, now, side="right")) - 1
        place, opening = _newest(objects, now), _newest(openings, now)
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


def _readings(recording: Recording, name: str) -> Readings:
    return recording.gripper_and_object.get(name, Readings(np.empty(0), np.empty((0, 1))))


def _newest(readings: Readings, now: float) -> Optional[int]:
    """Row of the newest reading at a time [s], None before the first."""
    row = int(np.searchsorted(readings.time, now, side="right")) - 1
    return row if row >= 0 else None


def _object_at(recording: Recording, now: float) -> Optional[np.ndarray]:
    """Pose (7,) of the object as the nominal one would stand there, None where none was seen."""
    poses = _readings(recording, "object_pose")
    row = _newest(poses, now)
    if row is None:
        return None
    pose = poses.values[row].copy()
    half = _OBJECT.object_half_extent
    if pose[2] < 2.0 * half:  # it stands on the table, whatever its size
        pose[2] = half
        pose[3:5] = 0.0  # and upright
    pose[3:] /= np.linalg.norm(pose[3:])
    return pose


def _start(
    sim: BatchSim,
    arm: Arm,
    recording: Recording,
    spans: Sequence[GoalSpan],
    about_object: bool,
) -> None:
    """Brings each simulation to the recorded state at which its goal was set."""
    states = recording.states
    rows = [span.first for span in spans]
    if not about_object:
        run_up(sim, states.position[rows], states.velocity[rows])
        return
    openings = _readings(recording, "gripper_opening")
    found = [_newest(openings, span.start) for span in spans]
    open_wide = arm.gripper.max_opening if arm.gripper else 0.0
    opening = [open_wide if row is None else openings.values[row, 0] for row in found]
    given = {"dtype": torch.float32, "device": sim.device}
    sim.reset(
        torch.arange(sim.num_envs, device=sim.device),
        torch.as_tensor(states.position[rows], **given),
        torch.as_tensor(np.array(opening), **given),
        torch.as_tensor(np.array([_object_at(recording, s.start) for s in spans]), **given),
    )


def _seen(sim: BatchSim, now: float) -> List[Seen]:
    """What is to be seen of every simulation."""
    position, velocity = (
        tensor.cpu().numpy().astype(float) for tensor in (sim.joint_position, sim.joint_velocity)
    )
    openings, objects = (
        getattr(sim, name).cpu().numpy().astype(float) if hasattr(sim, name) else None
        for name in ("gripper_opening", "object_pose")
    )
    return [
        Seen(
            time=now,
            joint_position=position[index],
            joint_velocity=velocity[index],
            gripper_opening=None if openings is None else float(openings[index]),
            object_position=None if objects is None else objects[index, :3],
            object_time=now,
        )
        for index in range(sim.num_envs)
    ]


def goal_inputs(goal: np.ndarray) -> Dict[str, np.ndarray]:
    """The inputs that a goal (7,) gives a policy, by name."""
    return {"goal_position": goal[:3], "goal_orientation": goal[3:]}


def _inputs(seen: Seen, sim: BatchSim, index: int, goal: np.ndarray) -> Dict[str, np.ndarray]:
    """Every input that a policy may read."""
    inputs = {
        "joint_position": seen.joint_position,
        "joint_velocity": seen.joint_velocity,
        **goal_inputs(goal),
    }
    if seen.gripper_opening is not None:
        inputs["gripper_opening"] = np.array([seen.gripper_opening])
    if seen.object_position is not None:
        inputs["object_position"] = seen.object_position
        inputs["object_pose"] = sim.object_pose[index].cpu().numpy()
    return inputs
