"""One end of each kind for a whole launch; `make test-faults` makes twenty and measures."""

import pytest
from arm_watch import ArmWatch
from fault_injection import BOUNDS, injections
from faults import LAUNCH_FAULTS
from injection import FORBEARANCE
from terminal_faults import PORT_FAULTS, TERMINAL_FAULTS


@pytest.fixture(scope="module")
def watch():
    with ArmWatch() as watch:
        yield watch


@pytest.mark.parametrize(
    "fault",
    [*LAUNCH_FAULTS, *TERMINAL_FAULTS, *(name for group in PORT_FAULTS.values() for name in group)],
)
def test_a_launch_that_ends_in_any_way_leaves_the_arm_at_rest(watch, fault):
    ((_, stop),) = injections(watch, [fault], repeats=1, seed=2)
    assert stop.rest <= FORBEARANCE * BOUNDS[fault].rest
