"""Where the figures of a training run go: metrics.jsonl and TensorBoard."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Dict

from torch.utils.tensorboard import SummaryWriter

from rl_manip_train.atomic_file import replacing

METRICS = "metrics.jsonl"


class RunLog:
    """Appends one line of metrics per iteration, flushed, so that a killed run keeps its log.

    Args:
      run_dir: the run's folder.
      env_steps: that the run goes on from; what was logged later, before it was killed, is dropped.
    """

    def __init__(self, run_dir: Path, env_steps: int = 0) -> None:
        path = Path(run_dir) / METRICS
        if path.exists():
            _keep_until(env_steps, path)
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._tensorboard = SummaryWriter(str(run_dir), purge_step=env_steps + 1)

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


def _keep_until(env_steps: int, path: Path) -> None:
    """Leave in ``path`` the whole lines of up to ``env_steps``."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line for line in lines if line.endswith("\n") and json.loads(line)["env_steps"] <= env_steps
    ]
    if len(kept) < len(lines):
        with replacing(path) as temporary:
            temporary.write_text("".join(kept), encoding="utf-8")
