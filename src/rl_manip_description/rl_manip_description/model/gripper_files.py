"""Load a gripper from grippers/<name>.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

import yaml

from rl_manip_description.model.gripper import Gripper, GripperShape

GRIPPERS_FOLDER = Path(__file__).resolve().parents[1] / "grippers"


class UnknownGripperError(ValueError):
    """No gripper of that name is described here."""


def known_grippers() -> Tuple[str, ...]:
    """Names that `load_arm` takes as a gripper, sorted."""
    return tuple(sorted(path.stem for path in GRIPPERS_FOLDER.glob("*.yaml")))


def load_gripper(name: str) -> Gripper:
    """The gripper of that name.

    Raises:
        UnknownGripperError: there is no such gripper; the message lists those there are.
        ValueError: its file lacks something, or has what does not belong there.
    """
    if name not in known_grippers():
        raise UnknownGripperError(
            f"unknown gripper {name!r}: choose one of {', '.join(known_grippers())}."
        )
    path = GRIPPERS_FOLDER / f"{name}.yaml"
    values: Dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        for part in ("body", "finger"):
            values[part] = tuple(GripperShape(**shape) for shape in values[part])
        return Gripper(name=name, **values)
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{path.name}: {error}; robotiq_2f85.yaml shows all keys of a gripper."
        ) from None
