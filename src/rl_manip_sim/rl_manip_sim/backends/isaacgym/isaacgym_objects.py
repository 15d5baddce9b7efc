"""The objects in Isaac Gym: one per environment, its shape and size for as long as it lives."""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

import torch
from isaacgym import gymapi
from torch import Tensor

from rl_manip_sim.backends.isaacgym.isaacgym_robot import THICKNESS, load_urdf
from rl_manip_sim.models.object_solids import BOX, CYLINDER
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene

START_X = 0.5
"""Where an object stands until it is first put somewhere, ahead of the arm [m]."""

CYLINDER_URDF = """\
<robot name="cylinder"><link name="cylinder">
<inertial><mass value="1"/>
<inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial>
<collision><geometry><cylinder radius="{radius:.9g}" length="{length:.9g}"/></geometry></collision>
</link></robot>
"""
"""Isaac Gym makes boxes, spheres and capsules itself; mass and inertia are set once placed."""


class TableObjects(NamedTuple):
    """What stands on the tables of N environments."""

    shape: Tensor  # (N,) int64, index into scene.OBJECT_SHAPES; on the CPU, as is
    size: Tensor  # (N, 3) half extents along the object's axes [m]


def nominal_objects(scene: Scene, num_envs: int) -> TableObjects:
    """Objects of nominal size whose shapes take turns."""
    shapes = [OBJECT_SHAPES.index(name) for name in scene.object_shapes]
    turns = [shapes[env % len(shapes)] for env in range(num_envs)]
    size = torch.full((num_envs, 3), scene.object_half_extent, device="cpu")
    return TableObjects(torch.tensor(turns, device="cpu"), size)


class ObjectAssets:
    """Assets of objects, each made when it is first asked for.

    Args:
      gym: Isaac Gym.
      sim: the simulation.
      objects: what stands on the tables.
    """

    def __init__(self, gym: gymapi.Gym, sim: gymapi.Sim, objects: TableObjects) -> None:
        self._gym, self._sim = gym, sim
        self._shapes, self._sizes = objects.shape.tolist(), objects.size.tolist()
        self._made: Dict[Tuple[float, ...], gymapi.Asset] = {}

    def of(self, env: int) -> gymapi.Asset:
        """The asset of an environment's object."""
        key = (self._shapes[env], *self._sizes[env])
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def start(self, env: int) -> gymapi.Transform:
        """Where it stands until it is first put somewhere."""
        pose = gymapi.Transform()
        pose.p = gymapi.Vec3(START_X, 0.0, self._sizes[env][2])
        return pose

    def _make(self, shape: float, x: float, y: float, z: float) -> gymapi.Asset:
        options = gymapi.AssetOptions()
        options.thickness = THICKNESS
        options.linear_damping = 0.0  # what little keeps a ball from rolling is angular
        if shape == BOX:
            return self._gym.create_box(self._sim, 2.0 * x, 2.0 * y, 2.0 * z, options)
        if shape == CYLINDER:
            text = CYLINDER_URDF.format(radius=x, length=2.0 * z)
            return load_urdf(self._gym, self._sim, text, options)
        return self._gym.create_sphere(self._sim, x, options)
