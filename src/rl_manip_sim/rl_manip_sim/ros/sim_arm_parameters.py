"""Parameters of `sim_arm_node`, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.contract.settings import require_all, setting
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration
from rl_manip_description.model.arm import COMMAND_PORTS
from rl_manip_description.model.own_kinematics import arm_of_file
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters, draw_hidden_parameters

NAME_ORDERS = ("alphabetical", "controller", "random")


@dataclass(frozen=True)
class SimArmParameters:
    """Parameters of the node that cannot change while it runs."""

    arm: str = setting("ur5e", "Name of the arm.")
    gripper: str = setting("", "Name of the gripper that is mounted; empty for none.")
    object: bool = setting(False, "Whether an object stands on the table.")
    support: bool = setting(False, "Whether a block to stack it on comes under each goal.")
    hole: bool = setting(False, "Whether its flange carries a peg, and there is a hole for it.")
    seed: int = setting(1, "Seed of the hidden parameters.", "", 0, 2**31 - 1)
    kinematics: str = setting(
        "",
        "Kinematics that it really has: a seed of which they are drawn as a factory calibration "
        "would find them, a URDF or calibration file, or empty for the data sheet's.",
    )
    tf_prefix: str = setting("", "Prefix of the robot's joint and frame names.")
    rehearsal: bool = setting(
        False, "Whether to listen on topics of its own, and to end where a driver is present."
    )
    command_port: str = setting("velocity", "Which controller is active.", choices=COMMAND_PORTS)
    name_order: str = setting(
        "alphabetical", "Order of names in joint states.", choices=NAME_ORDERS
    )
    command_delay: float = setting(-1.0, "Delay of commands; negative draws it.", "s", -1.0, 1.0)
    state_delay: float = setting(-1.0, "Delay of joint states; negative draws it.", "s", -1.0, 1.0)

    def __post_init__(self) -> None:
        require_all(self)


@dataclass(frozen=True)
class ProgramFaults:
    """Parameters that stop the robot's program or its controller, and let them run again."""

    program_paused: bool = setting(False, "Whether the program is paused.")
    protective_stop: bool = setting(False, "Whether the robot is in a protective stop.")
    controller_inactive: bool = setting(
        False, "Whether the controller hears commands and does nothing with them."
    )


def hidden_parameters(num_joints: int, given: SimArmParameters) -> HiddenParameters:
    """Drawn from the seed; the delays may be given instead."""
    delays = {name: getattr(given, name) for name in ("command_delay", "state_delay")}
    hidden = draw_hidden_parameters(num_joints, given.seed)
    return replace(hidden, **{name: delay for name, delay in delays.items() if delay >= 0.0})


def real_arm(arm: Arm, given: SimArmParameters) -> Arm:
    """The arm with the kinematics of the parameters.

    Raises:
        OwnKinematicsError: the file does not describe that arm.
    """
    if not given.kinematics:
        return arm
    if given.kinematics.isdigit():
        rng = np.random.default_rng(int(given.kinematics))
        return replace(arm, chain=drawn_calibration(arm.chain, rng))
    return arm_of_file(arm, given.kinematics, given.tf_prefix)


def published_order(arm: Arm, name_order: str, seed: int) -> List[int]:
    """Which joint stands where in joint states, as indices of the arm's order."""
    if name_order == "alphabetical":
        return sorted(range(arm.num_joints), key=lambda i: arm.joint_names[i])
    if name_order == "controller":
        return [arm.joint_names.index(name) for name in arm.controller.joint_names]
    return np.random.default_rng(seed).permutation(arm.num_joints).tolist()
