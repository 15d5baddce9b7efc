"""Where a run can be watched: TensorBoard, and Weights & Biases where it is asked for."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any, Dict, List, Protocol

from PIL import Image
from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from rl_manip_train.run.files.run_directory import plain_settings
from rl_manip_train.settings.train_cfg import TrainCfg, TrainCfgError

VIDEO = "eval/video"


class Display(Protocol):
    """Shows what belongs to a number of control steps."""

    def scalars(self, env_steps: int, values: Dict[str, float]) -> None:
        """Figures by name."""

    def histograms(self, env_steps: int, values: Dict[str, Tensor]) -> None:
        """Distributions of values by name."""

    def video(self, env_steps: int, gif: Path) -> None:
        """The policy at work."""

    def close(self) -> None:
        """Write out what is left."""


class TensorBoard:
    """Event files in the run's folder. See ``Display``.

    Args:
      run_dir: the run's folder.
      env_steps: that the run goes on from; what was logged later, before it was killed, is hidden.
    """

    def __init__(self, run_dir: Path, env_steps: int) -> None:
        self._writer = SummaryWriter(str(run_dir), purge_step=env_steps + 1)

    def scalars(self, env_steps: int, values: Dict[str, float]) -> None:
        """See ``Display.scalars``."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, env_steps)

    def histograms(self, env_steps: int, values: Dict[str, Tensor]) -> None:
        """See ``Display.histograms``."""
        for name, value in values.items():
            self._writer.add_histogram(name, value, env_steps)

    def video(self, env_steps: int, gif: Path) -> None:
        """See ``Display.video``: the file as it is; the writer's own method would need moviepy."""
        with Image.open(gif) as picture:
            width, height = picture.size
        image = Summary.Image(
            height=height, width=width, colorspace=3, encoded_image_string=gif.read_bytes()
        )
        summary = Summary(value=[Summary.Value(tag=VIDEO, image=image)])
        self._writer.file_writer.add_summary(summary, env_steps)

    def close(self) -> None:
        """See ``Display.close``."""
        self._writer.close()


class WeightsAndBiases:
    """A run of a project of Weights & Biases; one resumed goes on there. See ``Display``.

    Args:
      run_dir: the run's folder, whose name is the run's.
      cfg: of the run.
    """

    def __init__(self, run_dir: Path, cfg: TrainCfg) -> None:
        self._wandb = wandb_package(cfg.wandb)
        name = run_dir.resolve().name
        self._run = self._wandb.init(
            project=cfg.wandb,
            name=name,
            id=name,
            dir=str(run_dir),
            config=plain_settings(cfg),
            resume="allow",
        )

    def scalars(self, env_steps: int, values: Dict[str, float]) -> None:
        """See ``Display.scalars``."""
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        self._run.log(finite, step=env_steps)

    def histograms(self, env_steps: int, values: Dict[str, Tensor]) -> None:
        """See ``Display.histograms``."""
        drawn = {name: self._wandb.Histogram(value.cpu().numpy()) for name, value in values.items()}
        self._run.log(drawn, step=env_steps)

    def video(self, env_steps: int, gif: Path) -> None:
        """See ``Display.video``."""
        self._run.log({VIDEO: self._wandb.Video(str(gif), format="gif")}, step=env_steps)

    def close(self) -> None:
        """See ``Display.close``."""
        self._run.finish()


def open_displays(cfg: TrainCfg, run_dir: Path, env_steps: int) -> List[Display]:
    """What a run asks to be shown on; ``env_steps`` are those that it goes on from."""
    displays: List[Display] = [TensorBoard(run_dir, env_steps)]
    if cfg.wandb:
        displays.append(WeightsAndBiases(run_dir, cfg))
    return displays


def wandb_package(project: str) -> Any:
    """The package, which the workspace does not install.

    Raises:
      TrainCfgError: it is not installed.
    """
    try:
        return importlib.import_module("wandb")
    except ImportError:
        raise TrainCfgError(
            f"wandb is {project!r}, but the trainer's Python has no package wandb; pip install "
            "wandb, or leave wandb empty"
        ) from None
