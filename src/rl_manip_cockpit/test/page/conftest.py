"""Pages without an arm behind them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np
import pytest
from pressed_orders import PressedOrders

from rl_manip_cockpit.page.cockpit_page import CockpitPage
from rl_manip_cockpit.state.access import Access
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.space.zones import zone_from
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
CRATE = {
    "name": "crate",
    "kind": "box",
    "keep": "out",
    "lower": [0.3, -0.7, 0],
    "upper": [0.6, -0.5, 0.2],
}

POLICIES = {"policies/ur5e_reach": Path("/a/policy.onnx"), "runs/<b>": Path("/b/policy.onnx")}


class Served(NamedTuple):
    """A page, and what was asked for at it."""

    page: CockpitPage
    orders: PressedOrders
    warnings: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.page.port}"


@pytest.fixture(scope="session")
def serve():
    """`with serve(host) as served`: a page of an armed arm at home."""
    return _served


@contextmanager
def _served(host: str = "127.0.0.1") -> Iterator[Served]:
    orders, warnings, access = PressedOrders(), [], Access(host, "the token")
    page = CockpitPage(
        ARM, arm_limits(ARM), [zone_from(CRATE)], GoalChoice(ARM), access, orders,
        needs_hold=True, host=host, port=0, warn=warnings.append, oldest_state=0.05,
        policies=lambda: POLICIES,
    )  # fmt: skip
    now = time.monotonic()
    still = np.zeros(ARM.num_joints)
    goal = np.array([0.45, 0.25, 0.35, 0.0, 0.0, 0.0, 1.0])
    page.show(Seen(now, Motion(now, still, ARM.home), goal=goal, guard="armed"), "")
    try:
        yield Served(page, orders, warnings)
    finally:
        page.close()
