"""Backends that this machine has."""

from __future__ import annotations

import os

import pytest

from rl_manip_description import load_arm
from rl_manip_sim.backends.availability import WARP_DEVICE_VARIABLE, what_is_missing
from rl_manip_sim.contract import Subject

# MuJoCo Warp is checked on Warp's CPU device
os.environ.setdefault(WARP_DEVICE_VARIABLE, "cpu")


@pytest.fixture(scope="session")
def arm():
    return load_arm("ur5e")


@pytest.fixture(scope="session", params=["mujoco", "mujoco_warp"])
def subject(request, arm):
    """Each backend that can run here."""
    missing = what_is_missing(request.param)
    if missing:
        pytest.skip(missing)
    return Subject(request.param, arm)
