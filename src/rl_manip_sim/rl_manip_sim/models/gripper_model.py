"""A parallel gripper and an object as parts of the MuJoCo model."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Sequence

import mujoco
import numpy as np

from rl_manip_description import Arm, Gripper
from rl_manip_description.model.gripper import GripperShape
from rl_manip_description.model.own_kinematics import flange_chain
from rl_manip_sim.models.dynamics import FINGER_ARMATURE, SERVO_TRAVEL, finger_damping
from rl_manip_sim.models.scene import Scene

if TYPE_CHECKING:
    from mujoco import MjSpec

GRIPPER = "gripper"
OBJECT_TURNING = "object_turning"
FINGERS = ("left_finger", "right_finger")
GRIP_FORCES = ("left_grip_force", "right_grip_force")
OBJECT = "object"
TABLE_TOP = "table_top"
TABLE_CONTACT = "table_contact"
SELF_CONTACT = "self_contact"

# Which shapes meet: a pair does where one's contype and the other's conaffinity share a bit. The
# arm meets the table proper, whose contacts are collisions; fingers and object meet a second plane
# in the same place, whose contacts are not.
ARM, GRASP, FINGER = 1, 2, 4
MEETS = {  # contype, conaffinity
    "arm": (ARM, ARM | FINGER),
    "table": (0, ARM),
    "table_top": (GRASP, GRASP),
    "finger": (GRASP | FINGER, GRASP),
    "object": (GRASP, GRASP | ARM),
}

MATERIALS = {"light_grey": (0.80, 0.81, 0.82, 1.0), "dark": (0.17, 0.18, 0.19, 1.0)}

ROLLING_RESISTANCE = 0.001
"""Lever arm by which a ball's weight keeps it from rolling [m]."""

CONTACT_DIMENSIONS = {"box": 4, "cylinder": 4, "sphere": 6}
"""A ball held at two points turns about their line without torsional friction; only a ball needs
friction against rolling, which costs time."""

ABSENT = 1e-5
"""Half extent of a shape that the object does not have [m]: deep inside the one that it has."""


def add_gripper(
    spec: MjSpec, arm: Arm, scene: Scene, visual: bool, shapes_apart: bool = False
) -> None:
    """Mount ``arm.gripper`` on the arm's last link, and put the scene's object on the table.

    The fingers are coupled, as by the linkage of the real one. One actuator, GRIPPER, holds the
    opening [m] that its control asks for. It pushes with at most the grip force, against a damping
    that this force overcomes at the gripper's closing speed: the fingers neither run faster nor hit
    harder, and once they rest on something they press with the grip force. The object is one geom,
    OBJECT, or with ``shapes_apart`` one per shape, of which all but the first are ABSENT.
    """
    gripper = arm.gripper
    set_contact_physics(spec)
    for geom in spec.geoms:
        if geom.contype:
            geom.contype, geom.conaffinity = MEETS["table" if geom.name == "table" else "arm"]
    last_link = spec.joint(arm.joint_names[-1]).parent
    mount = flange_chain(arm).tool @ gripper.mount
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(mount[:3, :3]).reshape(9))
    body = last_link.add_body(name=GRIPPER, pos=mount[:3, 3], quat=quaternion)
    body.gravcomp = 1.0
    _add_inertia(body, gripper.mass - 2.0 * gripper.finger_mass, (0.0, 0.0, 0.05), 0.04)
    _add_shapes(body, gripper.body, 1.0, "arm", visual)
    for side, name in zip((1.0, -1.0), FINGERS):
        finger = body.add_body(name=name)
        finger.gravcomp = 1.0
        _add_inertia(finger, gripper.finger_mass, (side * 0.01, 0.0, gripper.tool_offset), 0.02)
        finger.add_joint(
            name=name,
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[side, 0.0, 0.0],
            range=[0.0, gripper.max_opening / 2.0],
            damping=[finger_damping(gripper), 0.0, 0.0],
            armature=FINGER_ARMATURE,
        )
        _add_shapes(finger, gripper.finger, side, "finger", visual)
    spec.add_exclude(bodyname1=FINGERS[0], bodyname2=FINGERS[1])
    _couple_fingers(spec)
    _add_opening_servo(spec, gripper)
    add_collision_sensors(spec)
    spec.worldbody.add_geom(
        name=TABLE_TOP,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[2.0, 2.0, 0.05],
        contype=MEETS["table_top"][0],
        conaffinity=MEETS["table_top"][1],
        group=3,
    )
    if scene.has_object:
        _add_object(spec, scene, shapes_apart)


def set_contact_physics(spec: MjSpec) -> None:
    """Settings under which a gripped object stays where it is gripped, at steps of 2 to 10 ms.

    The discrete integrator solves contacts and stiff servos together; the others solve contacts
    as if servos were soft, so that the fingers run away from the object that they hold. Friction
    ten times as stiff as pressure keeps creep under load below 0.1 mm/s at 0.5 kg.
    """
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_DISCRETE
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0


def _add_inertia(body: mujoco.MjsBody, mass: float, center, radius: float) -> None:
    """A solid sphere's: the shapes' own masses are not known."""
    body.mass = mass
    body.ipos = center
    body.inertia = [0.4 * mass * radius**2] * 3
    body.explicitinertial = True


