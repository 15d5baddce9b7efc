"""Load an arm from its two files: arms/<name>.yaml and arms/<name>.urdf."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import numpy as np
import yaml

from rl_manip_description.kinematics.urdf_chain import read_chain
from rl_manip_description.model.arm import Arm, ControllerInterface, JointLimits
from rl_manip_description.model.gripper import Gripper
from rl_manip_description.model.gripper_files import load_gripper
from rl_manip_description.model.workspace import HalfShell

ARMS_FOLDER = Path(__file__).resolve().parents[1] / "arms"


class UnknownArmError(ValueError):
    """No arm of that name is described here."""


def known_arms() -> Tuple[str, ...]:
    """Names that `load_arm` takes, sorted."""
    return tuple(sorted(path.stem for path in ARMS_FOLDER.glob("*.yaml")))


def read_arm_file(name: str) -> Dict[str, Any]:
    """What arms/<name>.yaml says.

    Raises:
        UnknownArmError: there is no such arm; the message lists those there are.
    """
    if name not in known_arms():
        raise UnknownArmError(f"unknown arm {name!r}: choose one of {', '.join(known_arms())}.")
    return yaml.safe_load((ARMS_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def load_arm(name: str, gripper: Optional[str] = None) -> Arm:
    """The arm of that name.

    Args:
        name: one of `known_arms`.
        gripper: what is mounted on its flange, one of `known_grippers`; None or empty for nothing.
            The tool is then the point between the fingertips.

    Raises:
        UnknownArmError: there is no such arm; the message lists those there are.
        UnknownGripperError: there is no such gripper; the message lists those there are.
        ValueError: the arm's files lack something or contradict each other.
    """
    values = read_arm_file(name)
    try:
        arm = _arm_from(name, values)
    except KeyError as error:
        raise ValueError(f"{name}.yaml lacks the key {error}: ur5e.yaml shows all keys.") from None
    return _with_gripper(arm, load_gripper(gripper)) if gripper else arm


def _with_gripper(arm: Arm, gripper: Gripper) -> Arm:
    """The arm with its tool between the fingertips."""
    offset = np.eye(4)
    offset[2, 3] = gripper.tool_offset
    tool = arm.chain.tool @ offset
    tool.setflags(write=False)
    return replace(
        arm, chain=replace(arm.chain, tool=tool), tool_frame=gripper.tool_frame, gripper=gripper
    )


def _arm_from(name: str, values: Dict[str, Any]) -> Arm:
    joints = values["joints"]
    joint_names = tuple(joint["name"] for joint in joints)
    controller = {**values["controller"]}
    controller["joint_names"] = tuple(controller["joint_names"])
    urdf_path = ARMS_FOLDER / f"{name}.urdf"

    def per_joint(key: str) -> np.ndarray:
        return np.array([float(joint[key]) for joint in joints])

    return Arm(
        name=name,
        joint_names=joint_names,
        home=per_joint("home"),
        limits=JointLimits(**{f.name: per_joint(f.name) for f in fields(JointLimits)}),
        controller=ControllerInterface(**controller),
        chain=read_chain(urdf_path, values["base_frame"], values["tool_frame"], joint_names),
        workspace=HalfShell.from_dict(values["workspace"]),
        allowed_collisions=tuple((a, b) for a, b in values["allowed_collisions"]),
        urdf_path=urdf_path,
        base_frame=values["base_frame"],
        tool_frame=values["tool_frame"],
    )
