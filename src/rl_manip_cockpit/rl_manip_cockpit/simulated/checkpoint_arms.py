"""The newest checkpoint's policy on a few arms, while its training goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Optional, Tuple

import numpy as np

from rl_manip_cockpit.simulated.copies import copies_of, rewards_of
from rl_manip_cockpit.state.arm_copy import ArmCopy
from rl_manip_cockpit.state.run_seen import CheckpointSeen
from rl_manip_description import Arm
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.export import export_policy
from rl_manip_train.policy.onnx_policy import OnnxPolicy, load_onnx_policy
from rl_manip_train.run.checkpoint_policy import checkpoint_policy
from rl_manip_train.run.files.checkpoint import checkpoints
from rl_manip_train.run.files.run_directory import CHECKPOINTS
from rl_manip_train.tasks import task_class

BACKEND = "mujoco"


class CheckpointArms:
    """Loads a checkpoint as soon as it is there, as the file that would be exported of it.

    Args:
        run_dir: the run's folder, which need not exist yet.
        count: of arms.
        seed: of start poses, goals and physics.
    """

    def __init__(self, run_dir: Path, count: int, seed: int) -> None:
        self._folder = run_dir / CHECKPOINTS
        self._count, self._seed = count, seed
        self._tried: Optional[Tuple[str, int]] = None
        self._policy: Optional[OnnxPolicy] = None
        self._environment: Optional[Environment] = None
        self.arm: Optional[Arm] = None
        """Which arm; None before there is a checkpoint."""
        self.seen = CheckpointSeen()
        """How its policy does."""
        self._ended = self._met = 0

    @property
    def control_dt(self) -> Optional[float]:
        """Time between two steps [s]; None before there is a checkpoint."""
        return None if self._policy is None else self._policy.metadata.control_dt

    def refresh(self) -> None:
        """Takes the newest checkpoint, if it is another one; one that is torn changes nothing."""
        newest = self._newest()
        if newest is None or newest == self._tried:
            return
        self._tried = newest
        path = self._folder / newest[0]
        try:
            self._take(path)
        except (ValueError, OSError) as error:
            self.seen = CheckpointSeen(path.name, trouble=str(error))

    def advance(self) -> None:
        """One control period of every arm."""
        if self._environment is None or self._policy is None:
            return
        environment = self._environment
        step = environment.drive(self._policy.act(environment))
        self._ended += int((step.terminated | step.truncated).sum())
        self._met += int(step.success.sum())
        rewards = rewards_of(environment, step)
        self.seen = CheckpointSeen(
            self.seen.name, self.seen.env_steps, self._ended, self._met, rewards, self.seen.trouble
        )

    def look(self) -> Tuple[ArmCopy, ...]:
        """Every arm as it is now; none before there is a checkpoint."""
        return () if self._environment is None else copies_of(self._environment)

    def _newest(self) -> Optional[Tuple[str, int]]:
        """Name and time of the newest file."""
        try:
            path = checkpoints(self._folder)[-1]
            return path.name, path.stat().st_mtime_ns
        except (IndexError, OSError):  # none yet, or being replaced
            return None

    def _take(self, checkpoint: Path) -> None:
        model, metadata = checkpoint_policy(checkpoint)
        with tempfile.TemporaryDirectory(prefix="watch_") as folder:
            path = Path(folder) / "policy.onnx"
            export_policy(model, metadata, path)
            policy = load_onnx_policy(path)
        if self._environment is None:
            self.arm = policy.arm_and_task()[0]
            generator = np.random.default_rng(self._seed)
            task = task_class(metadata.task)(self.arm, self._count, generator)
            ranges = RandomizationCfg.from_dict(metadata.randomization)
            self._environment = Environment(
                task, self.arm, BACKEND, self._count, 0.0, ranges, self._seed, True, num_threads=1
            )
        self._policy, self._ended, self._met = policy, 0, 0
        self.seen = CheckpointSeen(checkpoint.name, metadata.training.env_steps)
