"""``ros2 run rl_manip_train render``: a picture sequence of a policy at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from typing_extensions import Annotated

from rl_manip_train.commands import EPISODES, SEEDS, check_bounds, make_arm_known, run_command
from rl_manip_train.pictures.graphics import start_graphics
from rl_manip_train.pictures.picture_file import check_picture_path, write_pictures
from rl_manip_train.pictures.recording import record_episodes, without_waiting
from rl_manip_train.policy.onnx_policy import load_onnx_policy


@dataclass(frozen=True)
class RenderCommand:
    """Draw an exported policy at work in simulation, goal after goal."""

    policy: tyro.conf.Positional[Path]
    """The policy's ONNX file."""
    arm: str = ""
    """YAML file of the policy's arm, where it is not known by its name."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("policy.gif")
    """File to write: .gif, .mp4, or the name of a folder for PNG files."""
    episodes: int = 3
    """Goals to reach."""
    seed: int = 0
    """Seed of the first pose and of the goals."""
    width: int = 560
    """Width of the pictures [pixels]."""
    height: int = 420
    """Height of the pictures [pixels]."""
    every: int = 2
    """Draw every so many control steps."""
    physics_dt: float = 0.0
    """Simulation step [s]; 0 for the task's own."""


def main() -> None:
    """Entry point."""
    run_command("render", RenderCommand, run)


def run(command: RenderCommand) -> None:
    """Simulate, draw and write."""
    torch.set_num_threads(1)
    size, every = (16, 10_000), (1, 1_000)  # [pixels], [control steps]
    check_bounds(command, episodes=EPISODES, width=size, height=size, every=every, seed=SEEDS)
    check_picture_path(command.output)
    start_graphics()
    from rl_manip_train.pictures.rendering import ArmPainter  # loads mujoco, so only now

    policy = load_onnx_policy(command.policy)
    make_arm_known(command.arm, policy.metadata.arm)
    arm, task = policy.arm_and_task()
    painter = ArmPainter(arm, command.width, command.height, task.scene)
    control_dt = policy.metadata.control_dt
    moments = record_episodes(
        policy.act,
        arm,
        policy.metadata.task,
        "mujoco",
        command.episodes,
        command.seed,
        command.physics_dt,
        control_dt,
    )
    shown = without_waiting(moments, control_dt)[:: command.every]
    write_pictures(painter.paint(shown), command.every * control_dt, command.output)
    painter.close()
    met = len({one.episode for one in moments if one.at_goal})
    print(f"{command.output}: {len(shown)} pictures, {met} of {command.episodes} goals met")


if __name__ == "__main__":
    main()
