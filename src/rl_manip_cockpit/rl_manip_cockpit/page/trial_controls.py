"""What one page of a policy may press; made anew for each page that connects."""

from __future__ import annotations

from typing import Any, Callable, Coroutine, Dict, List, Mapping, Optional, Sequence

import numpy as np
import viser
from viser import Icon, IconName

from rl_manip_cockpit.page.admission import FIRST
from rl_manip_cockpit.page.trial_orders import TrialOrders
from rl_manip_cockpit.shown.trial_text import trained_text
from rl_manip_cockpit.state.trial.knob import Knob
from rl_manip_cockpit.state.trial.trial_seen import TrialSeen

GIZMO = "/dragged goal"
GIZMO_SIZE = 0.25  # [m]
PAUSE, RESTART, RANDOM = "Pause / go on", "Restart", "Next random goal"
NOMINAL, EDGE = "All nominal", "All at the end of training"
SLIDERS, FURTHER = "Sliders", "Further sliders"
STATUS, PRESS, FIGURES, TURN, LAST = FIRST, FIRST + 1, FIRST + 5, FIRST + 6, FIRST + 9
"""Places in the panel: state, buttons, figures, sliders, what comes after them."""

Tell = Callable[["TrialControls", str, float], None]
"""Hands a slider's figure on to the other pages."""


class TrialControls:
    """Buttons, sliders and the goal's gizmo of one page.

    Args:
        client: the page.
        orders: who carries out what is pressed.
        knobs: the sliders.
        figures: what they say, by name.
        seen: the simulation as it is.
        can_be_aimed: whether the goal can be dragged.
        is_turned: whether the goal's orientation counts.
        tell: see `Tell`.
    """

    def __init__(
        self,
        client: viser.ClientHandle,
        orders: TrialOrders,
        knobs: Sequence[Knob],
        figures: Mapping[str, float],
        seen: TrialSeen,
        can_be_aimed: bool,
        is_turned: bool,
        tell: Tell,
    ) -> None:
        self._client, self._orders, self._tell = client, orders, tell
        self._page = page = client.client_id
        self._knobs = {knob.name: knob for knob in knobs}
        self._sliders: Dict[str, viser.GuiSliderHandle[float]] = {}
        self._texts: Dict[str, viser.GuiHtmlHandle] = {}
        self._gizmo: Optional[viser.TransformControlsHandle] = None
        self._goal_number = -1
        self._add_button(PAUSE, Icon.PLAYER_PAUSE, lambda: orders.pause(page), PRESS)
        self._add_button(RANDOM, Icon.DICE_3, lambda: orders.draw_goal(page), PRESS + 1)
        self._add_button(RESTART, Icon.REFRESH, lambda: orders.restart(page), PRESS + 2)
        with client.gui.add_folder(SLIDERS, order=TURN):
            self._add_sliders([knob for knob in knobs if knob.is_main], figures)
            self._add_button(NOMINAL, Icon.CIRCLE_CHECK, lambda: self._turn_all(_nominal), None)
            self._add_button(EDGE, Icon.CIRCLE_DASHED, lambda: self._turn_all(_edge), None)
        with client.gui.add_folder(FURTHER, order=TURN + 1, expand_by_default=False):
            self._add_sliders([knob for knob in knobs if not knob.is_main], figures)
        if can_be_aimed:
            self._add_gizmo(is_turned)
        self.follow(seen)

    def follow(self, seen: TrialSeen) -> None:
        """The gizmo is at the goal, unless this very page drags it."""
        moved = seen.goal_number != self._goal_number and seen.held_by != self._page
        self._goal_number = seen.goal_number
        if self._gizmo is not None and seen.arm.goal is not None and moved:
            x, y, z, w = seen.arm.goal[3:]
            self._gizmo.position, self._gizmo.wxyz = seen.arm.goal[:3], (w, x, y, z)

    def set(self, name: str, figure: float) -> None:
        """A slider was moved, on this or another page."""
        self._texts[name].content = trained_text(self._knobs[name], figure)
        self._sliders[name].value = figure  # type: ignore[misc]  # viser has a setter, apart

    def _add_button(
        self, label: str, icon: IconName, act: Callable[[], None], order: Optional[float]
    ) -> None:
        button = self._client.gui.add_button(label, icon=icon, order=order)

        @button.on_click
        async def _(_: viser.GuiEvent[Any]) -> None:
            act()

    def _add_sliders(self, knobs: List[Knob], figures: Mapping[str, float]) -> None:
        for knob in knobs:
            figure = figures[knob.name]
            slider = self._client.gui.add_slider(
                knob.label, knob.low, knob.high, knob.step, knob.within(figure)
            )
            self._sliders[knob.name] = slider
            self._texts[knob.name] = self._client.gui.add_html(trained_text(knob, figure))
            slider.on_update(self._moved(knob.name))

    def _moved(self, name: str) -> Callable[[viser.GuiEvent[Any]], Coroutine[Any, Any, None]]:
        # coroutines run one after the other; functions may overtake each other
        async def on_update(event: viser.GuiEvent[Any]) -> None:
            if event.client_id is None:  # it was set from here
                return
            figure = _number(event.target.value)
            if figure is not None:
                self._turn(name, figure)

        return on_update

    def _turn(self, name: str, figure: float) -> None:
        self._orders.turn(self._page, {name: figure})
        self._texts[name].content = trained_text(self._knobs[name], figure)
        self._tell(self, name, figure)

    def _turn_all(self, choose: Callable[[Knob], float]) -> None:
        figures = {name: choose(knob) for name, knob in self._knobs.items()}
        self._orders.turn(self._page, figures)
        for name, figure in figures.items():
            self.set(name, figure)
            self._tell(self, name, figure)

    def _add_gizmo(self, is_turned: bool) -> None:
        gizmo = self._gizmo = self._client.scene.add_transform_controls(
            GIZMO, scale=GIZMO_SIZE, disable_rotations=not is_turned, depth_test=False
        )

        @gizmo.on_update
        async def _(_: viser.TransformControlsEvent) -> None:
            position, wxyz = np.array(gizmo.position), np.array(gizmo.wxyz)
            self._orders.hold_goal(self._page, position, wxyz)


def _nominal(knob: Knob) -> float:
    return knob.nominal


def _edge(knob: Knob) -> float:
    """The end of the trained range that is farther from nominal."""
    return max(knob.trained or (knob.nominal,), key=lambda end: abs(end - knob.nominal))


def _number(value: Any) -> Optional[float]:
    """What a browser sent, if it is a number."""
    return float(value) if isinstance(value, (int, float)) else None
