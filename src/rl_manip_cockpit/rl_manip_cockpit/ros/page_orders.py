"""Carries out what people ask for at a page, in the node's own thread, one after the other.

out  goal_pose geometry_msgs/PoseStamped · services ~/arm and ~/stop of the guard · the policy
     node's parameter `policy` ·
     the guard's enable switch std_msgs/Bool, "true" for each beat of a page's held button
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Callable, Optional

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Bool

from rl_manip_cockpit.page.controls import ARM, HOLD, SEND
from rl_manip_cockpit.ros.guard_calls import GuardCalls
from rl_manip_cockpit.ros.policy_call import PolicyCall
from rl_manip_cockpit.state.asked import Asked
from rl_manip_cockpit.state.goal_choice import GoalChoice, GoalError, written
from rl_manip_cockpit.state.hold_to_run import HoldToRun
from rl_manip_cockpit.state.intentions import Intentions
from rl_manip_cockpit.state.seen import Seen
from rl_manip_cockpit.state.stop_press import StopPress
from rl_manip_deploy.guard.mode import Mode
from rl_manip_deploy.policy.goals.goal_word import Fate
from rl_manip_deploy.ros.robot.pose_messages import pose_message, stamp_of
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import GOAL_POSE, enable_switch

HEARD_AFTER = 0.1
"""A button that is held for so long, the guard has heard of: it refuses to be armed before [s]."""
GOAL_SENT = "goal sent:"
STRANGE = ", outside the region trained in: the arm may not get there, or not back"
OVERTAKEN_WITHIN = 1.0
"""A browser may send the click of a button after a key that was pressed later: whoever presses Arm
and then stops at once does not want the arm armed [s]."""


class PageOrders:
    """See `Orders`, which this is; its methods may be called from any thread.

    Args:
        node: that sends.
        goals: which goals there are.
        frame: that goals are given in.
        enable_topic: of the guard's hold-to-run switch; empty where it has none.
    """

    def __init__(self, node: Node, goals: GoalChoice, frame: str, enable_topic: str) -> None:
        then = f", hold {HOLD}" if enable_topic else ""
        self.note = f"to begin: {ARM}, drag the arrows in the picture, {SEND}{then}"
        """What became of the last press, in a sentence."""
        self._node, self._goals, self._frame = node, goals, frame
        self._goal_sender = publisher(node, GOAL_POSE)
        switch = enable_switch(enable_topic)
        self._switch = publisher(node, switch) if enable_topic else None
        self._calls, self._policy = GuardCalls(node), PolicyCall(node)
        self._hold, self._holds, self._held_since = HoldToRun(), False, 0.0
        self._wishes = Intentions()
        self._press: Optional[StopPress] = None
        self._stopped_at = -math.inf
        self._sent: Optional[int] = None  # stamp of the goal from here, until it ended [ns]
        self._seen = Seen(0.0)
        self._object_position: Optional[np.ndarray] = None
        self._asked = Asked()
        self._wake = node.create_guard_condition(self._asked.carry_out)

    def stop(self, page: int) -> None:
        """See `Orders`."""
        pressed = time.monotonic()
        self._soon(lambda: self._stop(pressed))

    def arm(self, page: int) -> None:
        """See `Orders`."""
        pressed = time.monotonic()
        self._soon(lambda: self._arm(pressed))

    def send_dragged(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        """See `Orders`."""
        self._soon(lambda: self._send(lambda: self._goals.dragged(position, wxyz)))

    def send_home(self, page: int) -> None:
        """See `Orders`."""
        self._soon(lambda: self._send(lambda: self._goals.home))

    def send_random(self, page: int) -> None:
        """See `Orders`."""
        self._soon(lambda: self._send(lambda: self._goals.drawn(self._object_position)))

    def load_policy(self, page: int, name: str, path: Path) -> None:
        """See `Orders`."""
        self._soon(lambda: self._load_policy(name, path))

    def hold(self, page: int) -> None:
        """See `Orders`."""
        heard = time.monotonic()
        self._soon(lambda: self._on_beat(page, heard))

    def let_go(self, page: int) -> None:
        """See `Orders`."""
        self._soon(lambda: self._on_let_go(page))

    def look(self, seen: Seen, object_position: Optional[np.ndarray]) -> None:
        """Takes what is known now; watches whether a stop is obeyed and a button still held."""
        self._seen, self._object_position = seen, object_position
        if self._holds and not self._hold.is_held(seen.now):
            self._tell_switch(False)
        if self._holds and seen.now - self._held_since > HEARD_AFTER:
            self._do_what_is_wished(seen)
        word = seen.goal_word
        if word and word.stamp == self._sent and word.fate in (Fate.REFUSED, Fate.DROPPED):
            self._sent = None
            self.note = word.reason if self.note.startswith(GOAL_SENT) else self.note
        if self._press is not None:
            self._press.look(seen)
            self.note = self._press.sentence
            if self._press.obeyed is not None:
                self._press = None

    def leave(self) -> None:
        """Nothing is held any more."""
        self._tell_switch(False)

    def _do_what_is_wished(self, seen: Seen) -> None:
        """The guard is armed first, and takes a goal as soon as it says that it is."""
        if self._wishes.take_arming(seen.guard_word, seen.now):
            self._calls.arm(self._on_arm_answer)
        goal = self._wishes.take_goal(seen.guard_word, seen.now)
        if goal is not None:
            self._publish(goal)

    def _soon(self, act: Callable[[], None]) -> None:
        self._asked.put(act)
        self._wake.trigger()

    def _stop(self, pressed: float) -> None:
        self._stopped_at = pressed
        self._wishes.forget()
        # pressed and let go, or pressed again: what is promised counts from the first time
        press = self._press = self._press or StopPress(pressed)
        self._calls.stop(lambda done, says: press.on_answer(done, says, time.monotonic()))

    def _arm(self, pressed: float) -> None:
        if pressed - self._stopped_at < OVERTAKEN_WITHIN:
            self.note = f"not armed: stop was pressed just now; press {ARM} again"
        elif self._switch is not None and not self._holds:
            self._wishes.ask_to_arm(time.monotonic())
            self.note = f"now press and hold {HOLD}: it arms the guard"
        else:
            self._calls.arm(self._on_arm_answer)

    def _on_arm_answer(self, done: bool, says: str) -> None:
        if not done:
            self.note = f"not armed: {says}"
        elif not self.note.startswith(GOAL_SENT):  # a late answer keeps what was done since
            self.note = ""  # the guard's own word says that it is armed

    def _load_policy(self, name: str, path: Path) -> None:
        def take(done: bool, says: str) -> None:
            why = says.replace(str(path), name)
            self.note = f"{name} is loaded: send a goal" if done else f"not loaded: {why}"

        self.note = f"{name}: the policy node is asked to load it"
        self._policy.load(path, take)

    def _send(self, choose: Callable[[], np.ndarray]) -> None:
        """Sends a goal, which counts only while the guard is armed."""
        word = self._seen.guard_word
        try:
            goal = choose()
        except GoalError as error:
            self.note = str(error)
            return
        if self._switch is not None and word != Mode.ARMED.value:
            self._wishes.ask_for_goal(goal, time.monotonic())
            self.note = f"goal {written(goal[:3])} m: press {ARM}, then press and hold {HOLD}"
        elif word != Mode.ARMED.value:
            self.note = f"goal not sent: the guard is {word or 'not there'}; arm it, then send"
        else:
            self._publish(goal)

    def _publish(self, goal: np.ndarray) -> None:
        message = pose_message(self._node, self._frame, goal)
        self._sent = stamp_of(message)
        self._goal_sender.publish(message)
        known = bool(self._goals.region.contains(goal[:3]))
        strange = "" if known else STRANGE
        self.note = f"{GOAL_SENT} {written(goal[:3])} m{strange}"

    def _on_beat(self, page: int, heard: float) -> None:
        if not self._hold.take(page, heard):
            return
        if not self._holds:
            self._held_since = heard
        self._tell_switch(True)

    def _on_let_go(self, page: int) -> None:
        self._hold.let_go(page)
        if not self._hold.is_held(time.monotonic()):
            self._tell_switch(False)

    def _tell_switch(self, held: bool) -> None:
        """Says that the button is held, each time, or once that it no longer is."""
        if self._switch is not None and (held or self._holds):
            self._switch.publish(Bool(data=held))
        self._holds = held
