"""A guard that limits the force of contact: it stops, and arms again once the tool is free."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_deploy.guard.velocity_guard import Mode

LIMIT = 40.0  # [N]


@pytest.fixture
def feeling(make_bench):
    """An arm with a sensor at its wrist, which says `force` [N] with each joint state."""

    class FeelingBench(make_bench):
        force = 5.0
        is_silent = False

        def joint_state(self, position=None):
            if not self.is_silent:
                self.guard.contact.take([0.0, 0.0, -self.force, 0.0, 0.0, 0.0], self.now)
            super().joint_state(position)

    return FeelingBench(force_limit=LIMIT)


def test_a_force_beyond_the_limit_brings_the_arm_to_rest_and_stays_a_stop(feeling):
    bench = feeling.armed()
    bench.run(0.5)
    assert bench.mode is Mode.ARMED
    bench.force = 41.0
    bench.run(0.01)
    assert bench.mode is Mode.STOPPING
    assert "contact force 41 N is above 40 N" in bench.guard.reason
    bench.force = 0.0
    bench.run(1.0)
    assert bench.mode is Mode.STOPPED
    np.testing.assert_array_equal(bench.sent[-1], np.zeros(6))


def test_it_does_not_arm_while_the_tool_is_pressed_on(feeling):
    bench = feeling
    bench.force = 45.0
    bench.ready()
    assert "free the tool" in bench.guard.arm(bench.now)
    bench.force = 35.0
    bench.run(0.15, request=[0.0] * 6)
    assert bench.guard.arm(bench.now) == ""


def test_a_silent_sensor_stops_an_arm_whose_force_is_limited_and_no_other(feeling, make_bench):
    bench = feeling.armed()
    bench.is_silent = True
    bench.run(0.09)
    assert bench.mode is Mode.ARMED
    bench.run(0.03)
    assert "the wrist's wrench is 0.10" in bench.guard.reason
    plain = make_bench().armed()
    plain.run(0.5)
    assert plain.mode is Mode.ARMED
