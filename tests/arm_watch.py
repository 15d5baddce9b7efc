"""Watches an arm from outside: each joint state and command, with the time of its arrival."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger

from rl_manip_description import load_arm

# Far above what a busy machine needs for anything that a test expects [s].
DEADLINE = 40.0


class ArmWatch:
    """A node in a thread of its own; use it as a context."""

    def __init__(self, arm_name: str = "ur5e") -> None:
        self.arm = load_arm(arm_name)
        self.states: deque = deque(maxlen=20_000)  # (time, position (n,), velocity (n,))
        self.commands: deque = deque(maxlen=20_000)  # (time, velocity (n,))
        self.guard: list[str] = []
        self._context = rclpy.Context()
        self._context.init()
        self.node = rclpy.create_node("arm_watch", context=self._context)
        interface = self.arm.controller
        self.node.create_subscription(
            JointState, interface.joint_state_topic, self._on_joint_state, 100
        )
        self.node.create_subscription(
            Float64MultiArray, interface.command_topic, self._on_command, 100
        )
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.node.create_subscription(
            String, "/velocity_guard_node/state", lambda m: self.guard.append(m.data), latched
        )
        self._goal = self.node.create_publisher(PoseStamped, "/goal_pose", 1)
        self._group = ReentrantCallbackGroup()
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)

    def __enter__(self) -> ArmWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._context.shutdown()
        self._thread.join()

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Returns as soon as the condition holds."""
        latest = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < latest, f"waited in vain: {what}; guard: {self.guard[-3:]}"
            time.sleep(0.005)

    def wait_until_armed(self) -> None:
        """Returns when the guard passes commands on."""
        self.wait_until(lambda: self.guard[-1:] == ["armed"], "the guard is armed")

    def send_goal(self, position, frame: str = "base_link") -> None:
        """Publishes a goal [m], once somebody listens."""
        self.wait_until(lambda: self._goal.get_subscription_count() > 0, "goals are listened to")
        message = PoseStamped()
        message.header.frame_id = frame
        point = message.pose.position
        point.x, point.y, point.z = map(float, position)
        self._goal.publish(message)

    def drive(self, goal, until: Callable[[], bool]) -> None:
        """Sends a goal [m] and waits for the condition.

        A busy machine may starve the policy for 0.1 s, and the guard then stops the arm: that is
        its duty, so it is armed again here, and the goal sent again.
        """
        self.send_goal(goal)

        def there() -> bool:
            if self.guard[-1].startswith("stopped"):
                self.call("/velocity_guard_node/arm")
                self.wait_until_armed()
                self.send_goal(goal)
            return until()

        self.wait_until(there, f"the arm is driven to {goal}")

    def call(self, service: str) -> Trigger.Response:
        """Calls a std_srvs/Trigger service."""
        client = self.node.create_client(Trigger, service, callback_group=self._group)
        assert client.wait_for_service(DEADLINE), f"{service} is not there"
        answer = client.call(Trigger.Request(), timeout_sec=DEADLINE)
        self.node.destroy_client(client)
        return answer

    def speed(self) -> float:
        """Speed of the fastest joint now [rad/s]."""
        return float(np.abs(self.states[-1][2]).max()) if self.states else 0.0

    def tool_distance(self, goal) -> float:
        """Distance of tool and goal now [m]."""
        tool = self.arm.forward_kinematics(self.states[-1][1]).position
        return float(np.linalg.norm(tool - goal))

    def _on_joint_state(self, message: JointState) -> None:
        index = [message.name.index(name) for name in self.arm.joint_names]
        position, velocity = (np.array(v)[index] for v in (message.position, message.velocity))
        self.states.append((time.monotonic(), position, velocity))

    def _on_command(self, message: Float64MultiArray) -> None:
        self.commands.append((time.monotonic(), np.array(message.data)))
