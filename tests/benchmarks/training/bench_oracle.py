"""How much success the noise of a preset leaves: reach policies beside a controller told all.

    make bench BENCH="oracle [--policy FILE ...] [--randomization PRESET ...] [--episodes 1000]"

The oracle is a plain controller told what no sensor says: the true joint positions now, the
commands that are still on their way, and the gain that they will arrive with. It moves the tool
towards the goal by the pseudo-inverse of its Jacobian, and rests within a dead band. Its gain and
dead band are those of a grid that do best on episodes of their own. What it misses is mostly what
noise on the commands costs, of which nobody is told.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import torch
from torch import Tensor
from written_figures import machine, write

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.policy.evaluation import Act, Evaluation, evaluate
from rl_manip_train.policy.onnx_policy import load_onnx_policy

SHIPPED = Path(__file__).resolve().parents[3] / "policies" / "ur5e_reach" / "policy.onnx"
GAINS = (2.0, 4.0, 8.0)  # [1/s]
DEAD_BANDS = (0.005, 0.01, 0.015)  # [m]
CHOOSING, JUDGING = 777, 12345  # seeds
DAMPING = 0.02  # of the pseudo-inverse [m]


def oracle(kinematics: ToolJacobian, gain: float, dead_band: float) -> Act:
    """Commands from the true state, for ``evaluate``."""

    def act(environment: Environment) -> tuple[Tensor, ...]:
        paths, task = environment._paths.commands, environment.task
        ahead = on_their_way(paths._delayed) * task.control_dt
        tool = kinematics(environment.sim.joint_position + paths._gain * ahead)
        to_goal = task.goal_position - tool.position
        linear = tool.jacobian[:, :3]
        damped = linear @ linear.mT + DAMPING**2 * torch.eye(3)
        away = to_goal.norm(dim=1, keepdim=True) > dead_band
        velocity = (linear.mT @ torch.linalg.solve(damped, gain * to_goal[:, :, None]))[:, :, 0]
        fastest = (velocity.abs() / task.velocity_limit).max(dim=1, keepdim=True).values
        return (away * velocity / paths._gain / fastest.clamp(min=1.0),)

    return act


def on_their_way(line) -> Tensor:
    """(N, n) sum of the commands [rad/s] that have not arrived in full yet."""
    sent = torch.zeros_like(line.last)
    periods = line._whole_periods + line._fraction[:, 0]
    for age in range(len(line._history) - 1):
        value = line._history[(line._newest - age) % len(line._history)]
        sent += (periods - age).clamp(0.0, 1.0)[:, None] * value
    return sent


def main() -> int:
    """Measure, print a table, and write oracle.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--policy", nargs="+", type=Path, default=[SHIPPED], help="of the task reach, on one arm"
    )
    parser.add_argument("--randomization", nargs="+", default=sorted(PRESETS), help="presets")
    parser.add_argument("--episodes", type=int, default=1000)
    arguments = parser.parse_args()
    policies = {str(path): load_onnx_policy(path) for path in arguments.policy}
    arm, task = next(iter(policies.values())).arm_and_task(0)
    kinematics = ToolJacobian(arm.chain)

    def judged(act: Act, preset: str, seed: int) -> Evaluation:
        return evaluate(
            act, arm, task.name, "mujoco", 0.0, PRESETS[preset], arguments.episodes, seed
        )

    figures = {}
    for preset in arguments.randomization:
        known = {pair: oracle(kinematics, *pair) for pair in itertools.product(GAINS, DEAD_BANDS)}
        best = max(known, key=lambda pair: judged(known[pair], preset, CHOOSING).success_rate)
        told = judged(known[best], preset, JUDGING).success_rate
        figures[preset] = {
            "oracle": told,
            "oracle_gain_1_s": best[0],
            "oracle_dead_band_m": best[1],
        }
        for path, policy in policies.items():
            success = judged(policy.act, preset, JUDGING).success_rate
            figures[preset][path] = {"success": success, "over_oracle": success / told}
        print(preset, figures[preset], flush=True)
    write("oracle", {"episodes": arguments.episodes, "machine": machine(), **figures})
    return 0
