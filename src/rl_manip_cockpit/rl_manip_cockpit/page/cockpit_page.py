"""The page: what everybody sees, and for each page that connects what its person may press."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, Mapping, Sequence

import numpy as np
import viser

from rl_manip_cockpit.page.admission import Admission
from rl_manip_cockpit.page.arm_scene import ArmScene
from rl_manip_cockpit.page.controls import GUARD, LAST, NOTE, Controls
from rl_manip_cockpit.page.orders import Orders
from rl_manip_cockpit.page.web_server import ServedPage
from rl_manip_cockpit.shown.arm_text import gap_text, joints_text, signals_text, tool_text
from rl_manip_cockpit.shown.guard_text import guard_text, note_text
from rl_manip_cockpit.state.access import Access
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_cockpit.state.seen import Seen
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.zones import Zone
from rl_manip_description import Arm


class CockpitPage(ServedPage):
    """Serves the page; `show` brings it up to date.

    Args:
        arm: which arm, with its gripper.
        limits: of the guard, for the bars.
        zones: likewise.
        goals: which goals there are.
        access: who may command.
        orders: who carries out what is pressed.
        needs_hold: whether the arm moves only while the page's button is held.
        host, port: where it is served; port 0 takes any that is free.
        warn: told what browsers send that makes no sense.
        oldest_state: age at which a joint state stops the arm [s].
        policies: asked by each page that connects for the files that it may have loaded, by name.

    Raises:
        PortInUse: it cannot be served there.
    """

    def __init__(
        self,
        arm: Arm,
        limits: GuardLimits,
        zones: Sequence[Zone],
        goals: GoalChoice,
        access: Access,
        orders: Orders,
        needs_hold: bool,
        host: str,
        port: int,
        warn: Callable[[str], None],
        oldest_state: float,
        policies: Callable[[], Mapping[str, Path]],
    ) -> None:
        self._arm, self._limits, self._goals = arm, limits, goals
        self._orders, self._needs_hold, self._oldest_state = orders, needs_hold, oldest_state
        self._policies = policies
        self._controls: Dict[int, Controls] = {}
        super().__init__(host, port, warn)
        gui = self._server.gui
        self._scene = ArmScene(self._server, arm, zones)
        self._guard = gui.add_html("", order=GUARD)
        self._note = gui.add_html("", order=NOTE)
        with gui.add_folder("Tool", order=LAST):
            self._tool = gui.add_html("")
        with gui.add_folder("Joints", order=LAST + 1):
            self._joints = gui.add_html("")
        with gui.add_folder("Signals", order=LAST + 2):
            self._signals = gui.add_html("")
        self._gap_folder = gui.add_folder("Gap to simulation", order=LAST + 3, visible=False)
        with self._gap_folder:
            self._gap = gui.add_html("")
        Admission(self._server, access, self._let_command)
        self._server.on_client_disconnect(self._on_disconnect)

    def show(self, seen: Seen, note: str) -> None:
        """Shows what is known, and what became of the last press."""
        position = None if seen.state is None else seen.state.position
        goal = seen.goal
        with self._server.atomic():
            self._scene.show(position, seen.twin, goal)
            self._guard.content = guard_text(seen)
            self._note.content = note_text(note)
            self._joints.content = joints_text(seen, self._arm.joint_names, self._limits)
            self._signals.content = signals_text(seen, self._oldest_state)
            if position is not None:
                self._tool.content = tool_text(
                    self._place(position),
                    None if goal is None else goal[:3],
                    None if seen.twin is None else self._place(seen.twin),
                )
            self._gap_folder.visible = bool(seen.gap)
            if seen.gap:
                self._gap.content = gap_text(seen)

    def take_kinematics(self, arm: Arm) -> None:
        """From now on the tool is where the kinematics of this very arm put it."""
        self._arm = arm

    def take_goals(self) -> None:
        """Goals are of another kind now, as the policy is that follows them."""
        for controls in tuple(self._controls.values()):
            controls.take_goals()

    def _place(self, position: np.ndarray) -> np.ndarray:
        return self._arm.forward_kinematics(position).position

    def _on_disconnect(self, client: viser.ClientHandle) -> None:
        self._controls.pop(client.client_id, None)
        self._orders.let_go(client.client_id)

    def _let_command(self, client: viser.ClientHandle) -> None:
        controls = Controls(client, self._orders, self._goals, self._needs_hold, self._policies())
        self._controls[client.client_id] = controls
        controls.take_goals()
        if client.client_id not in self._server.get_clients():  # it is gone meanwhile
            self._controls.pop(client.client_id, None)
