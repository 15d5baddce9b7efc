"""Simulators of every backend that this machine has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rl_manip_description import load_arm
from rl_manip_sim.backends import BACKENDS, make_sim

# lets these tests import the modules beside them under every import mode of pytest
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def arm():
    return load_arm("ur5e")


@pytest.fixture(params=[name for name in BACKENDS if name != "auto"])
def make(request, arm):
    """Makes a simulator: make(num_envs, physics_dt, num_threads)."""

    def build(num_envs, physics_dt=0.01, num_threads=1, control_dt=0.04):
        return make_sim(request.param, arm, num_envs, control_dt, physics_dt, num_threads)

    return build
