"""Robots and cells drawn at random: gripper or none, a payload, zones."""

from __future__ import annotations

import numpy as np

from rl_manip_deploy.guard.guard_limits import GuardLimits, tightened
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.guard.space.guarded_space import Surroundings
from rl_manip_deploy.guard.space.payload import Payload
from rl_manip_deploy.guard.space.zones import Zone, zone_from
from rl_manip_description import Arm, load_arm

_LOWEST_GRIPPER = 0.1  # with what it may carry [m]
GRIPPER = "robotiq_2f85"


def random_robot(rng: np.random.Generator, name: str) -> tuple[Arm, Surroundings, SafeMotion]:
    """An arm with what it carries and what is around it, and the guard's function for it."""
    while True:
        arm = with_gripper(name) if rng.random() < 0.7 else load_arm(name)
        payload = _payload(rng) if rng.random() < 0.5 else None
        around = Surroundings(tuple(_zones(rng, arm)), payload)
        try:
            safe = SafeMotion(arm, _limits(rng, arm), around)
        except ValueError:  # the payload is in the way of the arm itself
            continue
        if safe.space.rooms(arm.home[None]).min() > 0.0:
            return arm, around, safe


def with_gripper(name: str) -> Arm:
    """The arm with a gripper, or without one where that would be in the floor at home."""
    arm = load_arm(name, GRIPPER)
    above = arm.forward_kinematics(arm.home).position[2]
    return arm if above > _LOWEST_GRIPPER else load_arm(name)


def free_poses(rng: np.random.Generator, safe: SafeMotion, count: int) -> np.ndarray:
    """Poses (count, n) [rad] inside position limits, with room before everything."""
    lower, upper = position_range(safe)
    poses = np.zeros((0, len(lower)))
    while len(poses) < count:
        drawn = rng.uniform(lower + 0.1, upper - 0.1, (200, len(lower)))
        poses = np.append(poses, drawn[np.all(safe.space.rooms(drawn) > 0.0, axis=1)], axis=0)
    return poses[:count]


def position_range(safe: SafeMotion) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest positions (n,) [rad] to draw from; two turns of a joint without limits."""
    lower, upper = safe.limits.position_lower, safe.limits.position_upper
    turns = 2.0 * np.pi
    return np.where(np.isinf(lower), -turns, lower), np.where(np.isinf(upper), turns, upper)


def _limits(rng: np.random.Generator, arm: Arm) -> GuardLimits:
    velocity = rng.uniform(0.3, 1.0) * arm.limits.velocity
    reach = 1.2 * float(np.linalg.norm(arm.chain.origins[1:4, :3, 3], axis=1).sum())
    size = rng.uniform(0.6, 1.0, 3) * reach
    lowest = rng.uniform(-0.02, 0.03)
    box = {"tool_lower": [*-size[:2], lowest], "tool_upper": [*size[:2], size[2] + 0.2]}
    return tightened(arm, {"velocity": velocity, **box})


def _payload(rng: np.random.Generator) -> Payload:
    center, rpy = (0.0, 0.0, rng.uniform(0.0, 0.05)), tuple(rng.uniform(-0.5, 0.5, 3))
    kind = rng.choice(["box", "cylinder", "capsule", "sphere"])
    size = {"box": 3, "cylinder": 2, "capsule": 2, "sphere": 1}[str(kind)]
    return Payload(str(kind), tuple(rng.uniform(0.01, 0.05, size)), center, rpy)


def _zones(rng: np.random.Generator, arm: Arm) -> list[Zone]:
    home = arm.forward_kinematics(arm.home).position
    zones = []
    for number in range(rng.integers(0, 3)):
        angle = rng.uniform(0.5, 2.0 * np.pi - 0.5)
        away = 0.25 + 0.6 * rng.random()
        box = {"center": [away * np.cos(angle), away * np.sin(angle), rng.uniform(0.0, 0.6)]}
        box["size"] = rng.uniform(0.05, 0.3, 3).tolist()
        box["rpy"] = rng.uniform(-1.0, 1.0, 3).tolist()
        applies = "all" if rng.random() < 0.7 else "tool"
        about = {"name": f"box {number}", "kind": "box", "keep": "out", "applies_to": applies}
        zones.append(zone_from({**about, **box}))
    if rng.random() < 0.5:
        normal = np.append(rng.normal(size=2), 0.0)
        point = home - rng.uniform(0.3, 0.8) * normal / np.linalg.norm(normal)
        about = {"name": "wall", "kind": "half_space", "keep": "in"}
        zones.append(zone_from({**about, "point": point.tolist(), "normal": normal.tolist()}))
    return zones
