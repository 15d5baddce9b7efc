"""Reads an arm's joint states when it is asked to; messages that come in between wake nobody.

in   /joint_states sensor_msgs/JointState
"""

from __future__ import annotations

from typing import Callable, List

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState

from rl_manip_deploy.states.heard_joints import HeardJoints
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE, JointStates
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Arm
from rl_manip_description.model.joint_order import JointOrder
from rl_manip_ros.endpoints import PolledSubscription
from rl_manip_ros.interfaces import joint_states

STATES_KEPT = 20
"""Joint states looked through each time: a gripper's driver may send its own, as often as the
arm's. 20 are 20 ms of both at 500 Hz."""


class ArmReader:
    """The newest good joint state of an arm.

    Args:
        node: that listens.
        arm: which arm.
        prefix: of the robot's joint names.
    """

    def __init__(self, node: Node, arm: Arm, prefix: str) -> None:
        self.topic = joint_states(arm.controller.joint_state_topic)
        self.order = JointOrder(arm.joint_names, prefix)
        self.states = JointStates(self.order, arm.limits, LONGEST_SILENCE)
        self.stamped = StampedPositions()
        """Where the joints were of late, by the driver's stamps."""
        self.heard = HeardJoints(self.order.names, prefix, LONGEST_SILENCE)
        """What arrives, for the sentence on what is missing."""
        self.others: List[Callable[[JointState, float], None]] = []
        """Called with each message and when it came [s], whichever joints it is of."""
        self._messages = PolledSubscription(node, self.topic, STATES_KEPT)

    def look(self) -> bool:
        """Takes the joint states since the last look; false where none was of the arm."""
        # each of them: the newest may be the gripper's
        heard = [self.take(*seen) for seen in self._messages.take_all()]
        return any(heard)

    def take(self, state: JointState, received: float) -> bool:
        """Takes a joint state that came at `received` [s]; false where it tells nothing of the arm.

        Where the driver sends no velocities they come by difference, from the second state on.
        """
        for other in self.others:
            other(state, received)
        self.heard.hear(state.name, received)
        stamp = state.header.stamp.sec + 1e-9 * state.header.stamp.nanosec
        self.states.take(state.name, state.position, state.velocity, received, stamp)
        self.stamped.take(self.states, received, stamp)
        is_good = self.states.received == received and not self.states.fault
        return is_good and bool(np.isfinite(self.states.velocity).all())
