"""Two injections of each fault into real processes; `make test-faults` does twenty and measures."""

import pytest
from fault_injection import FAULTS, inject

# real processes on a machine that others share: a stall of 100 ms rightly stops the arm
pytestmark = pytest.mark.flaky(reruns=2)


@pytest.fixture(scope="module")
def stops():
    return inject(list(FAULTS), repeats=2, seed=1)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_arm_comes_to_rest(stops, fault):
    for stop in stops[fault]:
        # twice the times that a quiet machine must keep, for one that runs other tests beside
        assert stop.rest <= 0.5 + stop.speed / 10.0
        if not fault.startswith("guard"):
            assert stop.acceleration <= 10.0 * 1.3  # dated by the reader, 10 ms apart
            assert stop.reason.startswith("stopped")
