"""An arm with the kinematics it really has: told by its URDF, or by its factory calibration.

Arms of one kind differ by millimetres and milliradians. What differs by much more is another arm,
or names its links otherwise, and is refused.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import List, Optional, Union
from xml.etree import ElementTree

import numpy as np
import yaml

from rl_manip_description.kinematics.serial_chain import KinematicChain, pose_of
from rl_manip_description.kinematics.ur_calibration import calibrated_origins
from rl_manip_description.kinematics.urdf_chain import (
    TURNING,
    chain_in,
    moved_links,
    read_chain,
    write_chain,
)
from rl_manip_description.kinematics.written_tool import ToolNumbers, tool_numbers
from rl_manip_description.model.arm import Arm
from rl_manip_description.paths import path_of

FARTHEST = 0.05
"""[m] that a link of the same kind of arm is from where the data sheet has it, at most."""
MOST_TURNED = 0.1
"""[rad] likewise."""
POSES = 256
"""Poses that are looked at, beside the home pose."""


class OwnKinematicsError(ValueError):
    """What was given does not describe this arm; the message says why."""


class AnotherArmError(OwnKinematicsError):
    """What was given is sound and describes another arm."""


def described_arm(arm: Arm, urdf: str, prefix: str = "", source: str = "the description") -> Arm:
    """The arm with the chain of a URDF text, such as a driver's on /robot_description.

    Args:
        arm: by its data sheet; what it carries on its flange, and its own tool, stay as they are.
        urdf: the text; joints and links are named as in the arm's own URDF.
        prefix: in front of these names, where the URDF has it there.
        source: what sentences call it.

    Raises:
        OwnKinematicsError: it is no URDF, or describes another arm.
    """
    try:
        root = ElementTree.fromstring(urdf)
    except ElementTree.ParseError as error:
        raise OwnKinematicsError(f"{source} is no URDF: {error}.") from None
    if root.tag != "robot":
        raise OwnKinematicsError(f"{source} is no URDF: it is a <{root.tag}>, expected <robot>.")
    kinds = {joint.get("name"): joint.get("type") for joint in root.findall("joint")}
    prefix = prefix if prefix and prefix + arm.joint_names[0] in kinds else ""
    names = [prefix + name for name in arm.joint_names]
    missing = [name for name in names if name not in kinds]
    if missing:
        raise OwnKinematicsError(
            f"{source} does not describe the {arm.name}: it lacks the joints {missing} and has "
            f"{[name for name, kind in kinds.items() if kind != 'fixed']}."
        )
    for name in names:
        if kinds[name] not in TURNING:
            raise OwnKinematicsError(
                f"{source} does not describe the {arm.name}: its joint {name!r} is "
                f"{kinds[name]}, expected revolute."
            )
    try:
        base, flange = prefix + arm.base_frame, prefix + arm.flange_frame
        chain = chain_in(root, source, base, flange, names)
    except ValueError as error:
        raise OwnKinematicsError(str(error)) from None
    return _checked(arm, chain, source)


def arm_of_file(arm: Arm, path: Union[str, Path], prefix: str = "") -> Arm:
    """The arm with the chain of a URDF file, or of a calibration that `ur_calibration` wrote.

    Raises:
        OwnKinematicsError: the file cannot be read, is neither, or is of another arm.
    """
    path = path_of(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise OwnKinematicsError(
            f"{path} cannot be read ({said}): give a URDF or a calibration (YAML)."
        ) from None
    if is_calibration(path):
        return _calibrated(arm, text, str(path))
    return described_arm(arm, text, prefix, str(path))


def is_calibration(path: Union[str, Path]) -> bool:
    """Whether a file is read as a calibration, by its name; every other one is a URDF."""
    return Path(path).suffix.lower() in (".yaml", ".yml")


def with_kinematics_of(arm: Arm, other: Arm) -> Arm:
    """The arm with the chain of another copy of it, which may carry another gripper.

    A tool that a person gave to that copy belongs to its kinematics; its gripper does not.
    """
    return _carrying(replace(arm, own_tool=other.own_tool), flange_chain(other))


def with_tool(arm: Arm, numbers: Optional[ToolNumbers]) -> Arm:
    """The arm with its tool where a person says.

    Args:
        arm: with what it carries on its flange.
        numbers: see `ToolNumbers`; None for where the arm's file and its gripper have the tool.
    """
    own = None if numbers is None else pose_of(numbers[:3], numbers[3:])
    if own is None and arm.own_tool is None:
        return arm
    return _carrying(replace(arm, own_tool=own), flange_chain(arm))


def with_written_tool(arm: Arm, text: str) -> Arm:
    """The arm with its tool where a text has it; raises ValueError as `tool_numbers` does."""
    return with_tool(arm, tool_numbers(text))


def flange_chain(arm: Arm) -> KinematicChain:
    """The arm's chain up to its flange, whatever it carries."""
    if arm.gripper is None and arm.own_tool is None:
        return arm.chain
    return replace(arm.chain, tool=arm.chain.tool @ _inverse(arm.tool_on_flange))


