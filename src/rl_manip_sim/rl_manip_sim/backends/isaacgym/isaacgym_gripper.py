"""The fingers of many grippers in Isaac Gym: where their drives aim, and what they feel."""

from __future__ import annotations

from typing import Optional

import torch
from torch import Tensor

from rl_manip_description import Gripper
from rl_manip_sim.backends.torch_kinematics import rotated
from rl_manip_sim.models.dynamics import SERVO_TRAVEL


class GymFingers:
    """Two fingers per environment, each with a drive of its own.

    Isaac Gym has no mimic joints. Before each simulation step both drives get the same target, a
    little ahead of the middle of both fingers: the difference to the wanted opening, at most what
    the drives answer with the grip force. So the fingers press with that force, move at the closing
    speed, and one that gets ahead is held back; they are coupled by drives, not rigidly.

    Args:
      gripper: which gripper.
      state: (N, 2, 2) position [m] and velocity [m/s] of each finger; in the simulator's memory.
      target: (N, 2) where each finger's drive aims [m], to be written.
    """

    def __init__(self, gripper: Gripper, state: Tensor, target: Tensor) -> None:
        self._state, self._target = state, target
        self._fully_open = gripper.max_opening
        self._wanted = torch.full((len(state),), gripper.max_opening, device=state.device)
        self._outwards = torch.tensor([[1.0, 0.0, 0.0]], device=state.device)

    def command(self, opening: Tensor) -> None:
        """Ask for openings (N,) [m]."""
        self._wanted.copy_(opening)

    def aim(self) -> None:
        """Targets for the next simulation step."""
        middle = self._state[..., 0].mean(dim=1)
        ahead = 0.5 * SERVO_TRAVEL
        aim = middle + (0.5 * self._wanted - middle).clamp(-ahead, ahead)
        self._target.copy_(aim[:, None].expand(-1, 2))

    def reset(self, env_ids: Tensor, opening: Optional[Tensor]) -> None:
        """Put fingers at rest, openings (k,) [m] apart, and hold them; None for fully open."""
        self._wanted[env_ids] = self._fully_open if opening is None else opening
        self._state[env_ids, :, 0] = 0.5 * self._wanted[env_ids, None]
        self._state[env_ids, :, 1] = 0.0

    def opening(self) -> Tensor:
        """(N,) distance of the fingers [m]."""
        return self._state[..., 0].sum(dim=1)

    def grip_force(self, force: Tensor, tool_quaternion: Tensor) -> Tensor:
        """(N,) smaller one of the forces that push the fingers apart [N].

        Of a net contact force the part along the closing axis: what fingers carry with it or press
        onto the table by the way is not told apart from what they hold.

        Args:
          force: (N, 2, 3) net contact force on each finger [N].
          tool_quaternion: (N, 4) xyzw.
        """
        outwards = rotated(tool_quaternion, self._outwards.expand(len(force), 3))
        left, right = (force * outwards[:, None]).sum(dim=2).unbind(dim=1)
        return left.minimum(-right).clamp(min=0.0)
