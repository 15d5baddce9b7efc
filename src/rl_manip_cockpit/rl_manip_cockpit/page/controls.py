"""What one page may press; made anew for each page that connects.

viser has a button that tells of itself while it is pressed (`on_hold`) and commands with a key of
their own (`add_command`): hold to run and stopping by Escape are made of these, without any script
of our own; stop acts when it is pressed, as an emergency stop does, not when it is let go. A hold
ends in the browser with the finger, and with the page; where the browser sleeps or the network is
cut its beats cease, which is what counts. The page of who may command has no field to type in: keys
typed there would not stop the arm.

Everything that commands belongs to the page's own connection (`client.gui`): no other connection
can press it, whatever it sends.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

import viser
from viser import Icon, IconName

from rl_manip_cockpit.page.admission import FIRST
from rl_manip_cockpit.page.orders import Orders
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_cockpit.state.hold_to_run import BEATS_PER_S
from rl_manip_cockpit.state.stop_press import StopButton

GIZMO = "/dragged goal"
GIZMO_SIZE = 0.25  # [m]
STOP, HOLD, ARM = "STOP (Esc)", "HOLD TO RUN", "Arm"
SEND, HOME, RANDOM = "Send dragged goal", "Home", "Next random goal"
POLICIES = "Another policy"
PRESSES_PER_S = 1e-3
"""How often a button that is kept pressed tells of itself again [1/s]: stop does so once. A second
time might come after it was let go and the arm armed again, behind a browser that is busy."""
GUARD, NOTE, MORE, LAST = 3, 4, 5, 10
"""Places in the panel below stop and hold, which nothing moves from the top: what the guard says,
and what became of the last press; other buttons; what comes after them."""


class Controls:
    """Buttons, the key and the goal's gizmo of one page.

    Args:
        client: the page.
        orders: who carries out what is pressed.
        goals: which goals there are.
        needs_hold: whether the arm moves only while the page's button is held.
        policies: files that the policy node may be given, by their names for people.
    """

    def __init__(
        self,
        client: viser.ClientHandle,
        orders: Orders,
        goals: GoalChoice,
        needs_hold: bool,
        policies: Mapping[str, Path],
    ) -> None:
        self._client, self._orders, self._goals = client, orders, goals
        self._page = client.client_id
        self._gizmo: Optional[viser.TransformControlsHandle] = None
        gui, page = client.gui, self._page
        self._stop = button = StopButton()
        stop = gui.add_button(STOP, color="red", icon=Icon.HAND_STOP, order=FIRST)
        key = gui.add_command(
            "Stop the arm", hotkey="escape", description="The guard brings it to rest"
        )

        # coroutines run at once; functions would wait for a free thread
        @stop.on_hold(callback_hz=PRESSES_PER_S)
        async def _(_: viser.GuiEvent[Any]) -> None:
            button.press(time.monotonic())
            orders.stop(page)

        @stop.on_click
        async def _(_: viser.GuiEvent[Any]) -> None:
            if button.is_stop(time.monotonic()):
                orders.stop(page)

        @key.on_trigger
        async def _(_: viser.CommandEvent) -> None:
            orders.stop(page)

        if needs_hold:
            self._add_hold()
        self._add_button(ARM, Icon.LOCK_OPEN, lambda: orders.arm(page), MORE)
        self._add_button(SEND, Icon.TARGET, self._send_dragged, MORE + 1)
        self._add_button(RANDOM, Icon.DICE_3, lambda: orders.send_random(page), MORE + 2)
        self._home = self._add_button(HOME, Icon.HOME, lambda: orders.send_home(page), MORE + 3)
        if policies:
            self._add_policies(policies)
        self._add_gizmo()

    def take_goals(self) -> None:
        """Goals are of another kind now, as the policy is that follows them."""
        self._home.visible = not self._goals.is_of_object
        if self._gizmo is not None:
            self._gizmo.disable_rotations = not self._goals.is_turned

    def _add_hold(self) -> None:
        orders, page = self._orders, self._page
        hold = self._client.gui.add_button(
            HOLD, color="orange", icon=Icon.HAND_FINGER, order=FIRST + 1
        )

        @hold.on_hold(callback_hz=BEATS_PER_S)
        async def _(_: viser.GuiEvent[Any]) -> None:
            orders.hold(page)

        @hold.on_click  # comes when it is released
        async def _(_: viser.GuiEvent[Any]) -> None:
            orders.let_go(page)

    def _add_policies(self, policies: Mapping[str, Path]) -> None:
        """A button for each: in a list to open, keys would go to that, and none stop the arm."""
        orders, page = self._orders, self._page
        with self._client.gui.add_folder(POLICIES, order=MORE + 4, expand_by_default=False):
            for name, path in policies.items():
                self._add_button(
                    name, Icon.FILE_IMPORT, partial(orders.load_policy, page, name, path)
                )

    def _add_button(
        self, label: str, icon: IconName, act: Callable[[], None], order: Optional[int] = None
    ) -> viser.GuiButtonHandle:
        button = self._client.gui.add_button(label, icon=icon, order=order)

        @button.on_click
        async def _(_: viser.GuiEvent[Any]) -> None:
            self._stop.let_go()
            act()

        return button

    def _add_gizmo(self) -> None:
        x, y, z, w = self._goals.home[3:]
        self._gizmo = self._client.scene.add_transform_controls(
            GIZMO,
            scale=GIZMO_SIZE,
            disable_rotations=not self._goals.is_turned,
            depth_test=False,
            position=self._goals.home[:3],
            wxyz=(w, x, y, z),
        )
        self._client.scene.add_icosphere(f"{GIZMO}/ball", radius=0.018, color=(30, 110, 220))

    def _send_dragged(self) -> None:
        if self._gizmo is not None:
            self._orders.send_dragged(self._page, self._gizmo.position, self._gizmo.wxyz)