def _add_shapes(
    body: mujoco.MjsBody, shapes: Sequence[GripperShape], side: float, part: str, visual: bool
) -> None:
    """Shapes to touch with and, where wanted, shapes to look at; side -1 mirrors x."""
    for shape in shapes:
        x, y, z = shape.center
        kind = getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}")
        place = {"type": kind, "pos": [side * x, y, z], "size": [*shape.size, 0.0][:3]}
        if shape.collision:
            contype, conaffinity = MEETS[part]
            body.add_geom(contype=contype, conaffinity=conaffinity, group=0, **place)
        if visual and shape.material != "none":
            rgba = MATERIALS[shape.material]
            body.add_geom(contype=0, conaffinity=0, group=1, rgba=rgba, **place)


def _couple_fingers(spec: MjSpec) -> None:
    """Both fingers are equally far from the middle."""
    coupling = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT, name1=FINGERS[0], name2=FINGERS[1], objtype=JOINT
    )
    coupling.data[:5] = [0.0, 1.0, 0.0, 0.0, 0.0]


JOINT = mujoco.mjtObj.mjOBJ_JOINT


def _add_opening_servo(spec: MjSpec, gripper: Gripper) -> None:
    tendon = spec.add_tendon(name=GRIPPER)
    for finger in FINGERS:
        tendon.wrap_joint(finger, 1.0)
    stiffness = gripper.grip_force / SERVO_TRAVEL
    servo = spec.add_actuator(name=GRIPPER, target=GRIPPER)
    servo.trntype = mujoco.mjtTrn.mjTRN_TENDON
    servo.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    servo.gainprm[0] = stiffness
    servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    servo.biasprm[1] = -stiffness
    servo.forcelimited = True
    servo.forcerange = [-gripper.grip_force, gripper.grip_force]


def add_collision_sensors(spec: MjSpec) -> None:
    geom, tree = mujoco.mjtObj.mjOBJ_GEOM, mujoco.mjtObj.mjOBJ_XBODY
    root = spec.worldbody.first_body().name
    add_contact_sensor(spec, TABLE_CONTACT, FOUND, (geom, "table"), None)
    add_contact_sensor(spec, SELF_CONTACT, FOUND, (tree, root), (tree, root))


def add_contact_sensor(spec: MjSpec, name: str, data: int, first, second) -> None:
    """Number of contacts of first and second, or the force between them: net, 3 elements."""
    sensor = spec.add_sensor(name=name, type=mujoco.mjtSensor.mjSENS_CONTACT)
    sensor.objtype, sensor.objname = first
    if second is not None:
        sensor.reftype, sensor.refname = second
    sensor.intprm[:3] = [1 << data, REDUCE[data], 1]


FOUND, FORCE = (
    int(mujoco.mjtConDataField.mjCONDATA_FOUND),
    int(mujoco.mjtConDataField.mjCONDATA_FORCE),
)
REDUCE = {FOUND: 0, FORCE: 3}


def object_geoms(scene: Scene) -> List[str]:
    """Names of the object's geoms where they are apart, as ``scene.object_shapes`` is ordered."""
    return [f"{OBJECT}_{shape}" for shape in scene.object_shapes]


def _add_object(spec: MjSpec, scene: Scene, shapes_apart: bool) -> None:
    half = scene.object_half_extent
    body = spec.worldbody.add_body(name=OBJECT, pos=[0.5, 0.0, half])
    body.add_freejoint(name=OBJECT)
    body.mass, body.ipos, body.explicitinertial = scene.object_mass, [0.0, 0.0, 0.0], True
    body.inertia = [scene.object_mass * 2.0 * half**2 / 3.0] * 3
    if shapes_apart:
        sizes = [half, *[ABSENT] * (len(scene.object_shapes) - 1)]
        for name, shape, size in zip(object_geoms(scene), scene.object_shapes, sizes):
            _add_object_geom(spec, body, name, shape, size, scene.object_friction)
    else:
        _add_object_geom(spec, body, OBJECT, "box", half, scene.object_friction)
    spec.add_sensor(
        name=OBJECT_TURNING,
        type=mujoco.mjtSensor.mjSENS_FRAMEANGVEL,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        objname=OBJECT,
    )
    for finger, name in zip(FINGERS, GRIP_FORCES):
        kind = mujoco.mjtObj.mjOBJ_BODY
        add_contact_sensor(spec, name, FORCE, (kind, finger), (kind, OBJECT))


def _add_object_geom(
    spec: MjSpec, body: mujoco.MjsBody, name: str, shape: str, half: float, friction: float
) -> None:
    body.add_geom(
        name=name,
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{shape.upper()}"),
        size=[half, half, half],
        friction=[friction, 0.01, ROLLING_RESISTANCE],
        priority=1,
        contype=MEETS["object"][0],
        conaffinity=MEETS["object"][1],
        condim=CONTACT_DIMENSIONS[shape],
        # as fast as the step allows: what rotates with the arm slips by acceleration / rate
        solref=[2.0 * spec.option.timestep, 1.0],
        rgba=[0.85, 0.35, 0.15, 1.0],
        group=1,
    )
