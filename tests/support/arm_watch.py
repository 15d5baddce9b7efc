"""Watches an arm from outside: each joint state and command, with the time of its arrival."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import Callable, Optional

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from punctual import become_punctual
from rclpy.callback_groups import CallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger

from rl_manip_description import load_arm

# Far above what a busy machine needs for anything that a test expects [s].
DEADLINE = 120.0
PATIENCE = 2.0  # [s] from a goal until the arm is seen to move for it
RESTING = 0.05  # [rad/s]


class NodeInAThread:
    """A node in a context of its own, attended to in a thread; use it as a context."""

    def __init__(self, name: str) -> None:
        self._context = rclpy.Context()
        self._context.init()
        self.node = rclpy.create_node(name, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._executor.shutdown()
        # left to the garbage collector, it would go on hearing of every process that ends, and may
        # lock up in it (https://github.com/eProsima/Fast-DDS/issues/6502)
        self.node.destroy_node()
        self._context.shutdown()

    def _attend(self) -> None:
        """Runs in the thread until `_ended` is set."""
        raise NotImplementedError


class ArmWatch(NodeInAThread):
    """Sees and asks; use it as a context.

    It takes waiting messages in bulk, and dates them by when they were sent: an executor that wakes
    up for each of 1000 a second would measure its own lateness.
    """

    def __init__(self, arm_name: str = "ur5e") -> None:
        super().__init__("arm_watch")
        self.arm = load_arm(arm_name)
        self.states: deque = deque(maxlen=20_000)  # (time, position (n,), velocity (n,))
        self.commands: deque = deque(maxlen=20_000)  # (time, velocity (n,))
        self.requests: deque = deque(maxlen=20_000)  # times of what the policy sent
        self.sent: deque = deque(maxlen=20_000)  # the same as the guard says it, on every port
        self.guard: list[str] = []
        self.is_arming = False  # somebody arms the guard: who plays a policy asks for rest
        interface = self.arm.controller
        latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        waiting = QoSProfile(depth=500)
        self._topics = [
            (self.subscribe(kind, topic, qos), kind, take)
            for kind, topic, qos, take in (
                (JointState, interface.joint_state_topic, waiting, self._on_joint_state),
                (Float64MultiArray, interface.command_topic, waiting, self._on_command),
                (
                    Float64MultiArray,
                    f"/simulated{interface.command_topic}",
                    waiting,
                    self._on_command,
                ),
                (JointState, "/velocity_guard_node/sent", waiting, self._on_sent),
                (JointState, "/policy/command", waiting, self._on_request),
                (String, "/velocity_guard_node/state", latched, self._on_guard_state),
            )
        ]
        self._goal = self.node.create_publisher(PoseStamped, "/goal_pose", 1)

    def subscribe(self, kind: type, topic: str, qos: Optional[QoSProfile] = None):
        """A subscription whose messages wait until they are taken."""
        group = _NeverExecuted()
        qos = qos or QoSProfile(depth=500)
        return self.node.create_subscription(kind, topic, print, qos, callback_group=group)

    def _attend(self) -> None:
        become_punctual()
        while not self._ended.wait(0.005):
            # from the middleware's system clock, which may be set meanwhile, to the steady one [s]
            offset = time.monotonic() - time.time()
            for subscription, kind, take in self._topics:
                with subscription.handle:
                    while taken := subscription.handle.take_message(kind, False):
                        message, info = taken
                        sent = info["source_timestamp"] or info["received_timestamp"]
                        take(1e-9 * sent + offset, message)

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
        """Publishes a goal [m] once somebody listens.

        Who listens may not all know of this publisher yet: send again what has no effect.
        """
        self.wait_until(self._goal.get_subscription_count, "goals are listened to")
        message = PoseStamped()
        message.header.frame_id = frame
        point = message.pose.position
        point.x, point.y, point.z = map(float, position)
        self._goal.publish(message)

    def drive(self, goal, until: Callable[[], bool], frame: str = "base_link") -> None:
        """Sends a goal [m] and waits for the condition.

        A busy machine may starve the policy for 0.1 s, and the guard then stops the arm: that is
        its duty, so it is armed again here, and the goal sent again. So it is where the arm stays
        at rest: the policy may not have known yet that it is armed.
        """
        self.send_goal(goal, frame)
        sent = time.monotonic()

        def there() -> bool:
            nonlocal sent
            if self.guard[-1].startswith("stopped"):
                heard = len(self.guard)
                if not self.call("/velocity_guard_node/arm").success:
                    return False
                # which may be followed by a stop at once
                self.wait_until(lambda: "armed" in self.guard[heard:], "the guard is armed")
                sent = -math.inf
            if time.monotonic() - sent > PATIENCE and self.speed() < RESTING:
                self.send_goal(goal, frame)
                sent = time.monotonic()
            return until()

        self.wait_until(there, f"the arm is driven to {goal}")

    def call(self, service: str) -> Trigger.Response:
        """Calls a std_srvs/Trigger service."""
        return self.request(Trigger, service, Trigger.Request())

    def request(self, kind: type, service: str, request: object) -> object:
        """Calls any service and returns its answer."""
        client = self.node.create_client(kind, service)
        assert client.wait_for_service(DEADLINE), f"{service} is not there"
        for _ in range(3):  # an answer is lost where the server has not found the client yet
            future = client.call_async(request)
            self._executor.spin_until_future_complete(future, timeout_sec=DEADLINE / 5.0)
            if future.done():
                break
        self.node.destroy_client(client)
        assert future.done(), f"{service} did not answer"
        return future.result()

    def speed(self) -> float:
        """Speed of the fastest joint now [rad/s]."""
        return float(np.abs(self.states[-1][2]).max()) if self.states else 0.0

    def tool_distance(self, goal) -> float:
        """Distance of tool and goal now [m]."""
        tool = self.arm.forward_kinematics(self.states[-1][1]).position
        return float(np.linalg.norm(tool - goal))

    def _on_joint_state(self, received: float, message: JointState) -> None:
        index = [message.name.index(name) for name in self.arm.joint_names]
        position, velocity = (np.array(v)[index] for v in (message.position, message.velocity))
        self.states.append((received, position, velocity))

    def _on_command(self, received: float, message: Float64MultiArray) -> None:
        self.commands.append((received, np.array(message.data)))

    def _on_sent(self, received: float, message: JointState) -> None:
        self.sent.append((received, np.array(message.velocity)))

    def _on_request(self, received: float, message: JointState) -> None:
        self.requests.append(received)

    def _on_guard_state(self, received: float, message: String) -> None:
        self.guard.append(message.data)


class _NeverExecuted(CallbackGroup):
    """Keeps the executor, which serves only service calls, from these subscriptions."""

    def can_execute(self, entity) -> bool:
        return False

    def beginning_execution(self, entity) -> bool:
        return False

    def ending_execution(self, entity) -> None:
        return None
