"""The recorded goals: how the arm met them, and how the policy meets them in simulation."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import mujoco
import numpy as np

from rl_manip_deploy.policy_file import Policy
from rl_manip_description import Arm
from rl_manip_description.policy_contract import SuccessCriterion
from rl_manip_gap.metrics import GoalOutcome, goal_outcome
from rl_manip_gap.recording import Recording
from rl_manip_gap.twin import Twin

_SHORTEST = 0.2  # a goal with less motion after it says nothing [s]


class GoalSpan(NamedTuple):
    """Rows of the states between one goal and the next."""

    goal: np.ndarray  # (7,) position [m] and quaternion xyzw
    start: float  # when the goal was set [s]
    first: int
    last: int  # exclusive


class ClosedLoop(NamedTuple):
    """Closed-loop simulation of recorded goals."""

    outcomes: List[GoalOutcome]
    tool_paths: List[np.ndarray]  # (k, 3) each [m]


def handles_object(policy: Policy) -> bool:
    """Whether goals are for an object: then the tool's way to them says nothing."""
    return any(spec.name.startswith("object_") for spec in policy.metadata.inputs)


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
    recording: Recording, arm: Arm, spans: List[GoalSpan], criterion: SuccessCriterion
) -> List[GoalOutcome]:
    """How the arm met each goal."""
    outcomes = []
    for span in spans:
        position = recording.states.position[span.first : span.last]
        velocity = recording.states.velocity[span.first : span.last]
        time = recording.states.time[span.first : span.last] - span.start
        outcomes.append(_outcome(arm, span.goal[:3], time, position, velocity, criterion))
    return outcomes


def rerun(arm: Arm, policy: Policy, recording: Recording, spans: List[GoalSpan]) -> ClosedLoop:
    """Runs the policy in simulation from the recorded states at which the goals were set.

    Each goal gets the time that the arm had, at least the policy's episode. As in training the
    command is bounded by the policy's velocity limit and the arm's acceleration limit.
    """
    if not spans:
        return ClosedLoop([], [])
    metadata = policy.metadata
    twin = Twin(arm, contacts=True)  # a policy may lead where the recorded arm never was
    rows = [span.first for span in spans]
    batch = twin.start(recording.states.position[rows], recording.states.velocity[rows])
    position, velocity, control = (batch.bind(name) for name in ("qpos", "qvel", "ctrl"))
    durations = [
        max(metadata.episode_s, float(recording.states.time[span.last - 1] - span.start))
        for span in spans
    ]
    substeps = max(1, round(metadata.control_dt / twin.timestep))
    steps = int(np.ceil(max(durations) / metadata.control_dt))
    limit = np.asarray(metadata.velocity_limit)
    change = arm.limits.acceleration * metadata.control_dt
    command = np.zeros_like(position)
    positions, velocities = [position.copy()], [velocity.copy()]
    for _ in range(steps):
        wanted = np.array(
            [
                policy.act(
                    {
                        "joint_position": q,
                        "joint_velocity": v,
                        "goal_position": span.goal[:3],
                        "goal_orientation": span.goal[3:],
                    }
                ).joint_velocity
                for q, v, span in zip(position, velocity, spans)
            ]
        )
        wanted = np.clip(wanted, -limit, limit)
        command = np.clip(wanted, command - change, command + change)
        control[:] = command
        batch.step(nstep=substeps, stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        positions.append(position.copy())
        velocities.append(velocity.copy())
    time = metadata.control_dt * np.arange(steps + 1)
    outcomes, paths = [], []
    for index, (span, duration) in enumerate(zip(spans, durations)):
        until = int(np.searchsorted(time, duration, side="right"))
        q = np.array([state[index] for state in positions[:until]])
        v = np.array([state[index] for state in velocities[:until]])
        outcomes.append(_outcome(arm, span.goal[:3], time[:until], q, v, metadata.success))
        paths.append(arm.forward_kinematics(q).position)
    return ClosedLoop(outcomes, paths)


def observed(recording: Recording, name: str) -> Optional[np.ndarray]:
    """Recorded values (k, m) of a policy input, None where the recording has no such thing."""
    values = {
        "joint_position": recording.states.position,
        "joint_velocity": recording.states.velocity,
        "goal_position": recording.goals.position,
        "goal_orientation": recording.goals.pose[:, 3:],
        **recording.handling,
    }.get(name)
    return values if values is not None and len(values) else None


def _outcome(
    arm: Arm,
    goal: np.ndarray,
    time: np.ndarray,
    position: np.ndarray,
    velocity: np.ndarray,
    criterion: SuccessCriterion,
) -> GoalOutcome:
    tool = arm.forward_kinematics(position).position
    twist = np.einsum("kij,kj->ki", arm.jacobian(position)[:, :3], velocity)
    speed = np.linalg.norm(twist, axis=1)
    return goal_outcome(goal, time, tool, speed, criterion.distance_m, criterion.speed_m_s)
