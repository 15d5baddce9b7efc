"""One injection of each fault into real processes; `make test-faults` does twenty and measures."""

import numpy as np
import pytest
from arm_watch import ArmWatch
from company_faults import COMPANY_FAULTS
from fault_injection import BOUNDS, inject
from faults import FAULTS
from terminal_faults import TERMINAL_FAULTS, TRAJECTORY_FAULTS

# real processes on a machine that others share: a stall of 100 ms rightly stops the arm
pytestmark = pytest.mark.flaky(reruns=2)
REPEATS = 1


@pytest.fixture(scope="module")
def watch():
    with ArmWatch() as watch:
        yield watch


@pytest.fixture(scope="module")
def stops(watch):
    return inject(watch, [*FAULTS, *COMPANY_FAULTS], repeats=REPEATS, seed=1)


@pytest.mark.parametrize("fault", [*FAULTS, *COMPANY_FAULTS])
def test_the_arm_comes_to_rest(watch, stops, fault):
    # taken out: a rerun injects anew, it would judge the same stop again
    found = stops.pop(fault, None) or inject(watch, [fault], repeats=REPEATS, seed=1)[fault]
    assert len(found) == REPEATS
    for stop in found:
        assert stop.speed > 0.3
        # twice the times that a quiet machine must keep, for one that runs other tests beside
        assert stop.rest <= 2.0 * BOUNDS[fault].rest
        if np.isfinite(BOUNDS[fault].zero):
            assert stop.zero <= 2.0 * BOUNDS[fault].zero
            assert stop.reason.startswith("stopped")


@pytest.mark.parametrize("fault", ["launch killed", *TERMINAL_FAULTS, *TRAJECTORY_FAULTS])
def test_a_launch_that_ends_in_any_way_leaves_the_arm_at_rest(watch, fault):
    (stop,) = inject(watch, [fault], repeats=1, seed=2)[fault]
    assert stop.speed > 0.3
    assert stop.rest <= 2.0 * BOUNDS[fault].rest
