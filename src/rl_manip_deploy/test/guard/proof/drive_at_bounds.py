"""Drives arms at full speed at everything they must not touch, behind states that come late.

  python src/rl_manip_deploy/test/guard/proof/drive_at_bounds.py [--states N] [--seed 0]
      [--arms NAME ...] [--robots N]

Position limits, faces of the tool box, the floor, zones, and parts of the arm itself, gripper and
payload included. Each arm moves at random first, then straight at the bound, or askew. Periods of
states from 2 to 50 ms and delays from 0 to 40 ms are drawn anew for each bound. Prints how near
anything came, by MuJoCo where the guard's own bound says that it is near; exit code 1 where a
promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from late_arms import TICK, LateArms
from robots import free_poses, random_robot
from true_distances import TrueDistances

from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace, Surroundings
from rl_manip_description import Arm, known_arms

RANDOM_TIME = 0.2  # [s] of random motion before
FULL_TIME = 0.8  # [s] straight at the bound
LOOK = 5  # ticks between two looks at how near anything is
JUDGED = 20  # arms per bound whose nearest pose MuJoCo judges
# What may be used up of a margin: poses between those looked at, and an arm's lag [m].
USED_UP = 0.003


def random_lateness(rng: np.random.Generator) -> dict:
    """Arguments of `LateArms`: within what the guard allows for, the ends often."""
    lag = rng.choice([0.0, 0.005, 0.01])
    delay = rng.choice([0.0, 0.02, 0.04, 0.04 * rng.random()])
    share = rng.choice([0.0, 0.5, 1.0])
    period = rng.choice([0.002, 0.008, 0.048, 0.05])
    return {
        "state_period": period,
        "state_delay": share * delay,
        "command_delay": (1.0 - share) * delay,
        "lag": lag,
        # the guard is run by its states, and by a timer where they come seldom
        "step_period": rng.choice([0.01, 0.048]) if period > 0.01 else None,
        "irregular": bool(rng.random() < 0.3),
        "seed": int(rng.integers(1 << 30)),
    }


def towards(space: GuardedSpace, speed: np.ndarray, bounds: np.ndarray) -> Callable:
    """Request at full speed the way that room before one bound per arm, by number, shrinks."""
    entries = [np.flatnonzero(space.bound == bound) for bound in bounds]

    def room(position: np.ndarray) -> np.ndarray:
        rooms = space.view(position).room
        return np.array([row[own].min() for row, own in zip(rooms, entries)])

    def request(position: np.ndarray) -> np.ndarray:
        step, here = 1e-3, room(position)
        turns = np.eye(position.shape[1])
        slope = np.stack([(room(position + step * turn) - here) / step for turn in turns], axis=1)
        most = np.max(np.abs(slope) / speed, axis=1, keepdims=True)
        return -slope / np.maximum(most, 1e-9)

    return request


def askew(rng, straight: Callable, speed: np.ndarray, count: int) -> Callable:
    """The same, and as much at random: arms come to the bound askew, and slide along it."""
    drift = rng.uniform(-speed, speed, (count, len(speed)))
    return lambda position: 0.5 * (straight(position) + drift)


def requests(rng, arm: Arm, safe: SafeMotion, count: int) -> Iterator[tuple[str, Callable]]:
    """What is driven at, and the request (arms, n) at a position, kept for a while."""
    speed, space = safe.limits.velocity, safe.space
    for joint in range(arm.num_joints):
        side = rng.choice([-1.0, 1.0], (count, 1))
        at_limit = side * np.eye(arm.num_joints)[joint] * speed[joint]
        yield "limits", lambda position, at_limit=at_limit: at_limit
    names = [space.name_of(number) for number in range(space.num_planes + space.num_pairs)]
    zones = [n for n, name in enumerate(names) if set(name.split(" and ")) & set(space.zones)]
    pairs = [n for n in range(space.num_planes, len(names)) if n not in zones]
    for what, numbers in (
        ("box", [n for n, name in enumerate(names) if name == "tool box"]),
        ("floor", [n for n, name in enumerate(names) if name == "floor"]),
        ("zones", zones),
        ("parts", pairs),
        ("parts", pairs),
    ):
        if numbers:
            straight = towards(space, speed, rng.choice(numbers, count))
            yield what, straight
            yield f"{what}, askew", askew(rng, straight, speed, count)


def drive(rng, safe: SafeMotion, request: Callable, count: int) -> tuple[np.ndarray, float]:
    """Arms' nearest poses (count, n), and the least room [rad] before position limits."""
    limits, space = safe.limits, safe.space
    arms = LateArms(safe, free_poses(rng, safe, count), **random_lateness(rng))
    random = rng.uniform(-limits.velocity, limits.velocity, arms.position.shape)
    nearest, at_limit = np.full(count, np.inf), np.inf
    poses, wanted = arms.position.copy(), random
    for cycle in range(round((RANDOM_TIME + FULL_TIME) / TICK)):
        if cycle * TICK >= RANDOM_TIME and cycle % 20 == 0:
            wanted = request(arms.position)
        arms.tick(lambda _, wanted=wanted: wanted)
        room = np.minimum(
            arms.position - limits.position_lower, limits.position_upper - arms.position
        )
        at_limit = min(at_limit, room.min())
        if cycle % LOOK == 0:
            room = space.view(arms.position).room.min(axis=1)
            poses[room < nearest] = arms.position[room < nearest]
            nearest = np.minimum(nearest, room)
    return poses[np.argsort(nearest)], at_limit


def least_rooms(arm: Arm, safe: SafeMotion, around: Surroundings, poses: np.ndarray) -> dict:
    """Room that was left beyond what is promised [m], by MuJoCo."""
    truth, limits = TrueDistances(arm, around), safe.limits
    least = dict.fromkeys(("parts", "zones", "floor", "box"), np.inf)
    for pose in poses:
        truth.move(pose, 0.0425)
        tool = truth.tool()
        seen = {
            "parts": truth.between_parts() - limits.link_margin,
            "zones": truth.in_zones() - limits.tool_margin,
            "floor": truth.above(limits.floor),
            "box": np.minimum(tool - limits.tool_lower, limits.tool_upper - tool).min()
            - limits.tool_margin,
        }
        least = {name: min(least[name], value) for name, value in seen.items()}
    return least


def main() -> int:
    """0 where every arm stopped before every bound."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--states", type=int, default=100, help="random states per bound")
    parser.add_argument("--robots", type=int, default=5, help="random robots and cells per arm")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", default=known_arms())
    arguments = parser.parse_args()
    start, driven, broken = time.monotonic(), 0, 0
    rng = np.random.default_rng(arguments.seed)
    for name in arguments.arms:
        least = dict.fromkeys(("limits", "box", "floor", "zones", "parts"), np.inf)
        for _ in range(arguments.robots):
            arm, around, safe = random_robot(rng, name)
            for _, request in requests(rng, arm, safe, arguments.states):
                poses, at_limit = drive(rng, safe, request, arguments.states)
                rooms = {"limits": at_limit, **least_rooms(arm, safe, around, poses[:JUDGED])}
                broken += sum(room < -USED_UP for room in rooms.values())
                least = {key: min(least[key], rooms[key]) for key in least}
                driven += arguments.states
        rooms = ", ".join(f"{key} {1e3 * room:.1f}" for key, room in least.items())
        print(f"{name}: least room beyond what is promised [mrad, mm]: {rooms}", flush=True)
    print(f"{driven} drives, {broken} promises broken, {time.monotonic() - start:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
