"""Videos of the policy that a run is learning."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import numpy as np
import torch
from torch import nn

from rl_manip_description import Arm
from rl_manip_train.pictures.picture_file import write_pictures
from rl_manip_train.pictures.recording import record_episodes, without_waiting
from rl_manip_train.policy.evaluation import acting
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import task_class

WIDTH, HEIGHT = 280, 210  # [pixels]
EPISODES = 2
EVERY = 2  # control steps from picture to picture
FOLDER = "videos"


class EvaluationVideo:
    """Films the policy, always at the same goals, so that videos compare.

    Args:
      cfg: of the run; every ``video_every``-th evaluation is filmed.
      arm: which arm.
      action_model: what actions mean in the run.

    Raises:
      GraphicsError: this machine cannot draw.
    """

    def __init__(self, cfg: TrainCfg, arm: Arm, action_model: nn.Module) -> None:
        from rl_manip_train.pictures.rendering import ArmPainter  # loads mujoco, so only now

        self._cfg, self._arm, self._evaluations = cfg, arm, 0
        self._action_model = action_model
        task = task_class(cfg.task)(arm, 1, np.random.default_rng(cfg.seed))
        self._control_dt = task.control_dt
        self._painter = ArmPainter(arm, WIDTH, HEIGHT, task.scene)

    @torch.no_grad()
    def film(self, policy: nn.Module, env_steps: int, run_dir: Path) -> Optional[Path]:
        """The file in the run's folder of the policy after ``env_steps``; None if none is due."""
        cfg, count = self._cfg, self._evaluations
        self._evaluations += 1
        if count % cfg.video_every:
            return None
        act = acting(policy, self._action_model)
        moments = record_episodes(
            act, self._arm, cfg.task, "mujoco", EPISODES, cfg.seed, cfg.physics_dt
        )
        shown = without_waiting(moments, self._control_dt)[::EVERY]
        path = run_dir / FOLDER / f"{env_steps:09d}.gif"
        path.parent.mkdir(exist_ok=True)
        write_pictures(self._painter.paint(shown), EVERY * self._control_dt, path)
        return path