def arm_urdf(arm: Arm) -> str:
    """URDF text of the arm without gripper, with its own kinematics and limits.

    Meshes that are only looked at are left out: who reads the text may not have the files.
    """
    root = ElementTree.parse(str(arm.urdf_path)).getroot()
    write_chain(root, flange_chain(arm), arm.base_frame, arm.flange_frame, arm.joint_names)
    _write_limits(root, arm)
    for link in root.iter("link"):
        for visual in link.findall("visual"):
            if visual.find("geometry/mesh") is not None:
                link.remove(visual)
    return ElementTree.tostring(root, encoding="unicode")


def _write_limits(root: ElementTree.Element, arm: Arm) -> None:
    joints = {joint.get("name"): joint for joint in root.iter("joint")}
    for index, name in enumerate(arm.joint_names):
        joint, endless = joints[name], bool(arm.limits.endless[index])
        joint.set("type", "continuous" if endless else "revolute")
        limit = joint.find("limit")
        if limit is None:
            limit = ElementTree.SubElement(joint, "limit")
        values = {"velocity": arm.limits.velocity, "effort": arm.limits.effort}
        if not endless:
            values.update(lower=arm.limits.position_lower, upper=arm.limits.position_upper)
        for key, numbers in values.items():
            if float(limit.get(key, "nan")) != numbers[index]:
                limit.set(key, f"{numbers[index]:.15g}")


def _calibrated(arm: Arm, text: str, source: str) -> Arm:
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise OwnKinematicsError(f"{source} is no YAML: {said}.") from None
    links = [
        link[: -len("_link")] if link.endswith("_link") else link
        for link in moved_links(arm.urdf_path, arm.joint_names)
    ]
    try:
        pendant = read_chain(arm.urdf_path, arm.base_frame, "base", []).tool
    except ValueError:
        raise OwnKinematicsError(
            f"{source} may be a calibration of Universal Robots, but the {arm.name} has no "
            "pendant's frame 'base': give its URDF."
        ) from None
    try:
        origins = calibrated_origins(values, source, links)
    except ValueError as error:
        raise OwnKinematicsError(str(error)) from None
    origins[0] = pendant @ origins[0]
    chain = KinematicChain(np.array(origins), arm.chain.axes, flange_chain(arm).tool)
    return _checked(arm, chain, source)


def _checked(arm: Arm, chain: KinematicChain, source: str) -> Arm:
    """The arm with that chain up to its flange, where it is one of its kind."""
    if not all(np.all(np.isfinite(a)) for a in (chain.origins, chain.axes, chain.tool)):
        raise OwnKinematicsError(f"{source} has numbers that are not finite: write it anew.")
    turned = np.arccos(np.clip(np.sum(chain.axes * arm.chain.axes, axis=1), -1.0, 1.0))
    if np.any(turned > MOST_TURNED):
        worst = int(np.argmax(turned))
        raise AnotherArmError(
            f"{source} does not describe the {arm.name}: {arm.joint_names[worst]} turns about "
            f"{chain.axes[worst].round(3).tolist()}, expected {arm.chain.axes[worst].tolist()}."
        )
    _refuse_others(arm, chain, source)
    return _carrying(arm, chain)


def _refuse_others(arm: Arm, chain: KinematicChain, source: str) -> None:
    """Every link and the flange stand nearly where the data sheet has them, in every pose."""
    rng = np.random.default_rng(0)  # the same poses each time: the same answer
    drawn = rng.uniform(*arm.limits.one_turn, (POSES, arm.num_joints))
    poses = np.concatenate((arm.home[None], drawn))
    own, nominal = (_frames(each, poses) for each in (chain, flange_chain(arm)))
    away = np.linalg.norm(own[..., :3, 3] - nominal[..., :3, 3], axis=-1).max(axis=0)
    # trace of the rotation between two frames is 1 + 2 cos(angle)
    cosine = 0.5 * (np.einsum("pkij,pkij->pk", own[..., :3, :3], nominal[..., :3, :3]) - 1.0)
    turned = np.arccos(np.clip(cosine, -1.0, 1.0)).max(axis=0)
    too_far = np.flatnonzero((away > FARTHEST) | (turned > MOST_TURNED))
    if len(too_far):
        names: List[str] = [*moved_links(arm.urdf_path, arm.joint_names), arm.flange_frame]
        first = int(too_far[0])
        raise AnotherArmError(
            f"{source} has {names[first]} {1e3 * away[first]:.0f} mm and {turned[first]:.2f} rad "
            f"from where the {arm.name}'s data sheet has it, expected up to {1e3 * FARTHEST:.0f} "
            f"mm and {MOST_TURNED} rad: it is of another arm, or spoilt."
        )


def _frames(chain: KinematicChain, poses: np.ndarray) -> np.ndarray:
    """Frames of links and flange, (p, n + 1, 4, 4)."""
    links, tool = chain.joint_frames(poses)
    return np.concatenate((links, tool[:, None]), axis=1)


def _carrying(arm: Arm, chain: KinematicChain) -> Arm:
    """The arm with that chain up to its flange, and what it carries beyond it."""
    if arm.gripper is not None or arm.own_tool is not None:
        chain = replace(chain, tool=chain.tool @ arm.tool_on_flange)
    for array in (chain.origins, chain.axes, chain.tool):
        array.setflags(write=False)
    return replace(arm, chain=chain)


def _inverse(pose: np.ndarray) -> np.ndarray:
    """What undoes a rigid transform (4, 4)."""
    undone = np.eye(4)
    undone[:3, :3] = pose[:3, :3].T
    undone[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return undone
