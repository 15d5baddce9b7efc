"""A simulation keeps pace with a clock, and says where it cannot."""

from __future__ import annotations

import pytest

from rl_manip_cockpit.simulated.real_time import RealTime


class Clock:
    """Moves by what is slept and worked."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, duration: float) -> None:
        self.now += duration


def worked(duration: float, steps: int) -> tuple[float, RealTime]:
    """Time that steps of a tenth of a second took, each with so much work."""
    clock = Clock()
    pace = RealTime(0.1, clock, clock.sleep)
    for _ in range(steps):
        clock.sleep(duration)
        pace.wait()
    return clock.now - 100.0, pace


def test_steps_take_as_long_as_they_simulate():
    spent, pace = worked(0.03, 200)
    assert spent == pytest.approx(20.0)
    assert pace.pace == pytest.approx(1.0)


def test_a_machine_that_is_too_slow_is_told():
    spent, pace = worked(0.2, 200)
    assert spent == pytest.approx(40.0)
    assert pace.pace == pytest.approx(0.5, abs=0.01)


def test_what_went_by_while_nobody_looked_is_not_made_up_for():
    clock = Clock()
    pace = RealTime(0.1, clock, clock.sleep)
    pace.rest(60.0)
    pace.wait()
    assert clock.now == pytest.approx(160.1)
