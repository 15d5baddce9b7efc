"""The contract of BatchSim, over every backend that this machine has."""

from __future__ import annotations

import pytest

from rl_manip_sim.backends import BACKENDS, make_sim, resolve_backend
from rl_manip_sim.batch_sim import UnknownBackendError
from rl_manip_sim.contract import CHECKS, PROMISES
from rl_manip_sim.models.dynamics import JointDynamics


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(subject, check):
    reason = subject.promise.not_kept.get(check.__name__)
    if reason is None:
        check(subject)
    else:  # what is excused must be broken, or the excuse is old
        with pytest.raises(AssertionError):
            check(subject)


def test_checks_have_names_of_their_own_and_say_what_they_check():
    names = [check.__name__ for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(check.__doc__ for check in CHECKS)
    assert {name for promise in PROMISES.values() for name in promise.not_kept} <= set(names)


def test_every_backend_promises_something():
    assert sorted(PROMISES) == sorted(name for name in BACKENDS if name != "auto")


def test_unknown_backend_names_the_known(arm):
    with pytest.raises(UnknownBackendError, match="'isaac', expected one of auto, mujoco, mujoco"):
        make_sim("isaac", arm, 1, 0.04, 0.01)
    assert resolve_backend("auto") != "auto"


def test_nominal_dynamics_are_those_that_the_checks_reckon_with():
    assert JointDynamics() == JointDynamics(0.04, 0.063, 0.0103, 133.0, 0.02)
