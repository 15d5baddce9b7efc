"""The MuJoCo model of an arm on a table: the URDF plus what a URDF cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import numpy as np

from rl_manip_description import Arm
from rl_manip_description.model.own_kinematics import arm_urdf
from rl_manip_sim.models.dynamics import NOMINAL, JointDynamics
from rl_manip_sim.models.gripper_model import add_gripper
from rl_manip_sim.models.peg_model import add_peg_and_hole
from rl_manip_sim.models.scene import EMPTY, Scene, check_gripper
from rl_manip_sim.models.support_model import add_support

if TYPE_CHECKING:
    from mujoco import MjSpec

TOOL_SITE = "tool"
TOOL_VELOCITY = "tool_velocity"
TOOL_QUATERNION = "tool_quaternion"
TABLE_GEOM = "table"
PAYLOAD_BODY = "payload"


def build_arm_spec(
    arm: Arm,
    timestep: float,
    dynamics: JointDynamics = NOMINAL,
    visual: bool = True,
    scene: Scene = EMPTY,
    shapes_apart: bool = False,
) -> MjSpec:
    """The arm as a MuJoCo specification, ready to compile or to add objects to.

    Joints and actuators are in the order of ``arm.joint_names``; an actuator's control is its
    joint's velocity command [rad/s]. As in the robot's own controller the command is integrated to
    a set point that a stiff servo follows, tau = kp (integral - position - lag velocity), bounded
    by the effort limit: velocity is reached exactly, ``servo_lag`` late, and friction does not pull
    the arm off course. The servo's state (``act``) is that set point [rad]; at rest it equals the
    joint's position. Gravity is compensated. The world frame is the arm's base frame; the table's
    top is z = 0.

    Args:
      arm: which arm.
      timestep: simulation step [s].
      dynamics: friction, inertia and servo figures.
      visual: keep the shapes that are only looked at; without them a step costs less.
      scene: what stands on the table.
      shapes_apart: give the object a geom per shape, for simulators that cannot change a geom's.

    Returns:
      A specification with site ``TOOL_SITE`` at the tool, sensors ``TOOL_VELOCITY`` [m/s] and
      ``TOOL_QUATERNION`` (wxyz) of it in the base frame, geom ``TABLE_GEOM``, and at the tool a
      body ``PAYLOAD_BODY`` without mass.
    """
    check_gripper(arm, scene)
    spec = mujoco.MjSpec.from_string(arm_urdf(arm))
    spec.compiler.fusestatic = False  # links keep their names
    spec.modelname = arm.name
    spec.option.timestep = timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    spec.visual.global_.offwidth, spec.visual.global_.offheight = 1280, 960
    if not visual:
        for geom in [geom for geom in spec.geoms if geom.contype == geom.conaffinity == 0]:
            spec.delete(geom)
    for body in spec.bodies[1:]:
        body.gravcomp = 1.0
    _exclude_allowed_collisions(spec, arm)
    _add_table(spec)
    _add_tool(spec, arm)
    for index, name in enumerate(arm.joint_names):
        effort = float(arm.limits.effort[index])
        joint = spec.joint(name)
        joint.damping = np.array([dynamics.viscous_friction * effort, 0.0, 0.0])
        joint.frictionloss = dynamics.coulomb_friction * effort
        joint.armature = dynamics.armature * effort
        _add_velocity_servo(spec, joint, effort, dynamics, not arm.limits.endless[index])
    if arm.gripper is not None:
        add_gripper(spec, arm, scene, visual, shapes_apart)
    if scene.support:
        add_support(spec)
    if scene.has_hole:
        add_peg_and_hole(spec, arm)
    return spec


def change_dynamics(
    model: mujoco.MjModel,
    friction: np.ndarray,
    damping: np.ndarray,
    armature: np.ndarray,
    payload: float,
) -> None:
    """Turn a compiled arm of n joints into another one of its kind.

    Args:
      friction, damping, armature: (n,) factors of the joints' figures [1].
      payload: mass that the last link has more; gravity compensation does not know of it [kg].
    """
    n = len(friction)
    model.dof_frictionloss[:n] *= friction
    model.dof_damping[:n] *= damping
    model.dof_armature[:n] *= armature
    last_link = model.jnt_bodyid[n - 1]
    mass = model.body_mass[last_link]
    model.body_gravcomp[last_link] *= mass / (mass + payload)
    model.body_mass[last_link] = mass + payload
    mujoco.mj_setConst(model, mujoco.MjData(model))


def _exclude_allowed_collisions(spec: MjSpec, arm: Arm) -> None:
    for first, second in arm.allowed_collisions:
        spec.add_exclude(bodyname1=first, bodyname2=second)


def _add_table(spec: MjSpec) -> None:
    spec.worldbody.add_geom(
        name=TABLE_GEOM,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[2.0, 2.0, 0.05],
        rgba=[0.32, 0.34, 0.38, 1.0],
    )


def _add_tool(spec: MjSpec, arm: Arm) -> None:
    """A site at the tool on the last moving link, and sensors of its motion."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(arm.chain.tool[:3, :3]).reshape(9))
    last_link = spec.joint(arm.joint_names[-1]).parent
    last_link.add_site(
        name=TOOL_SITE, pos=arm.chain.tool[:3, 3], quat=quaternion, size=[0.005, 0.005, 0.005]
    )
    # on its own body, so that a payload moves the centre of mass and no weight is compensated
    last_link.add_body(name=PAYLOAD_BODY, pos=arm.chain.tool[:3, 3], quat=quaternion)
    for name, kind in (
        (TOOL_VELOCITY, mujoco.mjtSensor.mjSENS_FRAMELINVEL),
        (TOOL_QUATERNION, mujoco.mjtSensor.mjSENS_FRAMEQUAT),
    ):
        spec.add_sensor(name=name, type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=TOOL_SITE)


def _add_velocity_servo(
    spec: MjSpec, joint: mujoco.MjsJoint, effort: float, dynamics: JointDynamics, limited: bool
) -> None:
    stiffness = dynamics.servo_stiffness * effort
    servo = spec.add_actuator(name=joint.name, target=joint.name)
    servo.trntype = mujoco.mjtTrn.mjTRN_JOINT
    servo.dyntype = mujoco.mjtDyn.mjDYN_INTEGRATOR
    if limited:
        servo.actlimited = True
        servo.actrange = joint.range
    servo.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    servo.gainprm[0] = stiffness
    servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    servo.biasprm[1] = -stiffness
    servo.biasprm[2] = -stiffness * dynamics.servo_lag
    servo.forcelimited = True
    servo.forcerange = [-effort, effort]
