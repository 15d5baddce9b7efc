"""Load an arm from its two files: arms/<name>.yaml and arms/<name>.urdf."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

import numpy as np
import yaml

from rl_manip_description.arm import Arm, ControllerInterface, JointLimits
from rl_manip_description.urdf_chain import read_chain
from rl_manip_description.workspace import HalfShell

ARMS_FOLDER = Path(__file__).resolve().parent / "arms"


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


def load_arm(name: str) -> Arm:
    """The arm of that name.

    Raises:
        UnknownArmError: there is no such arm; the message lists those there are.
    """
    values = read_arm_file(name)
    joints = values["joints"]
    joint_names = tuple(joint["name"] for joint in joints)
    urdf_path = ARMS_FOLDER / f"{name}.urdf"

    def per_joint(key: str) -> np.ndarray:
        array = np.array([float(joint[key]) for joint in joints])
        array.setflags(write=False)
        return array

    return Arm(
        name=name,
        joint_names=joint_names,
        home=per_joint("home"),
        limits=JointLimits(
            position_lower=per_joint("position_lower"),
            position_upper=per_joint("position_upper"),
            velocity=per_joint("velocity"),
            acceleration=per_joint("acceleration"),
            jerk=per_joint("jerk"),
            effort=per_joint("effort"),
        ),
        controller=ControllerInterface(
            **{**values["controller"], "joint_names": tuple(values["controller"]["joint_names"])}
        ),
        chain=read_chain(urdf_path, values["base_frame"], values["tool_frame"], joint_names),
        workspace=HalfShell.from_dict(values["workspace"]),
        allowed_collisions=tuple((a, b) for a, b in values["allowed_collisions"]),
        urdf_path=urdf_path,
        base_frame=values["base_frame"],
        tool_frame=values["tool_frame"],
    )
