"""Loops around the modules of bundles, written by hand: joints by name, in numpy."""

from __future__ import annotations

import numpy as np
import torch
from leapp_bundles import BUFFER, UR
from peer_loops import LIMIT, Loop
from scipy.spatial.transform import Rotation


def xyzw(rotation, positive=3):
    """A quaternion of which one element is not negative."""
    quaternion = rotation.as_quat()
    return quaternion * (-1.0 if quaternion[positive] < 0.0 else 1.0)


def called(module, *rows):
    """What a module says to rows, as arrays."""
    given = [torch.from_numpy(np.asarray(row, np.float32)) for row in rows]
    with torch.no_grad():
        said = module(*given)
    return [one.numpy() for one in (said if isinstance(said, tuple) else (said,))]


class IsaacLoop(Loop):
    """Isaac Lab's reach.

    Args:
        arm: which arm.
        module: ``IsaacReach``.
        order: of the network's joints among the arm's.
        still: positions of joints that the arm has not, behind the others.
        limit: fastest joint velocities [rad/s].
        tool: the network's tool in the arm's.
    """

    reach_in = 0.2

    def __init__(self, arm, module, order, still=(), limit=LIMIT, tool=None):
        self.order, self.still, self.limit = order, list(still), np.array(limit)
        self.turned = Rotation.identity() if tool is None else tool
        self.actions = len(order)
        super().__init__(arm, module)

    def step(self, position, velocity, goal, turn):
        seen = [*position[self.order], *self.still]
        moving = [*velocity[self.order], *(0.0 for _ in self.still)]
        command = [*goal, *xyzw(Rotation.from_quat(turn) * self.turned)]
        target, action, _ = called(self.network, [seen], [moving], [command], [self.action])
        self.action = action[0]
        wanted = np.zeros(len(position))
        wanted[self.order] = target[0]
        return np.clip((wanted - position) / self.reach_in, -self.limit, self.limit)


class TwoModelsLoop(Loop):
    """``two_models``: w of the goal first, the tool's y never negative."""

    def __init__(self, arm, observer, actor):
        self.actor = actor
        super().__init__(arm, observer)

    def reset(self):
        super().reset()
        self.buffer = BUFFER

    def step(self, position, velocity, goal, turn):
        order = [self.arm.joint_names.index(name) for name in UR]
        first = [3, 4, 5, 0, 1, 2]
        tool, rotation = self.tool(position)
        x, y, z, w = xyzw(Rotation.from_quat(turn))
        observation, self.buffer = called(
            self.network,
            [position[first]],
            [velocity[order]],
            [[[*tool, *xyzw(rotation, 1)]]],
            [[*goal, w, x, y, z]],
            self.buffer,
            [self.action],
        )
        self.action = called(self.actor, observation)[0][0]
        wanted = np.zeros(6)
        wanted[order] = self.action
        return np.clip(wanted, -LIMIT, LIMIT)
