"""The arm's MuJoCo model as both MuJoCo backends use it: where things are, and what varies."""

from __future__ import annotations

from typing import Dict, Iterable

import mujoco
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.arm_model import PAYLOAD_BODY, TOOL_SITE, build_arm_spec
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.gripper_model import OBJECT
from rl_manip_sim.joint_dynamics import PAYLOAD_RADIUS
from rl_manip_sim.scene import Scene

ARM_FIELDS = (
    "body_mass",
    "body_inertia",
    "body_gravcomp",
    "dof_frictionloss",
    "dof_damping",
    "dof_armature",
    "geom_friction",
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
        self.links = self.nominal.jnt_bodyid[: arm.num_joints]
        self.payload: int = self.nominal.body(PAYLOAD_BODY).id
        self.tool_site: int = self.nominal.site(TOOL_SITE).id
        bodies = [self.nominal.body(i).name for i in self.nominal.geom_bodyid]
        self.arm_geoms = [geom for geom, body in enumerate(bodies) if body != OBJECT]
        """Every geom but those of the object."""

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
        self._fields = {name: fields[name] for name in ARM_FIELDS}
        nominal = model.values(ARM_FIELDS, fields)
        device, n = fields["body_mass"].device, model.num_joints
        self._links = torch.tensor(model.links, device=device).long()
        self._geoms = torch.tensor(model.arm_geoms, device=device)
        self._payload, self._joints = model.payload, slice(n)
        self._mass = nominal["body_mass"][self._links]
        self._inertia = nominal["body_inertia"][self._links]
        self._gravity_compensation = nominal["body_gravcomp"][self._links]
        self._stiffness = nominal["actuator_biasprm"][:n, 1]
        self._dofs = {
            name: nominal[name][:n] for name in ("dof_frictionloss", "dof_damping", "dof_armature")
        }

    def write(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments (k,) the arm's part of ``sample``; derived fields are the caller's."""
        fields, rows = self._fields, env_ids[:, None]
        number = self._mass.dtype
        scale = sample.link_mass_scale.to(number)
        fields["body_mass"][rows, self._links] = self._mass * scale
        fields["body_inertia"][rows, self._links] = self._inertia * scale[:, :, None]
        # the controller compensates the weight that it believes in: the nominal one
        fields["body_gravcomp"][rows, self._links] = self._gravity_compensation / scale
        payload = sample.payload.to(number)
        fields["body_mass"][env_ids, self._payload] = payload
        # of a ball: 2/5 m r^2
        fields["body_inertia"][env_ids, self._payload] = 0.4 * PAYLOAD_RADIUS**2 * payload[:, None]
        for name, factor in (
            ("dof_frictionloss", sample.joint_friction_scale),
            ("dof_damping", sample.joint_damping_scale),
            ("dof_armature", sample.joint_armature_scale),
        ):
            fields[name][env_ids, self._joints] = self._dofs[name] * factor.to(number)
        fields["geom_friction"][rows, self._geoms, 0] = sample.contact_friction.to(number)[:, None]
        fields["actuator_biasprm"][env_ids, self._joints, 2] = (
            self._stiffness * sample.servo_lag.to(number)
        )
