"""Robot arms as data: `load_arm("ur5e")` gives names, limits, kinematics and the URDF's path."""

from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import Arm, ControllerInterface, JointLimits, ToolPose
from rl_manip_description.model.arm_files import UnknownArmError, known_arms, load_arm
from rl_manip_description.model.gripper import Gripper
from rl_manip_description.model.gripper_files import UnknownGripperError, known_grippers
from rl_manip_description.model.workspace import HalfShell

__all__ = [
    "Arm",
    "ControllerInterface",
    "Gripper",
    "HalfShell",
    "JointLimits",
    "KinematicChain",
    "ToolPose",
    "UnknownArmError",
    "UnknownGripperError",
    "known_arms",
    "known_grippers",
    "load_arm",
]
