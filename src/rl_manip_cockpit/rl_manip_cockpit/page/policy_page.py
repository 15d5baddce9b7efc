"""The page of a policy that runs in simulation: its arm, sliders, and how goals are met."""

from __future__ import annotations

from html import escape
from typing import Callable, Dict, Mapping, Sequence

import viser

from rl_manip_cockpit.page.admission import Admission
from rl_manip_cockpit.page.shown_arm import ShownCopy, drawable, reach_of, set_up_room
from rl_manip_cockpit.page.trial_controls import FIGURES, LAST, STATUS, TrialControls
from rl_manip_cockpit.page.trial_orders import TrialOrders
from rl_manip_cockpit.page.web_server import ServedPage
from rl_manip_cockpit.shown.markup import block
from rl_manip_cockpit.shown.trial_text import figures_text, goal_text, outside_text, rewards_text
from rl_manip_cockpit.state.access import Access
from rl_manip_cockpit.state.trial.knob import Knob
from rl_manip_cockpit.state.trial.trial_seen import TrialSeen
from rl_manip_description import Arm


class PolicyPage(ServedPage):
    """Serves the page; `show` brings it up to date.

    Args:
        arm: which arm, with its gripper.
        title: what runs, in a line.
        knobs: the sliders.
        figures: what they say, by name.
        first: the simulation as it begins.
        can_be_aimed: whether the goal can be dragged.
        is_turned: whether its orientation counts.
        access: who may press.
        orders: who carries out what is pressed.
        host, port, warn, given_as: see `ServedPage`.

    Raises:
        PortInUse: it cannot be served there.
    """

    def __init__(
        self,
        arm: Arm,
        title: str,
        knobs: Sequence[Knob],
        figures: Mapping[str, float],
        first: TrialSeen,
        can_be_aimed: bool,
        is_turned: bool,
        access: Access,
        orders: TrialOrders,
        host: str,
        port: int,
        warn: Callable[[str], None],
        given_as: str,
    ) -> None:
        self._knobs, self._figures = knobs, dict(figures)
        self._can_be_aimed, self._is_turned, self._orders = can_be_aimed, is_turned, orders
        self._seen = first
        self._controls: Dict[int, TrialControls] = {}
        super().__init__(host, port, warn, given_as)
        gui = self._server.gui
        set_up_room(self._server, reach_of(arm))
        self._copy = ShownCopy(self._server, arm, drawable(arm), "/simulated")
        self._status = gui.add_html("", order=STATUS)
        self._figures_shown = gui.add_html("", order=FIGURES)
        with gui.add_folder("Inputs of the last seconds", order=LAST):
            self._outside = gui.add_html("")
        with gui.add_folder("Reward of the last step", order=LAST + 1, expand_by_default=False):
            self._rewards = gui.add_html("")
        gui.add_html(block(escape(title)), order=LAST + 2)
        self.show(first)
        Admission(self._server, access, self._let_command)
        self._server.on_client_disconnect(self._on_disconnect)

    def show(self, seen: TrialSeen) -> None:
        """Shows the simulation as it is."""
        self._seen = seen
        with self._server.atomic():
            self._copy.show(seen.arm)
            self._status.content = goal_text(seen)
            self._figures_shown.content = figures_text(seen)
            self._outside.content = outside_text(seen)
            self._rewards.content = rewards_text(seen.rewards)
        for controls in list(self._controls.values()):
            controls.follow(seen)

    def _let_command(self, client: viser.ClientHandle) -> None:
        self._controls[client.client_id] = TrialControls(
            client,
            self._orders,
            self._knobs,
            self._figures,
            self._seen,
            self._can_be_aimed,
            self._is_turned,
            self._tell,
        )

    def _tell(self, teller: TrialControls, name: str, figure: float) -> None:
        self._figures[name] = figure
        for controls in list(self._controls.values()):
            if controls is not teller:
                controls.set(name, figure)

    def _on_disconnect(self, client: viser.ClientHandle) -> None:
        self._controls.pop(client.client_id, None)
