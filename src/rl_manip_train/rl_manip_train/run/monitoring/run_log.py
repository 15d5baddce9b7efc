"""Where the figures of a training run go: metrics.jsonl, and what it can be watched on."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Dict, List, Optional

import torch
from torch import Tensor, nn

from rl_manip_description.contract.whole_file import replacing
from rl_manip_train.algorithms.networks.memory_actor import answer, memory_width
from rl_manip_train.pictures.evaluation_video import EvaluationVideo
from rl_manip_train.run.files.metrics_file import METRICS, metrics_in
from rl_manip_train.run.monitoring.displays import Display


class RunLog:
    """Appends one line of metrics per iteration, flushed, so that a killed run keeps its log.

    Args:
      run_dir: the run's folder.
      env_steps: that the run goes on from; what was logged later, before it was killed, is dropped.
      displays: that show it, too.
      video: films the policy for them; None for no films.
    """

    def __init__(
        self,
        run_dir: Path,
        env_steps: int,
        displays: List[Display],
        video: Optional[EvaluationVideo] = None,
    ) -> None:
        self._run_dir, self._video = Path(run_dir), video
        path = self._run_dir / METRICS
        if path.exists():
            _keep_until(env_steps, path)
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._displays = displays

    def write(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """Record ``metrics`` at ``env_steps``; a figure that is not finite is null in the file."""
        line = {"env_steps": env_steps}
        for name, value in metrics.items():
            line[name] = value if math.isfinite(value) else None
        for display in self._displays:
            display.scalars(env_steps, metrics)
        self._file.write(json.dumps(line) + "\n")

    @torch.no_grad()
    def show_policy(self, env_steps: int, policy: nn.Module, features: Tensor) -> None:
        """Distributions of weights and of actions on features (N, d), and now and then a film.

        A policy that remembers acts as if it knew nothing yet.
        """
        values = {f"policy/{name}": weights for name, weights in policy.named_parameters()}
        nothing = features.new_zeros(len(features), memory_width(policy))
        for index, action in enumerate(answer(policy, features, nothing)[0].T):
            values[f"action/{index}"] = action
        gif = self._video.film(policy, env_steps, self._run_dir) if self._video else None
        for display in self._displays:
            display.histograms(env_steps, values)
            if gif is not None:
                display.video(env_steps, gif)

    def close(self) -> None:
        """Flush and close everything."""
        self._file.close()
        for display in self._displays:
            display.close()


def _keep_until(env_steps: int, path: Path) -> None:
    """Leave in ``path`` the whole lines of up to ``env_steps``, and none that are no metrics."""
    lines = path.read_bytes().splitlines(keepends=True)
    rows = [metrics_in(line) if line.endswith(b"\n") else None for line in lines]
    kept = [line for line, row in zip(lines, rows) if row and row["env_steps"] <= env_steps]
    if len(kept) < len(lines):
        with replacing(path) as temporary:
            temporary.write_bytes(b"".join(kept))
