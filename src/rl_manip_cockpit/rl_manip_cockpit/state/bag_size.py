"""Size of a recording that grows."""

from __future__ import annotations

from pathlib import Path
from typing import Optional


def bag_bytes(bag: Optional[Path]) -> Optional[int]:
    """Bytes of all files of a bag's folder; None where it is not on this machine."""
    if bag is None or not bag.is_dir():
        return None
    return sum(file.stat().st_size for file in bag.iterdir() if file.is_file())
