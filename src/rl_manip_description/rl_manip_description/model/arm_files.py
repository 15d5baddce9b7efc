"""Load an arm from its two files, <name>.yaml and the URDF beside it, wherever they are."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.urdf_chain import read_chain
from rl_manip_description.model.arm import Arm, ControllerInterface, JointLimits
from rl_manip_description.model.described_files import DescribedFiles, DescriptionFileError
from rl_manip_description.model.gripper import Gripper
from rl_manip_description.model.gripper_files import UnknownGripperError, load_gripper
from rl_manip_description.model.practice import Practice
from rl_manip_description.model.workspace import HalfShell
from rl_manip_description.registry import UnknownNameError

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
        name: one of `known_arms`, or the path of a YAML file, whose URDF lies beside it.
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
        arm = _arm_from(file.name, file.path.with_suffix(".urdf"), values)
    except KeyError as error:
        raise DescriptionFileError(
            f"{file.path} lacks the key {error}: ur5e.yaml shows all keys."
        ) from None
    except (TypeError, ValueError, OSError, ElementTree.ParseError) as error:
        raise DescriptionFileError(f"{file.path}: {error}") from None
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
    offset = np.eye(4)
    offset[2, 3] = gripper.tool_offset
    tool = arm.chain.tool @ offset
    tool.setflags(write=False)
    return replace(
        arm, chain=replace(arm.chain, tool=tool), tool_frame=gripper.tool_frame, gripper=gripper
    )


def _arm_from(name: str, urdf_path: Path, values: Dict[str, Any]) -> Arm:
    joints = values["joints"]
    joint_names = tuple(joint["name"] for joint in joints)
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
        chain=read_chain(urdf_path, values["base_frame"], values["tool_frame"], joint_names),
        workspace=workspace,
        practice=Practice.from_dict(values.get("practice") or {}, joint_names, workspace),
        allowed_collisions=tuple((a, b) for a, b in values["allowed_collisions"]),
        urdf_path=urdf_path,
        base_frame=values["base_frame"],
        tool_frame=values["tool_frame"],
        flange_frame=values["tool_frame"],
    )
