"""Parameters of the policy node."""

from __future__ import annotations

from dataclasses import dataclass

from rl_manip_deploy.policy.policy_inputs import InputTimeouts
from rl_manip_deploy.ros.robot.robot_parameters import FRAMES, RobotParameters
from rl_manip_description.contract.settings import setting

CHANGEABLE = ("policy", "policy_sha256")
"""Those that may be set while the node runs; see `policy_swap`."""
QUEUED_FOR = 10.0
"""[s] for which a goal waits to be armed, where it may wait, and how old it may be."""


@dataclass(frozen=True)
class PolicyParameters(RobotParameters):
    """Which policy, and what the node does by itself."""

    frames: str = setting("", FRAMES)
    policy: str = setting("", "Policy file.")
    policy_sha256: str = setting("", "SHA-256 that the file must have; empty for any.")
    control_dt: float = setting(0.04, "Control period that the policy must have.", "s", 0.002, 0.09)
    queue_goals: bool = setting(False, "Whether a goal waits for the guard to be armed, for 10 s.")
    autostart: bool = setting(False, "Whether to configure and activate itself.")
    timeout: InputTimeouts = InputTimeouts()
