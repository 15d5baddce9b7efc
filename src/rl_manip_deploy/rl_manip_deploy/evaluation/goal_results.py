"""Goals to drive to, and evaluation.json; without ROS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Mapping, Sequence

import numpy as np
import yaml

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_deploy.guard.guard_limits import tool_levers
from rl_manip_description import Arm, HalfShell
from rl_manip_description.goals.goal_poses import GoalPoseCfg, GoalPoses
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_description.paths import path_of

MOST_GOALS = 10_000
_UPRIGHT = (0.0, 0.0, 0.0, 1.0)


class GoalsError(ValueError):
    """Goals that are neither a number nor a list of reachable points."""


def read_goals(
    goals: str, seed: int, region: HalfShell, arm: Arm, turned: bool = False
) -> np.ndarray:
    """Goals in the base frame, (count, 7): position [m] and quaternion xyzw.

    Args:
        goals: a number, drawn from `region` with `seed`; or a YAML or JSON file, [[x, y, z], ...],
            where goals are turned [[x, y, z, qx, qy, qz, qw], ...].
        arm: whose tool is to reach them. Drawn goals are those of its tool by its data sheet.
        turned: whether orientation counts. Drawn goals are then poses that training would draw.

    Raises:
        GoalsError: not a count from 1 to 10,000, no such file, not as many finite numbers each, or
            a point out of the arm's reach.
    """
    if is_count(goals):
        if not 1 <= int(goals) <= MOST_GOALS:
            raise GoalsError(f"goals is {goals}: give 1 to {MOST_GOALS} goals, or a file of them.")
        rng = np.random.default_rng(seed)
        if turned:
            return GoalPoses(with_tool(arm, None), GoalPoseCfg(), rng).draw(int(goals)).pose
        points = region.sample(int(goals), rng)
        return np.hstack((points, np.tile(_UPRIGHT, (len(points), 1))))
    try:
        listed = yaml.safe_load(path_of(goals).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise GoalsError(
            f"goals is {goals!r}: give a number, or a YAML or JSON file of [[x, y, z], ...]."
        ) from None
    if not isinstance(listed, list) or not listed:
        raise GoalsError(f"{goals} holds {listed!r}: expected a list of goals [[x, y, z], ...].")
    return np.array([_checked(goals, i, point, arm, turned) for i, point in enumerate(listed)])


def is_count(goals: str) -> bool:
    """Whether `goals` is a number of goals to draw rather than a file of them."""
    return goals.lstrip("+-").isdigit()


def where_it_stands(goal: np.ndarray, region: HalfShell, standing: np.ndarray) -> np.ndarray:
    """A drawn goal (7,) for an object that stands at `standing` (3,) [m] on the table.

    Where the region reaches down to the table, goals are places on it: the object's middle is to
    come to the height that it has now. Goals of regions in the air are left as they are.
    """
    on_table = region.min_height <= standing[2]
    return np.concatenate((goal[:2], standing[2:], goal[3:])) if on_table else goal


def _checked(goals: str, index: int, point: object, arm: Arm, turned: bool) -> np.ndarray:
    try:
        goal = np.array(point, dtype=float)
    except (TypeError, ValueError):
        goal = np.array(np.nan)
    if goal.shape == (3,) and not turned:
        goal = np.append(goal, _UPRIGHT)
    if goal.shape != (7,) or not np.all(np.isfinite(goal)):
        expected = "x, y, z [m] and a quaternion xyzw" if turned else "three finite numbers [m]"
        raise GoalsError(f"{goals}: goal {index} is {point!r}, expected {expected}.")
    if abs(np.linalg.norm(goal[3:]) - 1.0) > 0.01:
        raise GoalsError(f"{goals}: goal {index} is {point!r}, and no unit quaternion.")
    reach = tool_levers(arm)[0]
    distance = float(np.linalg.norm(goal[:3] - arm.chain.origins[0, :3, 3]))
    if distance > reach or goal[2] < 0.0:
        raise GoalsError(
            f"{goals}: goal {index} {point!r} is out of reach of the {arm.name}, which gets "
            f"{reach:.3f} m far from its shoulder and stands on a table at z = 0."
        )
    return goal


def write_evaluation(
    run_dir: Path, about: Mapping[str, object], results: Sequence[GoalResult]
) -> Path:
    """Writes run_dir/evaluation.json in one go.

    Args:
        about: {"arm", "hardware", "policy", "task", "seed", "tool", "kinematics"}.
    """
    times = [r.time_to_goal_s for r in results if r.time_to_goal_s is not None]
    distances = [r.final_distance_m for r in results if r.final_distance_m is not None]
    summary = {
        **about,
        "goals": len(results),
        "successes": len(times),
        "mean_final_distance_m": float(np.mean(distances)) if distances else None,
        "mean_time_to_goal_s": float(np.mean(times)) if times else None,
        "per_goal": [
            {
                "position": list(r.position),
                "success": r.success,
                "final_distance_m": r.final_distance_m,
                "time_to_goal_s": r.time_to_goal_s,
            }
            for r in results
        ],
    }
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / "evaluation.json"
    unfinished = path.with_suffix(".json.part")
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path
