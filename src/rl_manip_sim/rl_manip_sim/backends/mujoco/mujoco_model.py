"""The arm's MuJoCo model as both MuJoCo backends use it: where things are, and what varies."""

from __future__ import annotations

from typing import Dict, Iterable, Sequence

import mujoco
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.arm_model import PAYLOAD_BODY, TOOL_SITE, build_arm_spec
from rl_manip_sim.models.dynamics import PAYLOAD_RADIUS
from rl_manip_sim.models.gripper_model import OBJECT
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.models.support_model import SUPPORT

ARM_FIELDS = (
    "body_mass",
    "body_inertia",
    "body_gravcomp",
    "dof_frictionloss",
    "dof_damping",
    "dof_armature",
    "geom_friction",
    "actuator_gainprm",
    "actuator_biasprm",
)
"""Fields of the model that ``ArmFields`` sets, per environment."""


class MujocoModel:
    """The nominal model of an arm and its scene, and where things are in it.

    Joints, bodies and actuators of the arm come first, in order; fingers and object follow.

    Args:
      arm: which arm.
      physics_dt: simulation step [s].
      scene: what stands on the table.
      shapes_apart: whether the object has a geom per shape, instead of one that can change.
    """

    def __init__(
        self, arm: Arm, physics_dt: float, scene: Scene, shapes_apart: bool = False
    ) -> None:
        spec = build_arm_spec(arm, physics_dt, visual=False, scene=scene, shapes_apart=shapes_apart)
        self.nominal: mujoco.MjModel = spec.compile()
        self.num_joints = arm.num_joints
        self.links = _span(self.nominal.jnt_bodyid[: arm.num_joints])
        """The moving links of the arm."""
        self.payload: int = self.nominal.body(PAYLOAD_BODY).id
        self.tool_site: int = self.nominal.site(TOOL_SITE).id
        bodies = [self.nominal.body(i).name for i in self.nominal.geom_bodyid]
        free = (OBJECT, SUPPORT)
        self.arm_geoms = _span([geom for geom, body in enumerate(bodies) if body not in free])
        """Every geom but those of object and support."""

    def sensor(self, name: str) -> slice:
        """Where a sensor's figures are in ``sensordata``."""
        sensor = self.nominal.sensor(name)
        return slice(int(sensor.adr[0]), int(sensor.adr[0] + sensor.dim[0]))

    def values(self, names: Iterable[str], like: Dict[str, Tensor]) -> Dict[str, Tensor]:
        """Nominal values of fields, with the types and the device of the tensors in ``like``."""
        return {
            name: torch.tensor(
                getattr(self.nominal, name), dtype=like[name].dtype, device=like[name].device
            )
            for name in names
        }


class ArmFields:
    """Writes the physics of arms into each environment's model fields.

    Args:
      model: nominal model.
      fields: the ``ARM_FIELDS`` of N environments, (N, ...) each, in the simulator's memory.
    """

    def __init__(self, model: MujocoModel, fields: Dict[str, Tensor]) -> None:
        links, joints, payload = model.links, slice(model.num_joints), model.payload
        nominal = model.values(ARM_FIELDS, fields)
        self._mass = nominal["body_mass"][links]
        self._inertia = nominal["body_inertia"][links]
        self._gravity_compensation = nominal["body_gravcomp"][links]
        self._friction_loss = nominal["dof_frictionloss"][joints]
        self._damping = nominal["dof_damping"][joints]
        self._armature = nominal["dof_armature"][joints]
        self._stiffness = nominal["actuator_gainprm"][joints, 0]
        self._num_geoms = model.arm_geoms.stop - model.arm_geoms.start
        self._written = (
            fields["body_mass"][:, links],
            fields["body_inertia"][:, links],
            fields["body_gravcomp"][:, links],
            fields["body_mass"][:, payload],
            fields["body_inertia"][:, payload],
            fields["dof_frictionloss"][:, joints],
            fields["dof_damping"][:, joints],
            fields["dof_armature"][:, joints],
            fields["geom_friction"][:, model.arm_geoms, 0],
            fields["actuator_gainprm"][:, joints, 0],
            fields["actuator_biasprm"][:, joints, 1],
            fields["actuator_biasprm"][:, joints, 2],
        )

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the arm's part of ``sample``; derived fields are the caller's."""
        number = self._mass.dtype
        scale = sample.link_mass_scale.to(number)
        payload = sample.payload.to(number)
        stiffness = self._stiffness * sample.servo_stiffness_scale.to(number)
        values = (
            self._mass * scale,
            self._inertia * scale[:, :, None],
            # the controller compensates the weight that it believes in: the nominal one
            self._gravity_compensation / scale,
            payload,
            (0.4 * PAYLOAD_RADIUS**2 * payload)[:, None].expand(-1, 3),  # of a ball: 2/5 m r^2
            self._friction_loss * sample.joint_friction_scale.to(number),
            self._damping * sample.joint_damping_scale.to(number),
            self._armature * sample.joint_armature_scale.to(number),
            sample.contact_friction.to(number)[:, None].expand(-1, self._num_geoms),
            stiffness,
            -stiffness,
            -stiffness * sample.servo_lag.to(number),
        )
        for field, value in zip(self._written, values):
            field.index_copy_(0, env_ids, value)


def _span(indices: Sequence[int]) -> slice:
    """The slice of consecutive indices: a view of fields, where a list of them would be a copy."""
    first, count = int(indices[0]), len(indices)
    if list(indices) != list(range(first, first + count)):
        raise ValueError(f"the model's indices {list(indices)} are not consecutive")
    return slice(first, first + count)
