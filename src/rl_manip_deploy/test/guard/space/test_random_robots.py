"""A small share of what `make test-faults` tries: random inputs, drives at every kind of bound."""

import numpy as np
import pytest

pytest.importorskip("mujoco", reason="mujoco judges how near things come")

from drive_at_bounds import USED_UP, drive, least_rooms, requests
from fuzz_safe_motion import check_once
from robots import random_robot


@pytest.mark.parametrize("seed", range(4))
def test_no_random_input_breaks_a_bound(seed):
    seen = check_once(np.random.default_rng(seed), 400, judged=20)
    assert seen["judged"] > 0


# of each kind of shapes and joints one, and both ends of reach
SAMPLE = ("ur3e", "ur20", "xarm7")


@pytest.mark.parametrize(("seed", "name"), enumerate(SAMPLE))
def test_arms_at_full_speed_stop_before_everything_behind_late_states(seed, name):
    rng = np.random.default_rng(20 + seed)
    arm, around, safe = random_robot(rng, name)
    driven = set()
    for what, request in requests(rng, arm, safe, count=3):
        if what in driven:
            continue
        driven.add(what)
        poses, at_limit = drive(rng, safe, request, 3)
        rooms = {"limits": at_limit, **least_rooms(arm, safe, around, poses)}
        assert min(rooms.values()) > -USED_UP, (what, rooms)
