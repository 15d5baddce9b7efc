"""Hold-to-run: the arm moves only while a person holds the switch."""

import numpy as np
import pytest

from rl_manip_deploy.guard.velocity_guard import Mode

REST = [0.0] * 6


class Held:
    """Runs a bench with a switch that is heard 50 times a second."""

    def __init__(self, bench):
        self.bench = bench

    def run(self, seconds, pressed, request=()):
        """`pressed` None: nothing is heard of the switch."""
        for _ in range(round(seconds / 0.02)):
            if pressed is not None:
                self.bench.guard.on_enable(pressed, self.bench.now)
            self.bench.run(0.02, request=request)


@pytest.fixture
def held(make_bench):
    return Held(make_bench({"enable_grace": 0.6}, enable_switch=True))


def armed(held):
    held.bench.guard.on_program_running(True)
    held.run(0.16, True, REST)
    assert held.bench.guard.arm(held.bench.now) == ""
    held.run(0.3, True)
    np.testing.assert_allclose(held.bench.sent[-1], held.bench.request)
    return held.bench


def test_without_a_switch_nobody_asks_for_it(bench):
    bench.armed()


def test_it_is_not_armed_while_the_switch_is_released(held):
    held.bench.guard.on_program_running(True)
    held.run(0.16, None, REST)
    assert "hold it down, then arm" in held.bench.guard.arm(held.bench.now)
    held.run(0.1, False, REST)
    assert "hold it down, then arm" in held.bench.guard.arm(held.bench.now)


def test_released_it_ramps_to_zero_and_pressed_again_it_goes_on_slowly(held):
    bench = armed(held)
    held.run(0.12, False)
    assert bench.mode is Mode.HOLDING
    assert bench.guard.reason == "enable switch released"
    assert bench.guard.may_move
    np.testing.assert_array_equal(bench.sent[-1], 0.0)
    held.run(0.3, True)
    assert bench.mode is Mode.ARMED
    assert bench.guard.reason == ""
    np.testing.assert_allclose(bench.sent[-1], bench.request)


def test_not_heard_of_it_counts_as_released(held):
    bench = armed(held)
    held.run(0.16, None)
    assert bench.mode is Mode.ARMED
    held.run(0.16, None)
    assert bench.mode is Mode.HOLDING
    np.testing.assert_array_equal(bench.sent[-1], 0.0)


def test_released_for_long_it_disarms(held):
    bench = armed(held)
    held.run(0.7, False)
    assert bench.mode is Mode.STOPPED
    assert "enable switch released for 0.6 s" in bench.guard.reason
    held.run(0.1, True)
    np.testing.assert_array_equal(bench.sent[-1], 0.0)


def test_a_fault_while_holding_stops_for_good(held):
    bench = armed(held)
    held.run(0.1, False)
    bench.guard.stop("asked for")
    held.run(0.2, True)
    assert bench.mode is Mode.STOPPED
    assert bench.guard.reason == "asked for"
