"""Checkpoints of a training run."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional

import torch

from rl_manip_description.contract.whole_file import replacing

KEPT = 3
"""Checkpoints that stay on disk; older ones are removed after a newer one is safe."""


class CheckpointError(ValueError):
    """A checkpoint that cannot be loaded; the message says why."""


def save_checkpoint(folder: Path, iteration: int, state: Dict[str, Any]) -> Path:
    """Write ``state`` to ``folder``; a crash at any moment leaves the earlier checkpoints whole.

    Later ones, of a run that went back to one before them, go: else they would be the newest.

    Returns:
      The file's path.

    Raises:
      OSError: it cannot be written: no room, no permission.
    """
    path = Path(folder) / f"{iteration:06d}.pt"
    content = io.BytesIO()  # torch does not say why it could not write to a file
    torch.save(state, content)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())
    present = checkpoints(path.parent)
    kept = [other for other in present if int(other.stem) <= iteration][-KEPT:]
    for other in present:
        if other not in kept:
            other.unlink()
    return path


def load_checkpoint(path: Path) -> Dict[str, Any]:
    """The state in the file ``path``.

    Raises:
      CheckpointError: missing, torn or not a checkpoint.
    """
    if not Path(path).is_file():
        raise CheckpointError(f"there is no checkpoint {path}")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"checkpoint {path} cannot be read ({type(error).__name__}); take an older one from "
            f"{Path(path).parent}"
        ) from error


def latest_checkpoint(folder: Path) -> Optional[Path]:
    """The newest checkpoint in ``folder`` that loads, or None."""
    for path in reversed(checkpoints(folder)):
        try:
            load_checkpoint(path)
        except CheckpointError:
            continue
        return path
    return None


def has_checkpoints(folder: Path) -> bool:
    """Whether there is any in ``folder``, torn or whole."""
    return bool(checkpoints(folder))


def checkpoints(folder: Path) -> List[Path]:
    """Those in ``folder``, torn or whole, by iteration; other files beside them do not count."""
    found = [path for path in Path(folder).glob("*.pt") if path.stem.isdecimal()]
    return sorted(found, key=lambda path: int(path.stem))
