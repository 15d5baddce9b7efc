"""Loops as peers write them around their networks: observations by hand, in numpy.

Nothing of the importer is used here. Each loop is asked once per control step, for one arm, and
answers with joint velocities [rad/s] in the arm's order; it begins anew at ``reset``.
"""

from __future__ import annotations

import numpy as np
from exporters import statistics
from scipy.spatial.transform import Rotation

LIMIT = 1.5
"""Fastest joint velocity of the reach tasks [rad/s]."""


class Loop:
    """What all have in common.

    Args:
      arm: which arm.
      network: observation (d,) float32 and a state to an action (a,) and the next state.
    """

    actions = 6

    def __init__(self, arm, network):
        self.arm, self.network = arm, network
        self.reset()

    def reset(self):
        self.action, self.state, self.frames = np.zeros(self.actions), None, []

    def tool(self, position):
        pose = self.arm.forward_kinematics(position)
        return pose.position, Rotation.from_quat(pose.quaternion)

    def ask(self, *parts):
        observation = np.concatenate(parts).astype(np.float32)
        action, self.state = self.network(observation, self.state)
        return np.asarray(action, dtype=float)


class RslRlLoop(Loop):
    """Isaac Lab's reach: relative positions, velocities, goal, last action; position targets."""

    default = np.array([0.0, -1.712, 1.712, 0.0, 0.0, 0.0])

    def step(self, position, velocity, goal, turn):
        self.action = self.ask(
            position - self.default, velocity, goal, [0.0, 1.0, 0.0, 0.0], self.action
        )
        target = self.default + 0.5 * self.action
        return np.clip((target - position) / 0.2, -LIMIT, LIMIT)


class RecurrentLoop(Loop):
    def step(self, position, velocity, goal, turn):
        home = self.arm.home
        action = self.ask(position - home, velocity, goal)
        return LIMIT * np.clip(action, -1.0, 1.0)


class SkrlLoop(Loop):
    """Isaac Gym's scaled positions, a table's frame, a preprocessor in a checkpoint; deltas."""

    def step(self, position, velocity, goal, turn):
        lower, upper = self.arm.limits.position_lower, self.arm.limits.position_upper
        table = Rotation.from_euler("z", 90, degrees=True)
        x, y, z, w = self.tool(position)[1].as_quat()
        x, y, z, w = np.array([x, y, z, w]) * (-1.0 if y < 0.0 else 1.0)
        observation = np.concatenate(
            (
                2.0 * (position - lower) / (upper - lower) - 1.0,
                0.1 * velocity,
                table.inv().apply(goal - [0.4, 0.0, 0.1]),
                [w, x, y, z],
            )
        )
        mean, variance = statistics(len(observation), 5)
        scaled = (observation - mean) / (np.sqrt(variance) + 1e-8)
        action = self.ask(np.clip(scaled, -5.0, 5.0))
        return np.clip(0.05 * np.clip(action, -1.0, 1.0) / 0.02, -LIMIT, LIMIT)


class StableBaselines3Loop(Loop):
    """VecNormalize over VecFrameStack: three steps, oldest first, zeros at the beginning."""

    def step(self, position, velocity, goal, turn):
        tool, rotation = self.tool(position)
        to_goal = 100.0 * rotation.inv().apply(goal - tool)
        now = np.concatenate((np.rad2deg(position), velocity, tool, to_goal))
        self.frames = [*(self.frames or [np.zeros(len(now))] * 3)[1:], now]
        stacked = np.concatenate(self.frames)
        mean, variance = statistics(len(stacked), 6)
        action = self.ask(np.clip((stacked - mean) / np.sqrt(variance + 1e-8), -10.0, 10.0))
        return LIMIT * np.clip(action, -1.0, 1.0)


class RlGamesLoop(Loop):
    """A tool that is turned against ours, differences in its axes, tool deltas."""

    def step(self, position, velocity, goal, turn):
        tool, ours = self.tool(position)
        turned = Rotation.from_euler("y", -90, degrees=True)
        rotation, wanted = ours * turned, Rotation.from_quat(turn) * turned
        twist = self.arm.jacobian(position) @ velocity
        sines = np.sin(position)
        self.frames = [*(self.frames or [sines] * 2)[1:], sines]
        matrix = rotation.as_matrix()
        observation = np.concatenate(
            (
                rotation.inv().apply(goal - tool),
                (rotation.inv() * wanted).as_rotvec(),
                matrix[:, 0],
                matrix[:, 1],
                twist[:3],
                np.clip(np.rad2deg(twist[3:]), -90.0, 90.0),
                *self.frames,
            )
        )
        mean, variance = statistics(len(observation), 7)
        scaled = np.clip((observation - mean) / np.sqrt(variance + 1e-5), -5.0, 5.0)
        action = np.clip(self.ask(scaled), -1.0, 1.0)
        delta = action * [0.02, 0.02, 0.02, 0.05, 0.05, 0.05]
        wanted = np.concatenate((rotation.apply(delta[:3]), rotation.apply(delta[3:]))) / 0.05
        jacobian = self.arm.jacobian(position)
        square = jacobian.T @ jacobian + 0.05**2 * np.eye(len(position))
        joints = np.linalg.solve(square, jacobian.T @ wanted)
        return joints / max(1.0, np.abs(joints).max() / LIMIT)
