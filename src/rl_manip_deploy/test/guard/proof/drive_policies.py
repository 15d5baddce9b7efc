"""Lets policies drive arms from random starts to random goals, with and without the guard.

  python src/rl_manip_deploy/test/guard/proof/drive_policies.py [--starts 1000] [--seed 0]
      [--policies NAME ...]

Of each policy of policies/ that needs no object. Arms follow commands with a delay and a lag;
nothing stops them where they touch something. MuJoCo judges how near parts, table and arm come.
A goal is lost by the guard where the same arm reaches it without the guard and touches nothing on
its way. Exit code 1 where the guard lets anything touch, or loses a hundredth of the goals.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from late_arms import LateArms
from true_distances import TrueDistances

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.policy.policy_file import Policy, load_policy
from rl_manip_description import HalfShell

POLICIES = Path(__file__).resolve().parents[5] / "policies"
TIME = 6.0  # [s] for each goal
PERIOD = 0.008  # [s] of states and commands
AT_ONCE = 250
LOST = 0.01  # share of the goals that the guard may cost
LOOK = 0.02  # [s] between two looks at how near an arm is to itself


class Outcome(NamedTuple):
    """What became of each of some goals."""

    reached: np.ndarray  # (goals,) whether the tool rests there in the end
    nearest: np.ndarray  # (goals,) [m] least room of parts and table on the way, by MuJoCo


class Unguarded:
    """In the guard's place: requests become commands."""

    def __init__(self, safe: SafeMotion) -> None:
        self.limits = safe.limits

    def step(self, request, motion, joint_position, time_step, scaling=1.0, pending=None):
        return motion._replace(velocity=np.array(request), acceleration=0.0 * motion.velocity)


def starts_and_goals(rng: np.random.Generator, policy: Policy, count: int) -> tuple:
    """Poses (count, n) [rad] that touch nothing, goals (count, 3) [m], orientations (count, 4)."""
    arm = policy.arm
    space = SafeMotion(arm, arm_limits(arm)).space
    spread = np.array([*arm.practice.start_spread[:-1], np.pi])  # of home, as in training [rad]
    poses = np.zeros((0, arm.num_joints))
    while len(poses) < count:
        drawn = arm.home + rng.uniform(-1.0, 1.0, (2 * count, arm.num_joints)) * spread
        poses = np.append(poses, drawn[np.all(space.rooms(drawn) > 0.0, axis=1)], axis=0)
    goals = HalfShell.from_dict(policy.metadata.goal_region).sample(count, rng)
    # orientations that arms have in such poses
    turned = arm.home + rng.uniform(-0.5, 0.5, (count, arm.num_joints))
    return poses[:count], goals, arm.forward_kinematics(turned).quaternion


def drive(policy: Policy, guarded: bool, poses, goals, orientations, seed: int = 0) -> Outcome:
    """Every start pose to its goal."""
    arm = policy.arm
    safe = SafeMotion(arm, arm_limits(arm))
    arms = LateArms(
        safe if guarded else Unguarded(safe),
        poses,
        state_period=PERIOD,
        state_delay=0.004,
        command_delay=0.008,
        lag=0.01,
        seed=seed,
        checked=guarded,
    )
    looked_at, near = [], []
    request, memories = np.zeros_like(poses), [None] * len(poses)
    every = round(policy.metadata.control_dt / 0.001)
    for cycle in range(round(TIME / 0.001)):
        if cycle % every == 0:
            commands = [
                policy.act(
                    {
                        "joint_position": position,
                        "joint_velocity": velocity,
                        "goal_position": goal,
                        "goal_orientation": orientation,
                    },
                    memory,
                )
                for position, velocity, goal, orientation, memory in zip(
                    arms.position, arms.velocity, goals, orientations, memories
                )
            ]
            request = np.array([command.joint_velocity for command in commands])
            memories = [command.memory for command in commands]
        arms.tick(lambda _, request=request: request)
        if cycle % round(LOOK / 0.001) == 0:
            looked_at.append(arms.position.copy())
            near.append(safe.space.view(arms.position).room.min(axis=1))
    criterion = policy.metadata.success
    pose = arm.forward_kinematics(arms.position)
    away = np.linalg.norm(pose.position - goals, axis=1)
    linear = np.einsum("kij,kj->ki", arm.jacobian(arms.position)[:, :3], arms.velocity)
    slow = np.linalg.norm(linear, axis=1) < criterion.speed_m_s
    reached = (away < criterion.distance_m) & slow
    if criterion.angle_rad is not None:
        cosine = np.abs(np.sum(pose.quaternion * orientations, axis=1)).clip(0.0, 1.0)
        reached &= 2.0 * np.arccos(cosine) < criterion.angle_rad
    return Outcome(reached, _nearest(TrueDistances(arm), looked_at, near))


def drive_all(policy: Policy, guarded: bool, given: tuple) -> Outcome:
    """The same for many of them, `AT_ONCE` at a time."""
    begins = range(0, len(given[0]), AT_ONCE)
    parts = [drive(policy, guarded, *(x[i : i + AT_ONCE] for x in given)) for i in begins]
    return Outcome(*map(np.concatenate, zip(*parts)))


def _nearest(truth: TrueDistances, looked_at: list, near: list) -> np.ndarray:
    """Least room of each arm: MuJoCo looks at the poses where spheres round the parts are near."""
    least = np.full(len(looked_at[0]), np.inf)
    for poses, room in zip(looked_at, near):
        for number in np.flatnonzero(room < 0.0):
            truth.move(poses[number], 0.0425)
            found = min(truth.between_parts(), truth.above(0.0))
            least[number] = min(least[number], found)
    return least


def main() -> int:
    """0 where nothing touches behind the guard, and hardly a goal is lost by it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=1000, help="random starts per policy")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--policies", nargs="+", default=[])
    arguments = parser.parse_args()
    begun, touched, lost, total = time.monotonic(), 0, 0, 0
    for path in sorted(POLICIES.rglob("policy.onnx")):
        policy = load_policy(path)
        wanted = not arguments.policies or path.parent.name in arguments.policies
        if policy.reads_object or not wanted:
            continue
        rng = np.random.default_rng(arguments.seed)
        given = starts_and_goals(rng, policy, arguments.starts)
        free, kept = (drive_all(policy, guarded, given) for guarded in (False, True))
        clean = free.reached & (free.nearest > 0.0)
        losses = np.count_nonzero(clean & ~kept.reached)
        touches = np.count_nonzero(kept.nearest <= 0.0)
        print(
            f"{path.parent.name}: reached {np.mean(free.reached):.1%} without the guard, touching "
            f"on {np.mean(free.nearest <= 0.0):.1%} of the ways; behind it "
            f"{np.mean(kept.reached):.1%}, touching on {touches}, nearest "
            f"{1e3 * kept.nearest.min():.1f} mm; {losses} goals lost ({losses / len(clean):.2%})",
            flush=True,
        )
        touched, lost, total = touched + touches, lost + losses, total + len(clean)
    print(
        f"{total} goals: {touched} touched behind the guard, {lost} lost by it "
        f"({lost / max(total, 1):.2%}), {time.monotonic() - begun:.0f} s"
    )
    return 1 if touched or lost > LOST * total else 0


if __name__ == "__main__":
    sys.exit(main())
