"""The normaliser of a foreign network, where it is not inside: mean and spread, by hand or file."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_train.policy.foreign.spec.spec_values import SpecError, SpecValues, nearest

KEYS = ("file", "mean", "std", "variance", "epsilon", "variance_epsilon", "clip")


class Normalizer(nn.Module):
    """(x - mean) / (sqrt(variance + variance_epsilon) + epsilon), then clip."""

    def __init__(self, values: SpecValues, mean: np.ndarray, spread: np.ndarray) -> None:
        super().__init__()
        self._clip = values.span("clip")
        self.register_buffer("_mean", torch.tensor(mean, dtype=torch.float32), persistent=False)
        divisor = torch.tensor(spread, dtype=torch.float32)
        self.register_buffer("_spread", divisor, persistent=False)

    def forward(self, observation: Tensor) -> Tensor:
        """(N, d)."""
        normalized = (observation - self._mean) / self._spread
        return normalized if self._clip is None else normalized.clamp(*self._clip)


def read_normalizer(given: Any, width: int, folder: Path) -> Optional[nn.Module]:
    """What the spec says of a normaliser; None where it says nothing.

    Args:
      given: the spec's ``normalizer``.
      width: of the observation, d.
      folder: that paths are relative to.

    Raises:
      SpecError: a file or a name in it that is not there, or numbers that do not fit.
    """
    if given is None:
        return None
    values = SpecValues(given, "normalizer", KEYS)
    if ("std" in values) == ("variance" in values):
        raise SpecError("normalizer needs either std or variance; give the one that was saved")
    read = _reader(values, folder)
    mean = read("mean", width)
    name = "std" if "std" in values else "variance"
    spread = read(name, width)
    epsilon = values.number("epsilon", 0.0, lowest=0.0)
    if name == "variance":
        added = values.number("variance_epsilon", 0.0, lowest=0.0)
        if np.any(spread + added < 0.0):
            raise SpecError(f"normalizer.variance has {spread.min():g}, expected none below 0")
        spread = np.sqrt(spread + added)
    elif "variance_epsilon" in values:
        raise SpecError("normalizer.variance_epsilon is added to a variance, and std is given")
    spread = spread + epsilon
    if np.any(spread <= 0.0):
        raise SpecError(
            f"normalizer.{name} with epsilon is {spread.min():g} for element "
            f"{int(spread.argmin())}, expected more than 0; give the epsilon of the training"
        )
    return Normalizer(values, mean, spread)


def _reader(values: SpecValues, folder: Path) -> Callable[[str, int], np.ndarray]:
    """Reads a key's numbers: a list as it stands, or what the file has by the name given."""
    path = values.text("file", None)
    content = None if path is None else _arrays(folder / Path(path).expanduser())

    def read(key: str, width: int) -> np.ndarray:
        given = values.any(key)
        if isinstance(given, list):
            found = np.array(values.numbers(key, len(given)))
        elif content is None:
            raise SpecError(
                f"{values.of(key)} is {given!r}, expected a list of {width} numbers, or give a "
                "file that has it by that name"
            )
        elif given not in content:
            raise SpecError(f"{path} has no {given!r}; {nearest(given, sorted(content))}")
        else:
            found = content[given].astype(np.float64).reshape(-1)
        if found.shape != (width,):
            raise SpecError(
                f"{values.of(key)} has {len(found)} numbers, and the observation has {width}"
            )
        if not np.all(np.isfinite(found)):
            raise SpecError(f"{values.of(key)} has numbers that are not finite")
        return found

    return read


def _arrays(path: Path) -> Dict[str, np.ndarray]:
    """Every array of an .npz, or of a checkpoint of torch by its keys joined with dots."""
    if not path.is_file():
        raise SpecError(f"normalizer.file is {path}, which is no file; give another path")
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, zipfile.BadZipFile):
            raise SpecError(f"{path} is no complete .npz of plain arrays; save it again") from None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, ValueError, pickle.UnpicklingError):
        raise SpecError(
            f"{path} is no checkpoint of plain tensors; save mean and variance with numpy.savez "
            "and give that .npz"
        ) from None
    arrays: Dict[str, np.ndarray] = {}
    _collect(content, [], arrays)
    return arrays


def _collect(content: Any, names: Sequence[str], arrays: Dict[str, np.ndarray]) -> None:
    if isinstance(content, Mapping):
        for key, value in content.items():
            _collect(value, [*names, str(key)], arrays)
    elif isinstance(content, torch.Tensor):
        arrays[".".join(names)] = content.detach().float().numpy()
