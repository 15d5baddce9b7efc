"""Drives arms at full speed at every joint limit, every face of the tool box and the floor.

  python src/rl_manip_deploy/test/guard/proof/drive_at_bounds.py [--states N] [--arms NAME ...]

Each arm moves at random first, then straight at the bound, behind a latency and a lag that the
guard's function is not told. Prints how near it came; exit code 1 where a bound was crossed.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Callable

import numpy as np
from motion_bounds import check_step

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import GuardLimits, tightened
from rl_manip_deploy.guard.guarded_space import GuardedSpace
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_description import Arm, load_arm

PERIOD = 0.002  # [s]
DELAY = 10  # cycles from a command to the arm
LAG = 0.01  # [s]
RANDOM_TIME = 0.3  # [s] of random motion before
FULL_TIME = 1.5  # [s] straight at the bound
BOX = {"tool_lower": [-0.5, -0.5, 0.05], "tool_upper": [0.5, 0.5, 0.7]}
WIDE = {"tool_lower": [-3.0] * 3, "tool_upper": [3.0] * 3, "floor": -3.0}


class Drive:
    """Many arms of one kind behind one `SafeMotion`."""

    def __init__(self, arm: Arm, limits: GuardLimits, poses: np.ndarray, seed: int) -> None:
        self.safe = SafeMotion(arm, limits)
        self.position = poses.copy()
        self.motion = Motion(np.zeros_like(poses), np.zeros_like(poses))
        self._arrived = np.zeros_like(poses)
        self._on_the_way = [self.motion.velocity] * (DELAY + 1)
        self._rng = np.random.default_rng(seed)

    def cycle(self, request: np.ndarray) -> None:
        """One control cycle."""
        measured = self.position + self._rng.normal(0.0, 1e-4, self.position.shape)
        following = self.safe.step(request, self.motion, measured, PERIOD)
        check_step(self.safe, self.motion, following, PERIOD)
        self.motion = following
        self._on_the_way = [*self._on_the_way[1:], following.velocity]
        self._arrived += (self._on_the_way[0] - self._arrived) * PERIOD / (LAG + PERIOD)
        self.position = self.position + self._arrived * PERIOD

    def nearest(self, request: Callable, room: Callable) -> np.ndarray:
        """Least room (states,) that every arm had left, moving as `request(position)` says."""
        n = self.position.shape[1]
        speed = self.safe.limits.velocity
        random = self._rng.uniform(-speed, speed, (len(self.position), n))
        least = room(self.position)
        for cycle in range(round((RANDOM_TIME + FULL_TIME) / PERIOD)):
            early = cycle * PERIOD < RANDOM_TIME
            self.cycle(random if early else request(self.position))
            least = np.minimum(least, room(self.position))
        return least


def at_joint_limit(arm: Arm, joint: int, side: int, states: int, seed: int) -> tuple:
    """Least room [rad] at one limit, and the largest speed [rad/s] left there."""
    limits = tightened(arm, WIDE)
    rng = np.random.default_rng(seed)
    poses = rng.uniform(limits.position_lower + 0.5, limits.position_upper - 0.5, (states, 6))
    bound = limits.position_upper if side > 0 else limits.position_lower
    # within what full speed covers
    reach = min(1.0, 0.3 * limits.velocity[joint])
    poses[:, joint] = bound[joint] - side * rng.uniform(0.05, 0.05 + reach, states)
    request = np.zeros((states, 6))
    request[:, joint] = side * limits.velocity[joint]
    drive = Drive(arm, limits, poses, seed)
    least = drive.nearest(lambda _: request, lambda q: side * (bound - q)[:, joint])
    return least, np.abs(drive.motion.velocity[:, joint]).max()


def at_face(arm: Arm, axis: int, side: int, states: int, seed: int) -> np.ndarray:
    """Least room [m] of the tool at one face of the box, and of any link above the floor."""
    limits = tightened(arm, BOX)
    space = GuardedSpace(arm, limits)
    rng = np.random.default_rng(seed)
    poses = np.zeros((0, 6))
    while len(poses) < states:
        drawn = rng.uniform(-np.pi, np.pi, (50_000, 6))
        place = space.coordinates(drawn)
        poses = np.append(poses, drawn[np.all(place > space.lower, axis=1)], axis=0)
        inside = np.all(space.coordinates(poses) < space.upper, axis=1)
        poses = poses[inside]
    poses = poses[:states]
    direction = side * np.eye(3)[axis]

    def request(position):
        velocity = np.linalg.pinv(arm.jacobian(position)[:, :3], rcond=1e-2) @ direction
        share = np.max(np.abs(velocity) / limits.velocity, axis=1, keepdims=True)
        return velocity / share

    def room(position):
        place = space.coordinates(position)
        tool = np.minimum(place[:, :3] - limits.tool_lower, limits.tool_upper - place[:, :3])
        return np.minimum(tool.min(axis=1), place[:, 3:].min(axis=1) - limits.floor)

    return Drive(arm, limits, poses, seed).nearest(request, room)


def main() -> int:
    """0 where every arm stopped before every bound."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--states", type=int, default=1000, help="random states per bound")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", default=["ur5e"])
    arguments = parser.parse_args()
    start, crossed = time.monotonic(), 0
    for name in arguments.arms:
        arm = load_arm(name)
        for joint in range(arm.num_joints):
            for side in (-1, 1):
                least, speed = at_joint_limit(arm, joint, side, arguments.states, arguments.seed)
                crossed += np.count_nonzero(least <= 0.0)
                print(
                    f"{name} {arm.joint_names[joint]:20} {'+' if side > 0 else '-'} limit: "
                    f"least room {1e3 * least.min():6.1f} mrad, at the end {speed:.3f} rad/s",
                    flush=True,
                )
        for axis in range(3):
            for side in (-1, 1):
                least = at_face(arm, axis, side, arguments.states, arguments.seed)
                crossed += np.count_nonzero(least <= 0.0)
                face = f"{'+' if side > 0 else '-'}{'xyz'[axis]}"
                print(f"{name} box face {face}: least room {1e3 * least.min():6.1f} mm", flush=True)
    bounds = f"{arguments.states} states at each of {18 * len(arguments.arms)} bounds"
    print(f"{bounds}: {crossed} crossed, {time.monotonic() - start:.0f} s")
    return 1 if crossed else 0


if __name__ == "__main__":
    sys.exit(main())
