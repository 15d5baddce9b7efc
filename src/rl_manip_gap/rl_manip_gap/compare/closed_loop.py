"""The recorded goals once more, in simulation: the policy sets out from the recorded states."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from rl_manip_deploy.evaluation.goal_judge import GoalJudge, GoalResult, Seen, goal_check
from rl_manip_deploy.policy.policy_file import Policy
from rl_manip_deploy.policy.real_tool import RealTool
from rl_manip_description import Arm
from rl_manip_gap.compare.goal_outcomes import GoalSpan, newest, readings_of
from rl_manip_gap.compare.policy_inputs import goal_inputs
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.backend_twin import on_device, run_up, sim_of
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import EMPTY, Scene

_OBJECT = Scene(("box",))  # what the recorded object is taken for


class ClosedLoop(NamedTuple):
    """Closed-loop simulation of recorded goals."""

    outcomes: List[GoalResult]
    tool_paths: List[np.ndarray]  # (k, 3) each [m]


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
    starts at rest. Policies that fill holes are not run: where a hole really was, nobody recorded.

    Args:
        arm: with the policy's gripper, and the tool that is to come to the goals.
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
    metadata = policy.metadata
    if not spans or metadata.hole is not None or metadata.stacks:
        return ClosedLoop([], [])
    scene = _OBJECT if about_object else EMPTY
    sim = sim_of(arm, backend, len(spans), metadata.control_dt, scene)
    _start(sim, arm, recording, spans, about_object)
    checks = [goal_check(arm, span.goal, metadata.success, about_object) for span in spans]
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
    tool = RealTool.given_to(arm)
    command = np.zeros((len(spans), arm.num_joints))
    opening = np.full(len(spans), arm.gripper.max_opening if arm.gripper else 0.0)
    memories: List[Optional[np.ndarray]] = [None for _ in spans]
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
            told = tool.shown(_inputs(now, sim, index, span.goal))
            wanted = policy.act(told, memories[index])
            memories[index] = wanted.memory
            command[index] = np.clip(
                np.clip(wanted.joint_velocity, -limit, limit),
                command[index] - change,
                command[index] + change,
            )
            if wanted.gripper_opening is not None:
                opening[index] = wanted.gripper_opening
        sim.step(on_device(sim, command), on_device(sim, opening) if arm.gripper else None)
    # each has one: the last step is past every goal's time
    results = [judge.result for judge in judges if judge.result is not None]
    return ClosedLoop(results, [np.array(path) for path in paths])


def _object_at(recording: Recording, now: float) -> Optional[np.ndarray]:
    """Pose (7,) of the object as the nominal one would stand there, None where none was seen."""
    poses = readings_of(recording, "object_pose")
    row = newest(poses, now)
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
    openings = readings_of(recording, "gripper_opening")
    found = [newest(openings, span.start) for span in spans]
    widest = arm.gripper.max_opening if arm.gripper else 0.0
    opening = [widest if row is None else openings.values[row, 0] for row in found]
    sim.reset(
        torch.arange(sim.num_envs, device=sim.device),
        on_device(sim, states.position[rows]),
        on_device(sim, np.array(opening)),
        on_device(sim, np.array([_object_at(recording, span.start) for span in spans])),
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
