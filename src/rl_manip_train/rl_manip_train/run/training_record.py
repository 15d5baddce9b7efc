"""What a policy says of how it came to be."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Optional

from rl_manip_description.contract.policy_contract import TrainingRecord
from rl_manip_train.settings.train_cfg import TrainCfg


def training_record(
    cfg: TrainCfg,
    backend: str,
    env_steps: int,
    wall_s: float,
    command: str,
    success_rate: Optional[float] = None,
) -> TrainingRecord:
    """The record of a policy.

    Args:
      cfg: that it is trained with.
      backend: simulator backend.
      env_steps: control steps of all arms together.
      wall_s: time spent [s].
      command: command line that trains it again.
      success_rate: share of the evaluation's episodes that were met [1]; None without one.
    """
    return TrainingRecord(
        algorithm=_algorithm(cfg),
        backend=backend,
        env_steps=env_steps,
        seed=cfg.seed,
        git_revision=git_revision(),
        success_rate=success_rate,
        wall_s=round(wall_s, 1),
        command=command,
    )


def _algorithm(cfg: TrainCfg) -> str:
    """What the policy was learned by."""
    if not cfg.algorithm.guided_steps:
        return cfg.algo
    if cfg.algo == "ppo":
        return "imitation, then ppo"
    return f"{cfg.algo}, with a guide's experience"


def git_revision() -> str:
    """Commit of the checkout that this file belongs to, with -dirty, or ``unknown``."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        result = subprocess.run(
            command,
            cwd=Path(__file__).resolve().parent,
            capture_output=True,
            text=True,
            timeout=10.0,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return result.stdout.strip()
