"""Every topic, service and action of the workspace, in one place; no ROS needed.

Names are relative: they follow the namespace of the node that uses them, so two arms can share a
ROS domain. What an arm's driver calls its topics stands in the arm's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional

BOOL = "std_msgs/msg/Bool"
FLOAT64 = "std_msgs/msg/Float64"
FLOAT64_MULTI_ARRAY = "std_msgs/msg/Float64MultiArray"
JOINT_STATE = "sensor_msgs/msg/JointState"
JOINT_TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"
MARKER_ARRAY = "visualization_msgs/msg/MarkerArray"
POSE_STAMPED = "geometry_msgs/msg/PoseStamped"
STRING = "std_msgs/msg/String"
TF_MESSAGE = "tf2_msgs/msg/TFMessage"
TRIGGER = "std_srvs/srv/Trigger"
WRENCH_STAMPED = "geometry_msgs/msg/WrenchStamped"
DRIVE_TO = "rl_manip_interfaces/action/DriveTo"
GRIPPER_COMMAND = "control_msgs/action/GripperCommand"

OF_THE_DRIVER = "with each joint state"
"""A rate that is the driver's."""


class Delivery(Enum):
    """What of a topic's messages has to arrive."""

    STREAM = "the newest counts: sent reliably, read best effort"
    BEAT = "its coming counts: best effort, the newest only"
    EVENT = "each one counts: reliable"
    LATCHED = "the last one counts, for those who come later too: reliable, transient local"


@dataclass(frozen=True)
class Topic:
    """A topic as senders and readers agree on it."""

    name: str
    type: str
    delivery: Delivery
    kept: int = 1
    """Messages that the sender keeps for a slow reader."""
    rate: str = "on change"
    """How often there is one: in words, or as `100 Hz`."""

    def resolved(self, namespace: str = "") -> str:
        """Full name for a node in that namespace, as bags and `ros2 topic list` show it."""
        return resolved(self.name, namespace)


@dataclass(frozen=True)
class Service:
    """A service."""

    name: str
    type: str = TRIGGER

    def resolved(self, namespace: str = "") -> str:
        """Full name for a node in that namespace, as `ros2 service list` shows it."""
        return resolved(self.name, namespace)


@dataclass(frozen=True)
class Action:
    """An action."""

    name: str
    type: str

    def resolved(self, namespace: str = "") -> str:
        """Full name for a node in that namespace, as `ros2 action list` shows it."""
        return resolved(self.name, namespace)


def resolved(name: str, namespace: str = "") -> str:
    """Full name of a topic, service or action for a node in that namespace."""
    if name.startswith("/"):
        return name
    return "/" + "/".join(part for part in (namespace.strip("/"), name) if part)


DIAGNOSTICS = Topic(
    "/diagnostics", "diagnostic_msgs/msg/DiagnosticArray", Delivery.EVENT, 10, "2 Hz"
)

POLICY_COMMAND = Topic("policy/command", JOINT_STATE, Delivery.STREAM, rate="100 Hz")
"""Names and velocities [rad/s] that a policy, or another node, asks the guard for."""
GOAL_POSE = Topic("goal_pose", POSE_STAMPED, Delivery.EVENT, rate="with each goal")
"""Where the tool, or the object, is to go."""
OBJECT_POSE = Topic("object_pose", POSE_STAMPED, Delivery.STREAM, rate="as the camera has it")
"""Where perception sees the object."""
HOLE_POSE = Topic("hole_pose", POSE_STAMPED, Delivery.LATCHED)
"""Where perception sees a hole: the middle of its mouth, z out of it."""
WRENCH = Topic(
    "force_torque_sensor_broadcaster/wrench", WRENCH_STAMPED, Delivery.STREAM, 10, "100 Hz or more"
)
"""What the surroundings do to the tool, as the wrist measures it: in the tool's frame, without the
tool's own weight [N, N m]."""

POLICY = "policy_node"
POLICY_GOAL = Topic(f"{POLICY}/goal", STRING, Delivery.LATCHED)
"""What became of the last goal: a word, the time in its stamp [ns], and the reason."""
POLICY_FILE = Topic(f"{POLICY}/policy", STRING, Delivery.LATCHED)
"""What the policy that is loaded says of itself: the metadata of its file, as JSON."""
POLICY_FRAMES = Topic(f"{POLICY}/frames", STRING, Delivery.LATCHED, rate="once, with `frames:=`")
"""The file of frames in which goals and objects may be given: for recorders."""
SET_POLICY = Service(f"{POLICY}/set_parameters", "rcl_interfaces/srv/SetParameters")
"""ROS's own service of each node: sets the parameter `policy`, another file."""
DROP_GOAL = Service(f"{POLICY}/drop_goal")
"""Ends the goal: the policy asks for zero velocity, and the guard stays armed."""

ROBOT_DESCRIPTION = Topic("robot_description", STRING, Delivery.LATCHED, rate="once")
"""URDF of the robot, with its own kinematics where its driver was given them."""

TF = Topic("/tf", TF_MESSAGE, Delivery.EVENT, 100, "as its senders have it")
"""Frames that move, by other nodes."""
TF_STATIC = Topic("/tf_static", TF_MESSAGE, Delivery.LATCHED, rate="once by each sender")
"""Frames that do not."""

