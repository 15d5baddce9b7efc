"""Lets a policy bring tools that it was not trained with to goals of its region; no guard, no ROS.

  python src/rl_manip_deploy/test/guard/proof/drive_with_tool.py [--policy FILE] [--goals 20]
      [--tools X,Y,Z ...]

The arm sets out from home and does what it is told, within its acceleration limit, as in training.
Prints how many goals the given tool meets, and how near it comes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import Policy, load_policy
from rl_manip_description import HalfShell
from rl_manip_description.model.own_kinematics import with_written_tool

SHIPPED = Path(__file__).resolve().parents[5] / "policies" / "ur5e_reach" / "policy.onnx"
TIME = 5.0  # [s] for each goal


def distances(policy: Policy, tool: str, count: int, seed: int = 0) -> np.ndarray:
    """Distances [m] of a tool, as `tool_numbers` reads it, from its goals in the end, (count,)."""
    arm = with_written_tool(policy.arm, tool)
    region = HalfShell.from_dict(policy.metadata.goal_region)
    goals = region.sample(count, np.random.default_rng(seed))
    ends = np.array([_driven(policy, arm, goal) for goal in goals])
    return np.linalg.norm(arm.forward_kinematics(ends).position - goals, axis=1)


def _driven(policy: Policy, arm, goal: np.ndarray) -> np.ndarray:
    """Joint positions (n,) [rad] where the arm ends that is sent to a goal (3,) [m]."""
    follower = GoalFollower(policy)
    follower.take_kinematics(arm)
    follower.on_guard_state("armed", 0.0)
    period = policy.metadata.control_dt
    change = arm.limits.acceleration * period
    joints, velocity = arm.home.copy(), np.zeros(arm.num_joints)
    for step in range(round(TIME / period)):
        now = step * period
        follower.on_joint_state(arm.joint_names, joints, velocity, now)
        if step == 0 and (refusal := follower.take_goal(arm.base_frame, (*goal, 0, 0, 0, 1), now)):
            raise ValueError(refusal)
        asked = follower.act(now).joint_velocity
        velocity = np.clip(asked, velocity - change, velocity + change)
        joints = joints + period * velocity
    return joints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--policy", type=Path, default=SHIPPED)
    parser.add_argument("--goals", type=int, default=20)
    parser.add_argument("--tools", nargs="+", default=["0,0,0.1", "0,0,0.2", "0.08,0,0.12"])
    given = parser.parse_args()
    policy = load_policy(given.policy)
    for tool in given.tools:
        away = distances(policy, tool, given.goals)
        met = np.count_nonzero(away <= policy.metadata.success.distance_m)
        print(
            f"tool {tool}: {met} of {len(away)} goals met, {1e3 * np.median(away):.1f} mm in the "
            f"middle, {1e3 * away.max():.1f} mm at most",
            flush=True,
        )


if __name__ == "__main__":
    main()
