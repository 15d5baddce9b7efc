"""Parameters of the cockpit's node."""

from __future__ import annotations

from dataclasses import dataclass

from rl_manip_deploy.ros.robot.robot_parameters import DESCRIPTION, FRAMES, TOOL
from rl_manip_description.contract.settings import require_all, setting


@dataclass(frozen=True)
class CockpitParameters:
    """What is shown, where the page is served, and who may command."""

    arm: str = setting("ur5e", "Name of the arm.")
    gripper: str = setting("", "Name of the gripper that is mounted; empty for none.")
    policy: str = setting("", "Policy file that follows the goals; empty: goals are of the tool.")
    description: str = setting("", DESCRIPTION)
    tool: str = setting("", TOOL)
    tf_prefix: str = setting("", "Prefix of the robot's joint and frame names.")
    frames: str = setting("", FRAMES)
    guard_settings: str = setting("", "The guard's settings file; empty for none.")
    enable_topic: str = setting(
        "", "The guard's hold-to-run topic, which a button of the page then sends; empty for none."
    )
    policies: str = setting(
        "",
        "Folders, separated as in PATH, that hold a folder for each policy that may be loaded from "
        "the page; empty for none.",
    )
    bag: str = setting("", "Folder of the recording, for its size; empty where nobody knows.")
    twin: bool = setting(True, "Whether to show the simulated twin; it needs MuJoCo.")
    host: str = setting("127.0.0.1", "Address to serve the page on.")
    port: int = setting(8080, "Port to serve the page on; 0 takes any that is free.", "", 0, 65535)
    token: str = setting(
        "", "What a person beyond this machine must know to command; empty draws one."
    )

    def __post_init__(self) -> None:
        require_all(self)
