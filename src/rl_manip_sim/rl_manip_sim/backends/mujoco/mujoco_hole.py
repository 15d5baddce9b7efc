"""Peg and hole of the MuJoCo backend on the CPU: what varies, where the block is, what is felt."""

from __future__ import annotations

from typing import Dict

import torch
from torch import Tensor

from rl_manip_sim.backends.backend_base import BackendBase
from rl_manip_sim.backends.mujoco.gripper_and_object import Ids
from rl_manip_sim.backends.mujoco.mujoco_model import MujocoModel
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.gripper_model import SELF_CONTACT, TABLE_CONTACT
from rl_manip_sim.models.hole_geometry import HOLE_WIDTH, PEG_LENGTH, WALLS, wall_places
from rl_manip_sim.models.peg_model import (
    BLOCK_CONTACT,
    PEG,
    PEG_CONTACT,
    WRIST_FORCE,
    WRIST_TORQUE,
    peg_type,
)
from rl_manip_sim.models.scene import HOLE_SHAPES


class PegAndHole:
    """What a scene with a hole adds to the CPU backend; see ``BatchSim`` for the tensors.

    Args:
      sim: whose tensors it fills.
      model: nominal model, of ``add_peg_and_hole``.
      fields: the ``FIELDS`` of N environments, (N, ...) each, in the simulator's memory.
      sensors: (N, nsensordata) of the last simulation step.
      place: positions (N, 1, 3) of the blocks [m].
      turn: quaternions (N, 1, 4) of them, wxyz.
    """

    STATE = ("sensordata", "mocap_pos", "mocap_quat")
    """Names of what the last three arguments are in the simulator."""
    FIELDS = ("geom_type", "geom_size", "geom_pos", "geom_rbound", "geom_aabb")

    def __init__(
        self,
        sim: BackendBase,
        model: MujocoModel,
        fields: Dict[str, Tensor],
        sensors: Tensor,
        place: Tensor,
        turn: Tensor,
    ) -> None:
        self._sim, self._fields = sim, fields
        self._place, self._turn = place[:, 0], turn[:, 0]
        self._peg: int = model.nominal.geom(PEG).id
        first: int = model.nominal.geom("wall_0").id
        self._walls = slice(first, first + WALLS)
        places, sizes = zip(*map(wall_places, HOLE_SHAPES))
        self._wall_position = torch.stack([torch.from_numpy(place) for place in places])
        self._wall_size = torch.stack([torch.from_numpy(size) for size in sizes])
        self._peg_types = torch.tensor(list(map(peg_type, HOLE_SHAPES)), dtype=torch.int32)
        self._force, self._torque = (
            sensors[:, model.sensor(name)] for name in (WRIST_FORCE, WRIST_TORQUE)
        )
        self._contacts = [
            sensors[:, model.sensor(name).start]
            for name in (TABLE_CONTACT, SELF_CONTACT, BLOCK_CONTACT, PEG_CONTACT)
        ]

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) holes and pegs of ``sample``; derived fields are the caller's."""
        fields, shape, walls, peg = self._fields, sample.hole_shape, self._walls, self._peg
        size = self._wall_size[shape]
        fields["geom_pos"][env_ids, walls] = self._wall_position[shape]
        fields["geom_size"][env_ids, walls] = size
        fields["geom_rbound"][env_ids, walls] = size.norm(dim=2)
        fields["geom_aabb"][env_ids, walls, 3:] = size
        half = (HOLE_WIDTH - sample.hole_clearance.double()) / 2.0
        length = torch.full_like(half, PEG_LENGTH / 2.0)
        is_round = shape == HOLE_SHAPES.index("round")
        bounds = torch.stack((half, half, length), dim=1)
        round_size = torch.stack((half, length, torch.zeros_like(half)), dim=1)
        fields["geom_type"][env_ids, peg] = self._peg_types[shape]
        fields["geom_size"][env_ids, peg] = torch.where(is_round[:, None], round_size, bounds)
        fields["geom_rbound"][env_ids, peg] = bounds.norm(dim=1)
        fields["geom_aabb"][env_ids, peg, 3:] = bounds

    def place(self, env_ids: Tensor, hole_pose: Tensor) -> None:
        """Put the blocks of environments (k,) where holes have poses (k, 7) [m], xyzw."""
        self._place[env_ids] = hole_pose[:, :3].double()
        self._turn[env_ids] = hole_pose[:, [6, 3, 4, 5]].double()
        self._sim.hole_pose[env_ids] = hole_pose

    def read(self, ids: Ids) -> None:
        """Copy what is felt and what touches into the backend's tensors."""
        sim = self._sim
        # the sensor has what the arm does to the peg: the peg does the opposite to the arm
        sim.wrench[ids, :3] = -self._force[ids].float()
        sim.wrench[ids, 3:] = -self._torque[ids].float()
        table, itself, block, peg = (contacts[ids] for contacts in self._contacts)
        sim.collision[ids] = (table > 0.0) | (itself > 0.0) | (block > peg)
