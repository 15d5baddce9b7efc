"""What was not finite in a run, written down with the tensors that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional

import torch
from torch import Tensor

from rl_manip_description.contract.whole_file import replacing

FOLDER = "not_finite"
KEPT = 5
"""Files of one run: the first ones tell most, and a disk must not fill up with the others."""


class Incidents:
    """Writes files to a run's folder.

    Args:
      run_dir: the run's folder.
      rank: of the process that writes.
    """

    def __init__(self, run_dir: Path, rank: int = 0) -> None:
        self._folder = Path(run_dir) / FOLDER
        if rank:
            self._folder /= f"process_{rank}"
        self._written = len(list(self._folder.glob("*.pt"))) if self._folder.is_dir() else 0

    def record(self, what: str, env_steps: int, tensors: Dict[str, Tensor]) -> Optional[str]:
        """Write ``tensors`` down, unless ``KEPT`` files are there already.

        Args:
          what: was not finite.
          env_steps: control steps made before.
          tensors: that it came from, by name.

        Returns:
          A sentence for the user; None if nothing was written.
        """
        if self._written >= KEPT:
            return None
        self._written += 1
        path = self._folder / f"{self._written}_{what.replace(' ', '_')}.pt"
        content = {"what": what, "env_steps": env_steps}
        try:
            with replacing(path) as temporary:
                copies = {name: value.detach().clone() for name, value in tensors.items()}
                torch.save({**content, "tensors": copies}, temporary)
        except (OSError, RuntimeError) as error:  # torch raises the latter when the disk is full
            return f"{what} not finite after {env_steps:,} steps, and {path} not written: {error}"
        return f"{what} not finite after {env_steps:,} steps; nothing learned from it, see {path}"
