"""The page of a training run: its state, curves, and the newest policy on a few arms."""

from __future__ import annotations

import math
from typing import Callable, Dict, List, Optional, Sequence

import viser
from viser import uplot

from rl_manip_cockpit.page.shown_arm import ShownCopy, drawable, reach_of, set_up_room
from rl_manip_cockpit.page.web_server import ServedPage
from rl_manip_cockpit.shown.run_text import checkpoint_text, facts_text, run_text
from rl_manip_cockpit.shown.trial_text import rewards_text
from rl_manip_cockpit.state.arm_copy import ArmCopy
from rl_manip_cockpit.state.run_seen import CHARTS, CheckpointSeen, Curves, RunSeen, curves
from rl_manip_description import Arm

APART = 1.5
"""Distance of two arms over their reach [1]."""
STATUS, CHART, LAST = 1, 2, 20
COLOURS = (
    "#339af0", "#f08c00", "#2f9e44", "#e03131", "#9c36b5", "#0c8599",
    "#845ef7", "#a9e34b", "#f783ac", "#868e96", "#5c7cfa", "#ffd43b",
)  # fmt: skip
"""Of a chart's lines, one after the other."""
CHART_HEIGHT = 210  # [px]


class RunPage(ServedPage):
    """Serves the page, on which nothing can be pressed.

    Args:
        host, port, warn, given_as: see `ServedPage`.

    Raises:
        PortInUse: it cannot be served there.
    """

    def __init__(self, host: str, port: int, warn: Callable[[str], None], given_as: str) -> None:
        super().__init__(host, port, warn, given_as)
        gui = self._server.gui
        self._copies: List[ShownCopy] = []
        self._charts: Dict[str, viser.GuiUplotHandle] = {}
        self._drawn_rows = -1
        self._status = gui.add_html("", order=STATUS)
        with gui.add_folder("Policy of the newest checkpoint", order=LAST):
            self._checkpoint = gui.add_html("")
        with gui.add_folder("Its reward now", order=LAST + 1, expand_by_default=False):
            self._rewards = gui.add_html("")
        with gui.add_folder("Settings", order=LAST + 2):
            self._facts = gui.add_html("")

    def show_run(self, seen: RunSeen) -> None:
        """Shows the run as it is."""
        with self._server.atomic():
            self._status.content = run_text(seen)
            self._facts.content = facts_text(seen)
        if len(seen.rows) != self._drawn_rows:
            self._drawn_rows = len(seen.rows)
            for place, (title, wanted) in enumerate(CHARTS.items()):
                self._draw(title, curves(seen.rows, wanted), CHART + place)

    def show_arms(
        self, arm: Optional[Arm], copies: Sequence[ArmCopy], seen: CheckpointSeen
    ) -> None:
        """Shows the simulated arms; `arm` is None while there are none."""
        if arm is not None and not self._copies:
            self._place(arm, len(copies))
        with self._server.atomic():
            for shown, now in zip(self._copies, copies):
                shown.show(now)
            self._checkpoint.content = checkpoint_text(seen)
            self._rewards.content = rewards_text(seen.rewards)

    def _place(self, arm: Arm, count: int) -> None:
        """Side by side in a square."""
        side, shapes = math.ceil(math.sqrt(count)), drawable(arm)
        across = APART * reach_of(arm)
        set_up_room(self._server, reach_of(arm), across * (side - 1))
        for index in range(count):
            row, column = divmod(index, side)
            middle = 0.5 * (side - 1)
            place = (across * (row - middle), across * (column - middle), 0.0)
            self._copies.append(ShownCopy(self._server, arm, shapes, f"/arms/{index}", place))

    def _draw(self, title: str, drawn: Optional[Curves], order: int) -> None:
        """Draws a chart anew where its lines are others, else moves them."""
        if drawn is None:
            return
        data = (drawn.env_steps, *drawn.figures.values())
        before = self._charts.get(title)
        if before is not None and len(before.series) == len(data):
            before.data = data
            return
        if before is not None:
            before.remove()
        self._charts[title] = self._server.gui.add_uplot(
            data,
            (uplot.Series(label="steps"), *map(_line, drawn.figures, COLOURS * len(data))),
            title=title,
            scales={"x": uplot.Scale(time=False), "y": uplot.Scale(auto=True)},
            axes=(uplot.Axis(stroke="#868e96"), uplot.Axis(stroke="#868e96", size=60)),
            legend=uplot.Legend(show=True),
            height=CHART_HEIGHT,
            order=order,
        )


def _line(name: str, colour: str) -> uplot.Series:
    return uplot.Series(label=name.rpartition("/")[2], stroke=colour, width=2)
