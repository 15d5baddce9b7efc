"""metrics.jsonl as readers meet it: growing, cut off in its last line, replaced on a resume."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional

METRICS = "metrics.jsonl"


class MetricsFile:
    """Follows the metrics of a run; it need not exist yet.

    Args:
      run_dir: the run's folder.
    """

    def __init__(self, run_dir: Path) -> None:
        self.path = Path(run_dir) / METRICS
        self.rows: List[Dict[str, Any]] = []
        """Every whole line so far; None stands for a figure that was not finite."""
        self.unreadable = 0
        """Whole lines that are no metrics."""
        self._offset = 0
        self._file_id: Optional[int] = None

    def read(self) -> bool:
        """Take what came since the last call; whether there was anything, or all is anew.

        A line counts once it is whole. Of a file that was replaced, as a resumed run does, or cut
        short, everything is read anew.
        """
        try:
            with self.path.open("rb") as file:
                state = os.fstat(file.fileno())
                replaced = self._file_id not in (None, state.st_ino)
                if replaced or state.st_size < self._offset:
                    self.rows, self.unreadable, self._offset = [], 0, 0
                self._file_id = state.st_ino
                file.seek(self._offset)
                content = file.read()
        except OSError:  # not there yet, or being replaced
            return False
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            self._take(line)
        return bool(whole)

    def _take(self, line: bytes) -> None:
        row = metrics_in(line)
        if row is None:
            self.unreadable += 1
        else:
            self.rows.append(row)


def metrics_in(line: bytes) -> Optional[Dict[str, Any]]:
    """The figures in a line of the file; None where it holds none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("env_steps"), int) else None
