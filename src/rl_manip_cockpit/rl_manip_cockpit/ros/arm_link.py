"""What the cockpit hears of an arm and its guard, made into `Seen`; it only reads.

in   /joint_states, what the guard sent (sensor_msgs/JointState), speed_scaling std_msgs/Float64 and
     /object_pose geometry_msgs/PoseStamped: looked up when the page is brought up to date ·
     goals: see `sent_goal` · the guard's state std_msgs/String ·
     robot_program_running std_msgs/Bool (latched) · /diagnostics · the policy file's metadata
     std_msgs/String (latched)
"""

from __future__ import annotations

import time
from typing import Dict, List, NamedTuple, Optional

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, String

from rl_manip_cockpit.ros.sent_goal import SentGoal
from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_deploy.frames.pose_frames import GOAL, OBJECT, Kind
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import PolicyContractError, PolicyMetadata
from rl_manip_description.model.joint_order import JointNamesError, JointOrder
from rl_manip_ros.endpoints import PolledSubscription, subscription
from rl_manip_ros.interfaces import (
    DIAGNOSTICS,
    GUARD,
    GUARD_SENT,
    GUARD_STATE,
    OBJECT_POSE,
    POLICY,
    POLICY_FILE,
    SPEED_SCALING,
    joint_states,
    program_running,
)

STATES_KEPT = 20  # a gripper's driver may send its own among the arm's
COMMANDS_KEPT = 200  # of 500 a second: the twin needs each, also after a slow look
GAP, RECORDER = "gap_node", "rosbag2_recorder"
OUTSIDE = " outside training range [1]"
SILENT = 3.0  # [s] after which what a node said of itself counts no longer


class _Said(NamedTuple):
    received: float  # [s]
    status: DiagnosticStatus


