"""Where the figures of a training run go: metrics.jsonl and TensorBoard."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Dict

from torch.utils.tensorboard import SummaryWriter


class RunLog:
    """Appends one line of metrics per iteration, flushed, so that a killed run keeps its log.

    Args:
      run_dir: the run's folder.
    """

    def __init__(self, run_dir: Path) -> None:
        path = Path(run_dir) / "metrics.jsonl"
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._tensorboard = SummaryWriter(str(run_dir))

    def write(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """Record ``metrics`` at ``env_steps``; a figure that is not finite is null in the file."""
        line = {"env_steps": env_steps}
        for name, value in metrics.items():
            line[name] = value if math.isfinite(value) else None
            self._tensorboard.add_scalar(name, value, env_steps)
        self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """Flush and close both."""
        self._file.close()
        self._tensorboard.close()