GUARD = "velocity_guard_node"
GUARD_STATE = Topic(f"{GUARD}/state", STRING, Delivery.LATCHED)
"""A word, then the reason."""
GUARD_SENT = Topic(f"{GUARD}/sent", JOINT_STATE, Delivery.STREAM, 100, OF_THE_DRIVER)
"""What the guard sent to the controller, with names and the time of sending: for recorders. Played
back, it moves nothing, as the controller's own topic would."""
GUARD_TOOL = Topic(f"{GUARD}/tool", POSE_STAMPED, Delivery.LATCHED, rate="once, with `tool:=`")
"""The tool in the flange's frame where a person gave it: for recorders, by it goals are judged."""
GUARD_HEARTBEAT = Topic(f"{GUARD}/heartbeat", BOOL, Delivery.BEAT, rate="100 Hz")
"""Whether the guard may be moving the arm."""
GUARD_ARM = Service(f"{GUARD}/arm")
GUARD_STOP = Service(f"{GUARD}/stop")
WATCHDOG = "guard_watchdog_node"
WATCHDOG_HEARTBEAT = Topic(f"{WATCHDOG}/heartbeat", BOOL, Delivery.BEAT, rate="100 Hz")
WATCHDOG_STATE = Topic(f"{WATCHDOG}/state", STRING, Delivery.LATCHED)

SPEED_SCALING = Topic(
    "speed_scaling_state_broadcaster/speed_scaling", FLOAT64, Delivery.STREAM, 10, "10 Hz or more"
)
"""Share of full speed that the robot allows, 0 to 100 as the UR driver publishes it."""
PAUSE_PROGRAM = Service("dashboard_client/pause")
STOP_PROGRAM = Service("dashboard_client/stop")
PLAY_PROGRAM = Service("dashboard_client/play")
UNLOCK_PROTECTIVE_STOP = Service("dashboard_client/unlock_protective_stop")
SWITCH_CONTROLLER = Service(
    "controller_manager/switch_controller", "controller_manager_msgs/srv/SwitchController"
)
CONTROLLER_ACTIVITY = Topic(
    "controller_manager/activity",
    "controller_manager_msgs/msg/ControllerManagerActivity",
    Delivery.LATCHED,
)
"""Which controllers are active, from Jazzy on."""
ROBOT_MODE = Topic(
    "io_and_status_controller/robot_mode", "ur_dashboard_msgs/msg/RobotMode", Delivery.LATCHED
)
SAFETY_MODE = Topic(
    "io_and_status_controller/safety_mode", "ur_dashboard_msgs/msg/SafetyMode", Delivery.LATCHED
)

GOAL_SERVER = "goal_server_node"

COCKPIT = "cockpit_node"

SCENE = "scene_node"
SCENE_MARKERS = Topic(f"{SCENE}/markers", MARKER_ARRAY, Delivery.EVENT, rate="10 Hz")
"""Goal, tool, zones and the guard's solids, for RViz and Foxglove."""

SIM_ARM = "sim_arm_node"
PLACE_OBJECT = Service(f"{SIM_ARM}/place_object")
PROTECTIVE_STOP = Service(f"{SIM_ARM}/protective_stop")


def goal_action(task: str) -> Action:
    """The action by which a goal is given to the policy of a task, such as reach."""
    return Action(f"{GOAL_SERVER}/{task}", DRIVE_TO)


def joint_states(name: str) -> Topic:
    """The driver's joint states, by the name in the arm's file."""
    return Topic(name.lstrip("/"), JOINT_STATE, Delivery.STREAM, 10, "500 Hz")


def controller_commands(name: str, rehearsal: bool = False) -> Topic:
    """What the arm's controller, or a gripper's, is told, by the name in its file.

    Args:
        rehearsal: with a simulated arm, whose topic no driver listens to.
    """
    rate = f"{OF_THE_DRIVER}; a gripper's with each step of its policy"
    return Topic(_of_driver(name, rehearsal), FLOAT64_MULTI_ARRAY, Delivery.STREAM, 10, rate)


def gripper_goals(name: str) -> Action:
    """What a gripper's driver that has an action is told, by the name in the gripper's file."""
    return Action(name.lstrip("/"), GRIPPER_COMMAND)


def trajectory_commands(name: str, rehearsal: bool = False) -> Topic:
    """What a joint_trajectory_controller is told; arguments as for `controller_commands`."""
    kind = JOINT_TRAJECTORY
    return Topic(_of_driver(name, rehearsal), kind, Delivery.STREAM, 1, "100 Hz")


def program_running(name: str) -> Optional[Topic]:
    """Whether the robot follows commands, by the name in the arm's file.

    None where that file has no name for it: the driver does not say.
    """
    return Topic(name.lstrip("/"), BOOL, Delivery.LATCHED) if name else None


def enable_switch(name: str) -> Topic:
    """A switch that a person holds for the arm to move: fresh "true" again and again."""
    return Topic(name, BOOL, Delivery.STREAM, rate="5 Hz or more while it is held")


def metric(name: str) -> Topic:
    """A figure of the node that publishes it; the last one is kept for those who come later."""
    return Topic(f"~/metrics/{name}", FLOAT64, Delivery.LATCHED, rate="when measured anew")


def _of_driver(name: str, rehearsal: bool) -> str:
    name = name.lstrip("/")
    return f"simulated/{name}" if rehearsal else name
