"""One injection of each fault into real processes; `make test-faults` does twenty and measures."""

from __future__ import annotations

from typing import Optional

import numpy as np
import pytest
from arm_watch import ArmWatch
from company_faults import COMPANY_FAULTS
from deploy_stack import Stack
from fault_injection import BOUNDS
from faults import FAULTS
from injection import FORBEARANCE, Fault, stop_of_a_moving_arm
from punctual import punctual
from stop_measurement import Stop

ON_ONE_STACK = {**FAULTS, **COMPANY_FAULTS}


class RunningStack:
    """One for all faults; made anew after a fault that something went wrong with."""

    def __init__(self, watch: ArmWatch) -> None:
        self._watch, self._rng = watch, np.random.default_rng(1)
        self._stack: Optional[Stack] = None

    def __enter__(self) -> RunningStack:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def stop_after(self, fault: Fault) -> Stop:
        """How the arm stops."""
        if self._stack is None:
            self._stack = Stack(self._watch).__enter__()
        try:
            return stop_of_a_moving_arm(fault, self._stack, self._rng)
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        if self._stack is not None:
            self._stack.__exit__()
            self._stack = None


@pytest.fixture(scope="module")
def stack():
    with ArmWatch() as watch, punctual(), RunningStack(watch) as stack:
        yield stack


@pytest.mark.parametrize("fault", ON_ONE_STACK)
def test_the_arm_comes_to_rest(stack, fault):
    stop = stack.stop_after(ON_ONE_STACK[fault])
    assert stop.rest <= FORBEARANCE * BOUNDS[fault].rest
    if np.isfinite(BOUNDS[fault].zero):
        assert stop.zero <= FORBEARANCE * BOUNDS[fault].zero
        assert stop.reason.startswith("stopped")