class ArmLink:
    """Keeps the newest of everything.

    Args:
        node: that listens.
        arm: which arm.
        prefix: of the robot's joint names.
        frames: in which goals and objects may be given.
    """

    def __init__(self, node: Node, arm: Arm, prefix: str, frames: ToldFrames) -> None:
        self._frames, self._stamped = frames, StampedPositions()
        self._node, self._order = node, JointOrder(arm.joint_names, prefix)
        driver = arm.controller
        states = joint_states(driver.joint_state_topic)
        self._states_topic = states.resolved(node.get_namespace())
        self._states = PolledSubscription(node, states, STATES_KEPT)
        self._sent = PolledSubscription(node, GUARD_SENT, COMMANDS_KEPT)
        self._scaling = PolledSubscription(node, SPEED_SCALING)
        self._object = PolledSubscription(node, OBJECT_POSE)
        self._goal = SentGoal(node, lambda message: self._in_base(GOAL, message))
        subscription(node, GUARD_STATE, self._on_guard_state)
        if running := program_running(driver.program_running_topic):
            subscription(node, running, self._on_program_running)
        subscription(node, DIAGNOSTICS, self._on_diagnostics, depth=10)
        subscription(node, POLICY_FILE, self._on_policy_file)
        self._arm = arm
        self._loaded: Optional[PolicyMetadata] = None
        self.commands: List[Motion] = []
        """Sent since the look before, oldest first."""
        self.object_position: Optional[np.ndarray] = None
        """Where perception sees the object (3,) [m]; None where it never did."""
        self._state: Optional[Motion] = None
        self._command: Optional[Motion] = None
        self._guard = ""
        self._speed_scaling: Optional[float] = None
        self._program_running: Optional[bool] = None
        self._said: Dict[str, _Said] = {}

    def look(self, now: float) -> Seen:
        """What is known now [s], but for twin and recording."""
        states = self._motions(self._states)
        self._state = states[-1] if states else self._state
        self.commands = self._motions(self._sent)
        self._command = self.commands[-1] if self.commands else self._command
        if taken := self._scaling.take():
            self._speed_scaling = taken[0].data / 100.0
        if taken := self._object.take():
            seen = self._in_base(OBJECT, taken[0])
            self.object_position = self.object_position if seen is None else seen[:3]
        policy, gap = self._says(POLICY, now), self._says(GAP, now)
        return Seen(
            now=now,
            state=self._state,
            command=self._command,
            goal=self._goal.pose,
            goal_word=self._goal.word,
            guard=self._guard,
            trouble=self._guard_says("trouble", now),
            held_at=self._guard_says("held at", now),
            speed_scaling=self._speed_scaling,
            program_running=self._program_running,
            policy=policy.message if policy else "",
            loaded=self._loaded,
            outside=_numbers(policy, OUTSIDE),
            gap=_numbers(gap),
            gap_verdict=gap.message if gap else "",
        )

    @property
    def is_recorded(self) -> bool:
        """Whether a recorder listens to the joint states."""
        readers = self._node.get_subscriptions_info_by_topic(self._states_topic)
        return any(reader.node_name == RECORDER for reader in readers)

    def _motions(self, topic: PolledSubscription) -> List[Motion]:
        """What came since the last look; messages of other joints, or of none, say nothing here."""
        found = []
        for message, received in topic.take_all():
            if self._order.concerns(message.name):
                try:
                    found.append(self._motion(message, received))
                except JointNamesError:
                    continue
                if topic is self._states:
                    self._remember(found[-1], message)
        return [motion for motion in found if _is_finite(motion)]

    def _remember(self, state: Motion, message: JointState) -> None:
        """Keeps where the joints were, for poses in frames that move with them."""
        if state.position is not None and np.isfinite(state.position).all():
            stamp = message.header.stamp
            self._stamped.add(state.position, state.received, stamp.sec + 1e-9 * stamp.nanosec)

    def _motion(self, message: JointState, received: float) -> Motion:
        pick, names = self._order.pick, message.name
        position = pick(names, message.position, "positions") if message.position else None
        return Motion(received, pick(names, message.velocity, "velocities"), position)

    def _guard_says(self, key: str, now: float) -> str:
        """A line of the guard's diagnostics, empty for "none"; another arm's may come, too."""
        guard = self._says(GUARD, now)
        if guard is None or guard.message != self._guard:
            return ""
        said = {pair.key: pair.value for pair in guard.values}.get(key, "none")
        return "" if said == "none" else str(said)

    def _says(self, node: str, now: float) -> Optional[DiagnosticStatus]:
        """What a node said last; None where that is long ago."""
        said = self._said.get(node)
        return None if said is None or now - said.received > SILENT else said.status

    def _in_base(self, kind: Kind, message: PoseStamped) -> Optional[np.ndarray]:
        """A pose (7,) in the base frame; None where it is not finite, or its frame not known."""
        located = self._frames.locate(kind, message, self._stamped, time.monotonic())
        is_there = located.frame == self._frames.base and np.isfinite(located.pose).all()
        return np.array(located.pose) if is_there and not located.refusal else None

    def _on_guard_state(self, message: String) -> None:
        self._guard = message.data

    def _on_policy_file(self, message: String) -> None:
        try:
            metadata = PolicyMetadata.from_json(message.data) if message.data else None
        except PolicyContractError:
            metadata = None
        gripper = self._arm.gripper.name if self._arm.gripper else None
        fits = metadata and (metadata.arm, metadata.gripper) == (self._arm.name, gripper)
        self._loaded = metadata if fits else None

    def _on_program_running(self, message: Bool) -> None:
        self._program_running = message.data

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self._said[status.name] = _Said(time.monotonic(), status)


def _is_finite(motion: Motion) -> bool:
    parts = (motion.velocity, np.zeros(1) if motion.position is None else motion.position)
    return all(bool(np.isfinite(part).all()) for part in parts)


def _numbers(status: Optional[DiagnosticStatus], ending: str = "") -> Dict[str, float]:
    """Those of a node's values that are numbers, by name; the ending that they have is left out."""
    found = {}
    for pair in status.values if status is not None else ():
        if pair.key.endswith(ending):
            try:
                found[pair.key[: len(pair.key) - len(ending)]] = float(pair.value)
            except ValueError:
                continue
    return found
