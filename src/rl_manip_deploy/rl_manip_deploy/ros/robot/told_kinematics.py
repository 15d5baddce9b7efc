"""The kinematics that an arm really has, as a node is told them: by a file, or by its driver.

in   /robot_description std_msgs/String (latched), unless a file says it
"""

from __future__ import annotations

import time
from typing import Callable, Dict, Optional, Protocol

from rclpy.node import Node
from std_msgs.msg import String

from rl_manip_deploy.guard.mode import MOVING, Mode
from rl_manip_description import Arm
from rl_manip_description.goals.tool_difference import tool_difference
from rl_manip_description.model.own_kinematics import (
    arm_of_file,
    arm_urdf,
    described_arm,
    is_calibration,
)
from rl_manip_description.paths import path_of
from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import ROBOT_DESCRIPTION


class Given(Protocol):
    """What a node's parameters say of it."""

    @property
    def description(self) -> str:
        """A file; `NOMINAL`; or empty for what comes on /robot_description."""

    @property
    def tf_prefix(self) -> str:
        """In front of joint and frame names."""


NOMINAL = "nominal"
"""Word for the data sheet's kinematics, whatever the driver says."""
# A description that is offered is here within this time, or never [s].
PATIENCE = 5.0
# Tools nearer than this are the data sheet's: what rounding leaves [mm].
SAME = 0.01
MISSES = (
    "the tool may miss its goals by millimetres to centimetres; give description:= this arm's "
    "URDF or calibration, or kinematics_params_file:= what ur_calibration wrote"
)


def is_moving(guard_state: str) -> bool:
    """Whether the arm may move, by the guard's own word."""
    return guard_state.startswith((*MOVING, Mode.STOPPING))


class ToldKinematics:
    """Hears what an arm is like, and hands it on while the arm does not move.

    Args:
        node: hears, and says what it heard.
        nominal: the arm by its data sheet, with the tool that a person gave: that stays on its
            flange, and what is said of the distance from nominal is the calibration's at that tool.
        given: the node's parameters.
        take: takes the arm with its own kinematics.
        may_move: whether the arm may move now; then nothing is looked at, which takes time.
        says: whether this node is the one to say how far the tool is from nominal.
        simulated: whether the arm is: it may well be like its data sheet.
        describe: takes the description's text and where it comes from, for its frames.

    Raises:
        ValueError: the file does not describe that arm.
    """

    def __init__(
        self,
        node: Node,
        nominal: Arm,
        given: Given,
        take: Callable[[Arm], None],
        may_move: Callable[[], bool],
        says: bool = False,
        simulated: bool = False,
        describe: Optional[Callable[[str, str], None]] = None,
    ) -> None:
        self.source = "the data sheet"
        """Where the kinematics in use come from."""
        self.heard: Optional[Arm] = None
        """The arm as it was described, whether that is taken or only reported."""
        self.refusal = ""
        """Why the arm must not move: what its driver says describes another one."""
        self._node, self._nominal, self._given = node, nominal, given
        self._take, self._may_move = take, may_move
        self._says, self._simulated, self._describe = says, simulated, describe
        self._only_reports = given.description == NOMINAL
        self._text, self._is_new = "", False
        self._warned = self._told_to_wait = False
        self._offered_since: Optional[float] = None
        self._listens = given.description in ("", NOMINAL)
        self._topic = ROBOT_DESCRIPTION.resolved(node.get_namespace())
        if self._listens:
            subscription(node, ROBOT_DESCRIPTION, self._on_description)
        else:
            file = given.description
            arm = arm_of_file(nominal, file, given.tf_prefix)
            # a calibration tells the chain alone
            text = arm_urdf(arm) if is_calibration(file) else path_of(file).read_text("utf-8")
            self._learn(arm, file, text)

    @property
    def is_settled(self) -> bool:
        """Whether all is heard that will be: a description that somebody offers is awaited."""
        if not self._listens or self._text:
            return True
        if not self._node.count_publishers(self._topic):
            self._offered_since = None
            return True
        now = time.monotonic()
        if self._offered_since is None:
            self._offered_since = now
        return now - self._offered_since > PATIENCE

    def obstacle(self) -> str:
        """Why the arm must not be armed yet; empty where nothing speaks against it."""
        self.look()
        if self.refusal:
            return f"{self.refusal} To drive by the data sheet all the same: description:=nominal"
        return "" if self.is_settled else f"{self._topic} is offered and did not come yet"

    def look(self) -> None:
        """Looks at what came, once the arm does not move; call it now and then."""
        if not self._is_new:
            return
        if not self._may_move():
            self._is_new = self._told_to_wait = False
            self._read()
        elif not self._told_to_wait:
            self._told_to_wait = True
            self._node.get_logger().warning(
                f"another description came on {self._topic} while the arm may move: it counts "
                "from when the guard is not armed any more"
            )

    def warn_of_the_data_sheet(self) -> None:
        """Says once, where it is so, that nothing else is known of this arm."""
        if self._warned or self._text or not self.is_settled:
            return
        self._warned = True
        if self._listens:
            self._node.get_logger().warning(f"only the data sheet's kinematics are known: {MISSES}")

    def summary(self) -> Dict[str, object]:
        """What is in use, and how far the real tool is from nominal: for evaluation.json."""
        apart = None if self.heard is None else tool_difference(self._nominal, self.heard)
        return {
            "source": self.source,
            "mean_tool_from_nominal_m": None if apart is None else 1e-3 * apart.mean_mm,
            "most_tool_from_nominal_m": None if apart is None else 1e-3 * apart.most_mm,
        }

    def _on_description(self, message: String) -> None:
        if message.data != self._text:
            self._text, self._is_new = message.data, True
            self.look()

    def _read(self) -> None:
        self.refusal = ""
        try:
            arm = described_arm(self._nominal, self._text, self._given.tf_prefix, self._topic)
            if self._only_reports:
                self._say_what_it_costs(arm)
            else:
                self._learn(arm, self._topic, self._text)
        except ValueError as error:
            if not self._only_reports:
                self.refusal = str(error)
                self._node.get_logger().error(self.refusal)

    def _learn(self, arm: Arm, source: str, urdf: str) -> None:
        if self._describe is not None:
            self._describe(urdf, source)
        self._take(arm)
        self.source, self.heard = source, arm
        if not self._says:  # what takes a while, another node works out
            self._node.get_logger().info(f"the arm's kinematics are those of {source}")
            return
        apart = tool_difference(self._nominal, arm)
        if apart.most_mm < SAME and not self._simulated:
            self._node.get_logger().warning(
                f"{source} is the data sheet's and holds no calibration of this arm: {MISSES}"
            )
            return
        self._node.get_logger().info(
            f"this arm's own kinematics: the tool is up to {apart.most_mm:.1f} mm from nominal "
            f"({apart}; {source})"
        )

    def _say_what_it_costs(self, arm: Arm) -> None:
        self.heard = arm
        if not self._says:
            return
        apart = tool_difference(self._nominal, arm)
        if apart.most_mm >= SAME:
            self._node.get_logger().warning(
                f"description is {NOMINAL!r}: the tool will miss its goals by {apart}, as "
                f"{self._topic} says; leave description out to make that good"
            )
