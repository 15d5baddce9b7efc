"""The object that each environment of a MuJoCo backend has, and the support, where there is one,
written into its model fields."""

from __future__ import annotations

from typing import Dict

import mujoco
import torch
from torch import Tensor

from rl_manip_sim.backends.mujoco.mujoco_model import MujocoModel
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.gripper_model import ABSENT, CONTACT_DIMENSIONS, OBJECT, object_geoms
from rl_manip_sim.models.object_solids import BOX, bounding_radius, geom_size, solid_inertia
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.models.support_model import SUPPORT


class ObjectInOneGeom:
    """Objects whose one geom changes its type with the shape.

    Args:
      model: nominal model.
      fields: the ``FIELDS`` of N environments, (N, ...) each, in the simulator's memory.
    """

    FIELDS = (
        "geom_type",
        "geom_condim",
        "geom_size",
        "geom_rbound",
        "geom_aabb",
        "geom_friction",
        "body_mass",
        "body_inertia",
    )

    def __init__(self, model: MujocoModel, fields: Dict[str, Tensor]) -> None:
        self._fields = fields
        self._geom = model.nominal.geom(OBJECT).id
        self._body = model.nominal.body(OBJECT).id
        kinds = [getattr(mujoco.mjtGeom, f"mjGEOM_{shape.upper()}") for shape in OBJECT_SHAPES]
        self._types = torch.tensor([int(kind) for kind in kinds], dtype=torch.int32)
        self._dimensions = torch.tensor(
            [CONTACT_DIMENSIONS[shape] for shape in OBJECT_SHAPES], dtype=torch.int32
        )

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the object in ``sample``; derived fields are the caller's."""
        fields, geom, shape = self._fields, self._geom, sample.object_shape
        half = sample.object_size.double()
        fields["geom_type"][env_ids, geom] = self._types[shape]
        fields["geom_condim"][env_ids, geom] = self._dimensions[shape]
        fields["geom_size"][env_ids, geom] = geom_size(shape, half)
        fields["geom_rbound"][env_ids, geom] = bounding_radius(shape, half)
        fields["geom_aabb"][env_ids, geom, 3:] = half
        fields["geom_friction"][env_ids, geom, 0] = sample.object_friction.double()
        _write_body(fields, env_ids, self._body, sample)


class ObjectInGeoms:
    """Objects that have a geom per shape, of which only one is more than a point inside it.

    Args:
      model: nominal model, with ``shapes_apart``.
      fields: the ``FIELDS`` of N environments, (N, ...) each, in the simulator's memory.
      scene: what stands on the table.
    """

    FIELDS = ("geom_size", "geom_friction", "body_mass", "body_inertia")

    def __init__(self, model: MujocoModel, fields: Dict[str, Tensor], scene: Scene) -> None:
        self._fields, device = fields, fields["geom_size"].device
        geoms = [model.nominal.geom(name).id for name in object_geoms(scene)]
        self._geoms = torch.tensor(geoms, device=device)
        # by the index in OBJECT_SHAPES, as samples have it
        self._geom_of = torch.full((len(OBJECT_SHAPES),), -1, device=device)
        self._geom_of[[OBJECT_SHAPES.index(shape) for shape in scene.object_shapes]] = self._geoms
        self._body = model.nominal.body(OBJECT).id

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the object in ``sample``; derived fields are the caller's."""
        fields, shape = self._fields, sample.object_shape
        size = fields["geom_size"]
        size[env_ids[:, None], self._geoms] = ABSENT
        size[env_ids, self._geom_of[shape]] = geom_size(shape, sample.object_size)
        friction = sample.object_friction[:, None]
        fields["geom_friction"][env_ids[:, None], self._geoms, 0] = friction
        _write_body(fields, env_ids, self._body, sample)


class SupportOfSize:
    """Supports of each environment's own size and mass.

    Args:
      model: nominal model, of ``add_support``.
      fields: those of ``ObjectInOneGeom`` or of ``ObjectInGeoms``.
    """

    def __init__(self, model: MujocoModel, fields: Dict[str, Tensor]) -> None:
        self._fields = fields
        self._geom: int = model.nominal.geom(SUPPORT).id
        self._body: int = model.nominal.body(SUPPORT).id

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the support in ``sample``; derived fields are the caller's."""
        fields, geom = self._fields, self._geom
        size = fields["geom_size"]
        width = sample.support_half_width
        half = torch.stack((width, width, sample.support_half_height), dim=1).to(size.dtype)
        size[env_ids, geom] = half
        if "geom_rbound" in fields:  # elsewhere the simulator derives it
            fields["geom_rbound"][env_ids, geom] = half.norm(dim=1)
            fields["geom_aabb"][env_ids, geom, 3:] = half
        box = torch.full_like(env_ids, BOX)
        _write_solid(fields, env_ids, self._body, box, half, sample.support_mass)


def _write_body(
    fields: Dict[str, Tensor], env_ids: Tensor, body: int, sample: PhysicsSample
) -> None:
    shape, half, mass = sample.object_shape, sample.object_size, sample.object_mass
    _write_solid(fields, env_ids, body, shape, half, mass)


def _write_solid(
    fields: Dict[str, Tensor],
    env_ids: Tensor,
    body: int,
    shape: Tensor,
    half_extent: Tensor,
    own_mass: Tensor,
) -> None:
    mass, inertia = fields["body_mass"], fields["body_inertia"]
    own = own_mass.to(mass.dtype)
    mass[env_ids, body] = own
    inertia[env_ids, body] = solid_inertia(shape, half_extent.to(mass.dtype), own)
