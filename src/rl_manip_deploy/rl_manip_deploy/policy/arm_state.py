"""The arm's joints as a policy reads them: judged, and turned to where it was trained."""

from __future__ import annotations

from typing import Dict, Sequence

import numpy as np

from rl_manip_deploy.policy.joint_turns import JointTurns
from rl_manip_deploy.states.heard_joints import HeardJoints
from rl_manip_deploy.states.joint_states import JointStates
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.model.joint_order import JointOrder


class ArmState:
    """The inputs `joint_position` [rad] and `joint_velocity` [rad/s].

    Where the driver measures no velocities they come by difference, some 10 ms late.

    Args:
        arm: which arm.
        metadata: of the policy.
        prefix: in front of each joint's name in messages.
        timeout: age above which a state is too old to act on [s].
    """

    def __init__(self, arm: Arm, metadata: PolicyMetadata, prefix: str, timeout: float) -> None:
        order = JointOrder(metadata.joint_names, prefix)
        self.states = JointStates(order, arm.limits, timeout)
        """What is measured."""
        self.stamped = StampedPositions()
        """Where the joints were of late, by the driver's stamps."""
        self.turns = JointTurns(arm, metadata)
        """Whole turns between what is measured and what the policy is shown."""
        self.heard = HeardJoints(order.names, prefix, timeout)
        """What arrives, for the sentence on what is missing."""

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
        stamp: float = 0.0,
    ) -> None:
        """Takes a joint state by name; one that cannot be true is no news."""
        self.heard.hear(names, now)
        self.states.take(names, position, velocity, now, stamp)
        self.stamped.take(self.states, now, stamp)

    @property
    def received(self) -> float:
        """When the last good state came [s]."""
        return self.states.received

    def trouble(self, now: float) -> str:
        """See `InputSource`."""
        if trouble := self.states.trouble(now):
            return trouble
        return "no joint velocities yet" if np.isnan(self.states.velocity[0]) else ""

    def values(self) -> Dict[str, np.ndarray]:
        """See `InputSource`."""
        states = self.states
        shown = self.turns.shown(states.position)
        return {"joint_position": shown, "joint_velocity": states.velocity}
