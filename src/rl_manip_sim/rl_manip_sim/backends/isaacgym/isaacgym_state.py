"""The tensors of a prepared simulation in Isaac Gym, and its steps."""

from __future__ import annotations

from typing import Any, List

import torch
from isaacgym import gymapi, gymtorch
from torch import Tensor

from rl_manip_sim.backends.isaacgym.isaacgym_scene import GymScene


class GymState:
    """State, targets, loads and contact forces of N environments.

    What is written into ``dofs`` and ``roots`` counts only for environments that are placed.

    Args:
      scene: prepared.
    """

    def __init__(self, scene: GymScene) -> None:
        self._gym, self._sim = gym, sim = scene.gym, scene.sim
        count, bodies = len(scene.envs), scene.num_bodies
        self.dofs = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim)).view(count, -1, 2)
        """(N, n + fingers, 2) position and velocity of each joint [rad, m]."""
        self.forces = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim)).view(
            count, bodies, 3
        )
        """(N, bodies, 3) net contact force of the last simulation step [N]."""
        self.roots = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
        """(actors, 13) pose, quaternion xyzw, linear and angular velocity of each actor's base in
        its environment's frame."""
        gym.refresh_actor_root_state_tensor(sim)
        device = self.dofs.device
        self.object_rows = torch.tensor(scene.object_indices, dtype=torch.int64, device=device)
        """(N,) the objects' places in ``roots``; empty without objects."""
        self.target = torch.zeros(self.dofs.shape[:2], device=device)
        """(N, n + fingers) where the drives aim."""
        self.weight, self.moment = (torch.zeros(count, bodies, 3, device=device) for _ in range(2))
        """(N, bodies, 3) loads on the bodies [N, Nm]."""
        self._placed: List[Tensor] = []
        self._is_placed = torch.zeros(count, dtype=torch.bool, device=device)
        self._zero_velocity = torch.zeros_like(self.target)
        self._arms = torch.tensor(scene.arm_indices, dtype=torch.int32, device=device)
        self._objects = self.object_rows.to(torch.int32)

    def place(self, env_ids: Tensor) -> None:
        """Set what ``dofs`` and ``roots`` hold of environments (k,) before the next step."""
        self._placed.append(env_ids)

    def simulate(self) -> None:
        """One simulation step.

        Each setter is called once at most, and what it is given lives until the step is made.
        """
        gym, sim = self._gym, self._sim
        if self._placed:
            placed = self._everyone_placed()
            arms = self._arms[placed]
            gym.set_dof_state_tensor_indexed(sim, _unwrap(self.dofs), _unwrap(arms), len(arms))
            if len(self._objects):
                objects = self._objects[placed]
                gym.set_actor_root_state_tensor_indexed(
                    sim, _unwrap(self.roots), _unwrap(objects), len(objects)
                )
            self._placed = []
        gym.set_dof_position_target_tensor(sim, _unwrap(self.target))
        gym.set_dof_velocity_target_tensor(sim, _unwrap(self._zero_velocity))
        gym.apply_rigid_body_force_tensors(
            sim, _unwrap(self.weight), _unwrap(self.moment), gymapi.ENV_SPACE
        )
        gym.simulate(sim)
        gym.refresh_dof_state_tensor(sim)
        gym.refresh_actor_root_state_tensor(sim)
        gym.refresh_net_contact_force_tensor(sim)

    def _everyone_placed(self) -> Tensor:
        """(k,) whoever is placed, once, though several calls may name it.

        After several calls the host waits: it has to know how many there are.
        """
        if len(self._placed) == 1:
            return self._placed[0]
        self._is_placed.zero_()
        for env_ids in self._placed:
            self._is_placed[env_ids] = True
        return torch.nonzero(self._is_placed)[:, 0]


def _unwrap(tensor: Tensor) -> Any:
    return gymtorch.unwrap_tensor(tensor)
