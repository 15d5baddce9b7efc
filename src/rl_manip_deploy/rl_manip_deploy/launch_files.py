"""Files that launch arguments name, looked at before anything starts."""

from __future__ import annotations

from typing import Mapping

from rl_manip_deploy.frames.pose_frames import PoseFrames
from rl_manip_deploy.frames.written_frames import read_frames
from rl_manip_deploy.launch_values import LaunchArgumentError
from rl_manip_description import Arm
from rl_manip_description.model.own_kinematics import arm_of_file, arm_urdf, is_calibration
from rl_manip_description.paths import path_of


def file_of(values: Mapping[str, str], name: str) -> str:
    """Absolute path of a file that is there, or nothing."""
    if not values[name]:
        return ""
    path = path_of(values[name]).absolute()
    if not path.is_file():
        raise LaunchArgumentError(f"{name} is {values[name]!r}, but there is no such file.")
    return str(path)


def description_file(values: Mapping[str, str], arm: Arm) -> str:
    """Where the arm's own kinematics come from; a file is one of this arm."""
    if values["description"] == "nominal":
        return "nominal"
    own = "description" if values["description"] else "kinematics_params_file"
    return kinematics_file(values, own, arm)


def sim_kinematics(values: Mapping[str, str], arm: Arm) -> str:
    """A seed, or a file of this arm."""
    given = values["sim_kinematics"]
    return given if given.isdigit() else kinematics_file(values, "sim_kinematics", arm)


def kinematics_file(values: Mapping[str, str], name: str, arm: Arm) -> str:
    """Path of a file that describes the arm's own kinematics, or nothing."""
    path = file_of(values, name)
    if path and name == "kinematics_params_file" and not is_calibration(path):
        raise LaunchArgumentError(f"{name} is {values[name]!r}: give a calibration, a .yaml file.")
    try:
        if path:
            arm_of_file(arm, path, values["tf_prefix"])
    except ValueError as error:
        raise LaunchArgumentError(f"{name}: {error}") from None
    return path


def frames_file(values: Mapping[str, str], arm: Arm) -> str:
    """Path of a file of frames, or nothing.

    Of a simulated arm all is known now; a driver's description may have frames on which those of
    the file hang.
    """
    path = file_of(values, "frames")
    try:
        frames = PoseFrames(arm, values["tf_prefix"], read_frames(path))
        wrong = frames.describe(arm_urdf(arm), "the arm's own URDF")
    except ValueError as error:
        raise LaunchArgumentError(f"frames: {error}") from None
    if wrong and values["hardware"] == "sim" and not values["description"]:
        raise LaunchArgumentError(f"frames: {wrong}")
    return path
