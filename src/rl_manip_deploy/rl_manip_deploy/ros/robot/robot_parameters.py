"""Parameters that the nodes on the robot's computer share."""

from __future__ import annotations

from dataclasses import dataclass

from rl_manip_description.contract.settings import require_all, setting

DESCRIPTION = (
    "Kinematics of this very arm: a URDF or calibration file, 'nominal' for the data sheet's, or "
    "empty for what comes on /robot_description."
)
TOOL = (
    "Tool centre point in the flange's frame: x,y,z [m] or x,y,z,roll,pitch,yaw [m, rad], about "
    "fixed axes as in a URDF; empty for where the arm's file and its gripper have it."
)
FRAMES = (
    "YAML file of frames in which goals and objects may be given, beside those of the robot's "
    "description and of TF; empty for none."
)


@dataclass(frozen=True)
class RobotParameters:
    """Which robot it is, and how urgent its processes are."""

    arm: str = setting("ur5e", "Name of the arm.")
    gripper: str = setting("", "Name of the gripper that is mounted; empty for none.")
    description: str = setting("", DESCRIPTION)
    tool: str = setting("", TOOL)
    tf_prefix: str = setting("", "Prefix of the robot's joint and frame names.")
    rehearsal: bool = setting(False, "Whether the arm is simulated, on topics of its own.")
    realtime_priority: int = setting(
        0, "SCHED_FIFO priority of the process; 0 leaves scheduling as it is.", "", 0, 99
    )

    def __post_init__(self) -> None:
        require_all(self)
