"""``ros2 run rl_manip_train evaluate``: how well a policy file does its task in simulation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

import torch
import tyro
from typing_extensions import Annotated

from rl_manip_description.contract.whole_file import write_text
from rl_manip_train.commands import EPISODES, SEEDS, check_bounds, make_arm_known, run_command
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_card import policy_card
from rl_manip_train.policy.policy_evaluation import run_trials

ALL = "all"
BESIDE = "policy.gif"
SHOWN = re.compile(r"^!\[.*\]\((.+)\)$", re.MULTILINE)
"""A picture in a card."""


@dataclass(frozen=True)
class EvaluateCommand:
    """Run an exported policy over fresh episodes in simulation and say how it did."""

    policy: tyro.conf.Positional[Path]
    """The policy's ONNX file."""
    arm: str = ""
    """YAML file of the policy's arm, where it is not known by its name."""
    episodes: int = 1000
    """Fresh episodes, all side by side."""
    seed: int = 12345
    """Seed of start poses, goals, physics and noise."""
    randomization: Tuple[str, ...] = ("default",)
    """Presets (none, default, aggressive, chapter, slow_joints, contact) or YAML files of ranges;
    each is a trial of its own."""
    backend: str = "auto"
    """Simulator backend; auto takes the fastest that this machine has."""
    object_shapes: Tuple[str, ...] = (ALL,)
    """Shapes (box, cylinder, sphere), each a trial of its own; all for one trial with all."""
    physics_dt: float = 0.0
    """Simulation step [s]; 0 for the task's own."""
    json: Annotated[Optional[Path], tyro.conf.arg(metavar="FILE")] = None
    """Also write the figures to this JSON file."""
    card: Annotated[Optional[Path], tyro.conf.arg(metavar="FILE")] = None
    """Also write the policy's card to this Markdown file."""


def main() -> None:
    """Entry point."""
    run_command("evaluate", EvaluateCommand, run)


def run(command: EvaluateCommand) -> None:
    """Evaluate, print, and write what was asked for."""
    torch.set_num_threads(1)
    check_bounds(command, episodes=EPISODES, seed=SEEDS)
    policy = load_onnx_policy(command.policy)
    make_arm_known(command.arm, policy.metadata.arm)
    trials = run_trials(
        command.policy,
        policy,
        command.randomization,
        command.backend,
        command.episodes,
        command.seed,
        command.physics_dt,
        ["" if shape == ALL else shape for shape in command.object_shapes],
    )
    if command.json is not None:
        figures = {
            "policy": str(command.policy),
            "arm": policy.metadata.arm,
            "task": policy.metadata.task,
            "trials": [trial.to_dict() for trial in trials],
        }
        write_text(command.json, json.dumps(figures, indent=2) + "\n")
    if command.card is not None:
        write_text(command.card, policy_card(policy.metadata, trials, _picture(command.card)))


def _picture(card: Path) -> Optional[str]:
    """The picture beside a card that is to be written, or the one that it shows already."""
    if card.with_name(BESIDE).exists():
        return BESIDE
    before = card.read_text(encoding="utf-8") if card.exists() else ""
    shown = SHOWN.search(before)
    return shown and shown[1]


if __name__ == "__main__":
    main()
