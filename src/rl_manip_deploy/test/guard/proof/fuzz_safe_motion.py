"""Throws random inputs at the guard's pure function and checks every bound of what comes out.

  python src/rl_manip_deploy/test/guard/proof/fuzz_safe_motion.py [--count 1000000] [--seed 0]

Four arms with and without gripper, payload and zones. Of every 40th command a stop is carried out
too, as late as the guard allows for and from every place where the arm may be, and MuJoCo is asked
how near anything comes. Exit code 1 where a bound is broken.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from motion_bounds import SLACK, angle, check_step
from robots import position_range, random_robot
from true_distances import TrueDistances

from rl_manip_deploy.guard.braking import Motion, sample, settling_velocity
from rl_manip_deploy.guard.safe_motion import SafeMotion, stop_profile
from rl_manip_deploy.guard.space.leaning import CLOSE
from rl_manip_description import known_arms

AT_ONCE = 4000
JUDGED = 100  # of them
LOOKED_AT = 5  # times as many: an arm is in something in most poses
# What may be used up of a margin: poses between those that are looked at on the way to rest [m].
USED_UP = 0.002


def random_motions(rng: np.random.Generator, limits, request: np.ndarray) -> Motion:
    """Motions inside all bounds that can stay inside them.

    A third at random, a third on its way to a stop, a third along the request.
    """
    count, n = request.shape
    acceleration = rng.uniform(-1.0, 1.0, (count, n)) * limits.acceleration
    left = settling_velocity(Motion(np.zeros((count, n)), acceleration), limits.jerk)
    low = np.maximum(-limits.velocity, -limits.velocity - left)
    high = np.minimum(limits.velocity, limits.velocity - left)
    motion = Motion(rng.uniform(low, high), acceleration)
    stops = stop_profile(motion, limits)
    _, stopping = sample(stops, rng.random((count, n)) * stops.duration)
    share = np.max(np.abs(request) / limits.velocity, axis=1, keepdims=True)
    along = request / np.maximum(share, 1.0) * rng.random((count, 1))
    steady = Motion(along, np.zeros_like(along))
    kind = rng.integers(0, 3, (count, 1))
    return Motion(
        *(np.select([kind == 0, kind == 1], [a, b], c) for a, b, c in zip(motion, stopping, steady))
    )


def check_once(rng: np.random.Generator, count: int, judged: int = JUDGED) -> dict:
    """One batch on a random robot; AssertionError where a bound is broken.

    Returns how many commands were judged by what, and how near things came [m].
    """
    arm, around, safe = random_robot(rng, str(rng.choice(known_arms())))
    limits, n = safe.limits, arm.num_joints
    scale = np.where(
        rng.random((count, 1)) < 0.8, 3.0, 10.0 ** rng.uniform(-3.0, 300.0, (count, 1))
    )
    request = rng.uniform(-1.0, 1.0, (count, n)) * scale
    motion = random_motions(rng, limits, request)
    lower, upper = position_range(safe)
    position = rng.uniform(1.05 * lower, 1.05 * upper, (count, n))
    # most poses of an arm are in the floor or in itself: half of them are near one that is not
    near_home = arm.home + rng.normal(0.0, 0.5, (count, n))
    position = np.where(rng.random((count, 1)) < 0.5, position, near_home)
    step = rng.uniform(0.0, limits.hold_time, (count, 1))
    # way commanded of late that the state lacks: by the oldest and by the newest it may be
    ages = limits.response_time * np.array([1.0, 0.0]) + rng.uniform(0.0, 0.05)
    lately = motion.velocity + rng.uniform(-0.3, 0.3, (count, n))
    pending = ages[:, None, None] * lately
    scaling = rng.uniform(0.0, 1.0) if rng.random() < 0.5 else 1.0
    new = safe.step(request, motion, position, step, scaling, pending)
    assert new.velocity.shape == (count, n)
    check_step(safe, motion, new, step)
    assert np.all(np.abs(settling_velocity(new, limits.stop_jerk)) <= limits.velocity + SLACK)
    stop = safe.stop_step(motion, step)
    places = position + pending
    # a motion drawn at random may be one that no stop could end inside any more
    stopped = (new.velocity == stop.velocity) & (motion.velocity != 0.0)
    free = ~stopped.any(axis=1)
    slowed = _check_direction(safe, request, motion, new, free, places)
    inside = np.all(places > limits.position_lower + limits.position_margin, axis=(0, 2))
    inside &= np.all(places < limits.position_upper - limits.position_margin, axis=(0, 2))
    rows = np.flatnonzero(free & inside)[: LOOKED_AT * judged]
    rooms = safe.space.rooms(places[:, rows].reshape(-1, n)).reshape(len(places), len(rows), -1)
    rows = rows[np.all(rooms > 0.0, axis=(0, 2))][:judged]
    nearest = _check_stops(rng, safe, TrueDistances(arm, around), new, places, rows)
    return {"slowed": slowed, "judged": len(rows), **nearest}


def _check_direction(safe: SafeMotion, request, motion, new, free, places) -> int:
    """Motion along the request that the guard slows down keeps its direction.

    Close to a bound each joint is slowed down for itself: none moves faster than it is asked to,
    nor the other way.
    """
    limits = safe.limits
    along = (angle(motion.velocity, request) < 1e-3) & ~motion.acceleration.any(axis=1)
    asked = np.all(np.abs(request) >= np.abs(motion.velocity), axis=1)
    kept = np.all((new.velocity * request >= -SLACK), axis=1)
    kept &= np.all(np.abs(new.velocity) <= np.abs(request) + SLACK, axis=1)
    assert np.all(kept[along & asked & free])
    slower = np.linalg.norm(new.velocity, axis=1) < np.linalg.norm(motion.velocity, axis=1)
    room = np.minimum(places - limits.position_lower, limits.position_upper - places)
    close = np.any(room.min(axis=0) < limits.position_margin + 0.05, axis=1)
    moving = np.linalg.norm(new.velocity, axis=1) > 1e-3
    judged = along & slower & asked & moving & free & ~close
    judged[judged] = safe.space.rooms(places[0][judged]).min(axis=1) > CLOSE
    assert np.all(angle(new.velocity, motion.velocity)[judged] < 1.0)
    return int(np.count_nonzero(judged))


def _check_stops(rng, safe: SafeMotion, truth: TrueDistances, new, places, rows) -> dict:
    """A stop from commands (rows,) on keeps every margin, wherever the arm is."""
    limits = safe.limits
    nearest = {"parts": np.inf, "zones": np.inf, "floor": np.inf, "box": np.inf, "limits": np.inf}
    profile = stop_profile(Motion(*(x[rows] for x in new)), limits)
    duration = profile.duration.max(axis=-1, keepdims=True)
    # each command stands for a while, at most hold_time
    late = rng.choice([0.0, 1.0], (len(rows), 1)) * limits.hold_time
    share = rng.choice([0.3, 0.6, 1.0, 1.0], (len(rows), 1))
    way, then = sample(profile, share * duration)
    way = way + late * (new.velocity[rows] - then.velocity)
    age = rng.random((len(rows), 1))
    poses = way + age * places[0, rows] + (1.0 - age) * places[1, rows]
    inside = np.minimum(poses - limits.position_lower, limits.position_upper - poses)
    for pose, room in zip(poses, inside.min(axis=1)):
        truth.move(pose, 0.0425 * rng.random())
        tool = truth.tool()
        box = np.minimum(tool - limits.tool_lower, limits.tool_upper - tool).min()
        seen = {
            "parts": truth.between_parts() - limits.link_margin,
            "zones": truth.in_zones() - limits.tool_margin,
            "floor": truth.above(limits.floor),
            "box": box - limits.tool_margin,
            "limits": room,
        }
        for name, value in seen.items():
            assert value > -USED_UP, f"{name}: {value} at {pose.tolist()}"
            nearest[name] = min(nearest[name], value)
    return nearest


def main() -> int:
    """0 where no bound was broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    start, done, total = time.monotonic(), 0, {}
    while done < arguments.count:
        for name, value in check_once(rng, AT_ONCE).items():
            counted = name in ("slowed", "judged")
            total[name] = (
                total.get(name, 0) + value if counted else min(total.get(name, np.inf), value)
            )
        done += AT_ONCE
    left = ", ".join(
        f"{n} {1e3 * total[n]:.1f}" for n in ("parts", "zones", "floor", "box", "limits")
    )
    print(
        f"{done} random inputs, no bound broken, {time.monotonic() - start:.0f} s; "
        f"{total['slowed']} slowed down and kept their direction; {total['judged']} stops judged "
        f"by MuJoCo, least room beyond what is promised [mm, mrad]: {left}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
