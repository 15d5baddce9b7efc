"""One injection of each fault into real processes; `make test-faults` does twenty and measures."""

import numpy as np
import pytest
from arm_watch import ArmWatch
from company_faults import COMPANY_FAULTS
from deploy_stack import Stack
from fault_injection import BOUNDS, inject
from faults import FAULTS
from injection import stop_of_a_moving_arm
from punctual import punctual
from terminal_faults import TERMINAL_FAULTS, TRAJECTORY_FAULTS

# twice the times that a quiet machine must keep, for one that has other things to do
SHARE = 2.0
ON_ONE_STACK = {**FAULTS, **COMPANY_FAULTS}


@pytest.fixture(scope="module")
def watch():
    with ArmWatch() as watch:
        yield watch


@pytest.fixture(scope="module")
def stack(watch):
    with punctual(), Stack(watch) as stack:
        yield stack


@pytest.mark.parametrize("fault", ON_ONE_STACK)
def test_the_arm_comes_to_rest(stack, fault):
    stop = stop_of_a_moving_arm(ON_ONE_STACK[fault], stack, np.random.default_rng(1))
    assert stop.rest <= SHARE * BOUNDS[fault].rest
    if np.isfinite(BOUNDS[fault].zero):
        assert stop.zero <= SHARE * BOUNDS[fault].zero
        assert stop.reason.startswith("stopped")


@pytest.mark.parametrize("fault", ["launch killed", *TERMINAL_FAULTS, *TRAJECTORY_FAULTS])
def test_a_launch_that_ends_in_any_way_leaves_the_arm_at_rest(watch, fault):
    (stop,) = inject(watch, [fault], repeats=1, seed=2)[fault]
    assert stop.rest <= SHARE * BOUNDS[fault].rest
