"""Load an arm from its two files, a YAML and a URDF, wherever they are."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.urdf_chain import chain_in
from rl_manip_description.kinematics.urdf_checks import chain_problems
from rl_manip_description.model.arm import Arm, ControllerInterface, JointLimits
from rl_manip_description.model.described_files import DescribedFiles, DescriptionFileError
from rl_manip_description.model.driver import Driver
from rl_manip_description.model.gripper import Gripper
from rl_manip_description.model.gripper_files import UnknownGripperError, load_gripper
from rl_manip_description.model.practice import Practice
from rl_manip_description.model.workspace import HalfShell
from rl_manip_description.registry import UnknownNameError

# How much further than in the URDF a limit may be written: digits that were cut off [rad].
_ROUNDING = 1e-3
ARMS_FOLDER = Path(__file__).resolve().parents[1] / "arms"
AUTO = "auto"
"""Name that stands for the gripper that an arm has of its own."""


class UnknownArmError(UnknownNameError):
    """No arm of that name is described here."""


ARMS = DescribedFiles("arm", lambda: ARMS_FOLDER, UnknownArmError)
"""Every arm that is described here or by other packages."""


def known_arms() -> Tuple[str, ...]:
    """Names that `load_arm` takes, sorted."""
    return tuple(sorted(ARMS))


def read_arm_file(name: str) -> Dict[str, Any]:
    """What the YAML file of that arm says, or that YAML file.

    Raises:
        UnknownArmError, RegistryError, DescriptionFileError: as `load_arm`.
    """
    return ARMS.file(name).read()


def load_arm(name: str, gripper: Optional[str] = None) -> Arm:
    """The arm of that name, or of that YAML file.

    Args:
        name: one of `known_arms`, or the path of a YAML file. Its key `urdf` names the URDF, seen
            from there; without it that is the file of the same name beside it.
        gripper: what is mounted on its flange, one of `known_grippers` or the path of a YAML file;
            "auto" for the gripper that the arm's file names, None or empty for nothing. The tool is
            then the point between the fingertips.

    Raises:
        UnknownArmError: there is no such arm; the message lists those there are.
        UnknownGripperError: there is no such gripper; the message lists those there are.
        RegistryError: the package that offers it is broken, or several offer it.
        DescriptionFileError: the arm's files lack something or contradict each other.
    """
    file = ARMS.file(name)
    values = file.read()
    try:
        urdf_path = file.path.parent / values.get("urdf", f"{file.path.stem}.urdf")
        arm = _arm_from(file.name, urdf_path, values)
    except KeyError as error:
        raise DescriptionFileError(
            f"{file.path} lacks the key {error}: ur5e.yaml shows all keys."
        ) from None
    except (TypeError, ValueError, OSError, ElementTree.ParseError) as error:
        raise DescriptionFileError(f"{file.path}: {error}") from None
    arm = replace(arm, source=file.name if file.name in ARMS else str(file.path.absolute()))
    if not gripper:
        return arm
    return _with_gripper(arm, load_gripper(_own_gripper(arm) if gripper == AUTO else gripper))


def _own_gripper(arm: Arm) -> str:
    if arm.practice.gripper is None:
        raise UnknownGripperError(
            f"{arm.name} names no gripper of its own: give one, or the key practice.gripper to the "
            "arm's file."
        )
    return arm.practice.gripper


def _with_gripper(arm: Arm, gripper: Gripper) -> Arm:
    """The arm with its tool between the fingertips."""
    tool = arm.chain.tool @ gripper.tool
    tool.setflags(write=False)
    return replace(
        arm, chain=replace(arm.chain, tool=tool), tool_frame=gripper.tool_frame, gripper=gripper
    )


def _arm_from(name: str, urdf_path: Path, values: Dict[str, Any]) -> Arm:
    root = ElementTree.parse(str(urdf_path)).getroot()
    joint_names = tuple(joint["name"] for joint in values["joints"])
    chain = chain_in(root, urdf_path.name, values["base_frame"], values["tool_frame"], joint_names)
    problems = chain_problems(root, urdf_path.name, joint_names)
    if problems:
        raise ValueError(f"{urdf_path.name}: {problems[0]}.")
    _refuse_collision_meshes(root, urdf_path.name)
    joints = _joints_of(root, values["joints"])
    controller = {**values["controller"]}
    controller["joint_names"] = tuple(controller["joint_names"])
    workspace = HalfShell.from_dict(values["workspace"])

    def per_joint(key: str) -> np.ndarray:
        return np.array([float(joint[key]) for joint in joints])

    return Arm(
        name=name,
        joint_names=joint_names,
        home=per_joint("home"),
        limits=JointLimits(**{f.name: per_joint(f.name) for f in fields(JointLimits)}),
        controller=ControllerInterface(**controller),
        chain=chain,
        workspace=workspace,
        practice=Practice.from_dict(values.get("practice") or {}, joint_names, workspace),
        allowed_collisions=tuple((a, b) for a, b in values["allowed_collisions"]),
        urdf_path=urdf_path,
        base_frame=values["base_frame"],
        tool_frame=values["tool_frame"],
        flange_frame=values["tool_frame"],
        driver=Driver.from_dict(values["driver"]) if "driver" in values else None,
    )


def _joints_of(root: ElementTree.Element, given: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """What the arm's file says of each joint, and what the URDF says where that says nothing.

    Raises:
        ValueError: the file would let a joint go further than the URDF does.
    """
    described = {joint.get("name"): joint for joint in root.findall("joint")}
    return [{**_urdf_limits(described[joint["name"]], joint), **joint} for joint in given]


def _urdf_limits(joint: ElementTree.Element, given: Dict[str, Any]) -> Dict[str, float]:
    limit = joint.find("limit")
    said = {} if limit is None else {key: float(text) for key, text in limit.attrib.items()}
    lower, upper = -math.inf, math.inf
    if joint.get("type") != "continuous":
        lower, upper = said.get("lower", 0.0), said.get("upper", 0.0)
    wide = float(given.get("position_lower", lower)), float(given.get("position_upper", upper))
    if wide[0] < lower - _ROUNDING or wide[1] > upper + _ROUNDING:
        raise ValueError(
            f"{given['name']} may go from {wide[0]:g} to {wide[1]:g} rad, beyond {lower:g} to "
            f"{upper:g} of the URDF: narrow it, or change the URDF."
        )
    limits = {"position_lower": lower, "position_upper": upper}
    return {**limits, **{key: said[key] for key in ("velocity", "effort") if key in said}}


def _refuse_collision_meshes(root: ElementTree.Element, source: str) -> None:
    for link in root.findall("link"):
        if link.find("collision/geometry/mesh") is not None:
            raise ValueError(
                f"{source}: the collision shape of link {link.get('name')!r} is a mesh, expected "
                "boxes, cylinders or spheres: `ros2 run rl_manip_description import_arm "
                f"{source} -o my_arm` fits them."
            )
