"""Throws random inputs at the guard's pure function and checks every bound of what comes out.

python src/rl_manip_deploy/test/guard/proof/fuzz_safe_motion.py [--count 1000000] [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from motion_bounds import SLACK, check_step

from rl_manip_deploy.guard.braking import Motion, sample, settling_velocity
from rl_manip_deploy.guard.guard_limits import tightened
from rl_manip_deploy.guard.safe_motion import SafeMotion, stop_profile
from rl_manip_description import known_arms, load_arm

AT_ONCE = 20_000


def random_motions(rng: np.random.Generator, limits, count: int) -> Motion:
    """Motions inside all bounds that can stay inside them; every other one on its way to a stop."""
    n = len(limits.velocity)
    acceleration = rng.uniform(-1.0, 1.0, (count, n)) * limits.acceleration
    left = settling_velocity(Motion(np.zeros((count, n)), acceleration), limits.jerk)
    low = np.maximum(-limits.velocity, -limits.velocity - left)
    high = np.minimum(limits.velocity, limits.velocity - left)
    motion = Motion(rng.uniform(low, high), acceleration)
    stops = stop_profile(motion, limits)
    _, stopping = sample(stops, rng.random((count, n)) * stops.duration)
    chosen = rng.random((count, 1)) < 0.5
    return Motion(*(np.where(chosen, a, b) for a, b in zip(stopping, motion)))


def check_once(rng: np.random.Generator, count: int) -> None:
    """One batch on a random arm with random limits; AssertionError where a bound is broken."""
    arm = load_arm(str(rng.choice(known_arms())))
    size = rng.uniform(0.3, 1.0, 3)
    box = {"tool_lower": [*-size[:2], 0.02], "tool_upper": [*size[:2], size[2]]}
    velocity = rng.uniform(0.2, 1.0) * arm.limits.velocity
    limits = tightened(arm, {"velocity": velocity, **box})
    motion = random_motions(rng, limits, count)
    n = arm.num_joints
    position = rng.uniform(1.05 * limits.position_lower, 1.05 * limits.position_upper, (count, n))
    scale = 10.0 ** rng.uniform(-3.0, 300.0, (count, 1))
    request = rng.uniform(-1.0, 1.0, (count, n)) * np.where(
        rng.random((count, 1)) < 0.5, 3.0, scale
    )
    step = rng.uniform(0.0, 0.05, (count, 1))
    scaling = rng.uniform(0.0, 1.0)
    safe = SafeMotion(arm, limits)
    # way commanded of late that the state lacks, by its age: none, some, or up to 3 rad/s all along
    ages = limits.response_time * np.array([1.0, 0.5, 0.0]) + rng.uniform(0.0, 0.05)
    pending = ages[:, None, None] * rng.uniform(-1.0, 1.0, (count, n)) * limits.velocity
    new = safe.step(request, motion, position, step, scaling, pending)
    assert new.velocity.shape == (count, n)
    check_step(safe, motion, new, step)
    assert np.all(np.abs(settling_velocity(new, limits.stop_jerk)) <= limits.velocity + SLACK)


def main() -> int:
    """0 where no bound was broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    start, done = time.monotonic(), 0
    while done < arguments.count:
        check_once(rng, AT_ONCE)
        done += AT_ONCE
    print(f"{done} random inputs, no bound broken, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
