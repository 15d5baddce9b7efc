"""A pose to begin from: the tool before the arm, pointing down, far from every limit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rl_manip_description.importing.finding.free_poses import FreePoses
from rl_manip_description.importing.finding.reached import reach
from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import JointLimits

DOWN = np.array([0.0, 0.0, -1.0])
STARTS = 500
"""Poses that a home is looked for from."""
AHEAD, HEIGHT = 0.5, 0.25
"""Where the tool is at home, over its farthest reach: before the shoulder, above its middle [1]."""
LEAST_ROOM = 0.3
"""Between home and every position limit [rad]."""
ROOM, GAP = 0.7, 0.1
"""Room to limits [rad] and gap between links [m] beyond which more is no better."""


class Span(NamedTuple):
    """What an arm's tool can get at."""

    shoulder: np.ndarray  # (3,) [m] on the base's axis, at the height of the second joint
    farthest: float  # [m] from there


def span(chain: KinematicChain, limits: JointLimits) -> Span:
    """Found by poses at random."""
    second = min(1, len(chain.axes) - 1)
    height = chain.joint_frames(np.zeros(len(chain.axes)))[0][second, 2, 3]
    shoulder = np.array([0.0, 0.0, height])
    rng = np.random.default_rng(0)
    poses = rng.uniform(*limits.one_turn, (20000, len(chain.axes)))
    tools = chain.joint_frames(poses)[1][:, :3, 3]
    return Span(shoulder, float(np.linalg.norm(tools - shoulder, axis=1).max()))


def is_fit_for_home(
    chain: KinematicChain, limits: JointLimits, free: FreePoses, reach_of: Span, pose: np.ndarray
) -> str:
    """Why a pose (n,) [rad] is no home, as a clause; empty where it is one."""
    if np.minimum(pose - limits.position_lower, limits.position_upper - pose).min() < LEAST_ROOM:
        return "a joint is near its limit"
    tool = chain.joint_frames(pose)[1]
    if tool[2, 2] > -0.7:
        return "the tool does not point down"
    if tool[0, 3] < 0.25 * reach_of.farthest or abs(tool[1, 3]) > tool[0, 3]:
        return "the tool is not before the arm"
    if not free.free(pose[None])[0]:
        return "the arm touches itself or the table"
    return ""


def find_home(
    chain: KinematicChain, limits: JointLimits, free: FreePoses, reach_of: Span
) -> np.ndarray:
    """The best pose (n,) [rad] of many that bring the tool there.

    Raises:
        ImportArmError: there is none.
    """
    rng = np.random.default_rng(0)
    lower, upper = limits.one_turn
    lower, upper = np.maximum(lower, -np.pi), np.minimum(upper, np.pi)
    starts = rng.uniform(0.9 * lower + 0.1 * upper, 0.1 * lower + 0.9 * upper, (STARTS, len(lower)))
    target = np.array([AHEAD * reach_of.farthest, 0.0, HEIGHT * reach_of.farthest])
    target[2] = max(target[2], 0.15)
    found = reach(chain, limits, np.tile(target, (STARTS, 1)), starts, DOWN)
    poses = found.joint_position[found.there]
    poses = np.where(limits.endless, (poses + np.pi) % (2.0 * np.pi) - np.pi, poses)
    poses = poses[free.free(poses)] if len(poses) else poses
    if not len(poses):
        raise ImportArmError(
            f"no pose brings the tool to {target.round(3).tolist()} m, pointing down and clear of "
            "arm and table: does the tool's frame have its z axis out of the arm (--tool), and "
            "does the base's z axis point up (--base)?"
        )
    room = np.minimum(poses - limits.position_lower, limits.position_upper - poses).min(axis=1)
    score = np.minimum(room, ROOM) / ROOM
    score += np.minimum(free.clearance(poses), GAP) / GAP
    # elbow up: what lies high is far from what stands on the table
    score += chain.joint_frames(poses)[0][:, :, 2, 3].max(axis=1) / reach_of.farthest
    score -= 0.5 * np.abs(poses).mean(axis=1)
    # a first joint that is turned, with the tool straight ahead, means an arm that stands askew
    score -= np.abs(poses[:, 0])
    return poses[int(np.argmax(score))].round(3)
