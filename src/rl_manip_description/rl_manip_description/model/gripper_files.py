"""Load a gripper from grippers/<name>.yaml, or from the file of another package."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

from rl_manip_description.model.described_files import DescribedFiles, DescriptionFileError
from rl_manip_description.model.gripper import Gripper, GripperShape
from rl_manip_description.registry import UnknownNameError

GRIPPERS_FOLDER = Path(__file__).resolve().parents[1] / "grippers"


class UnknownGripperError(UnknownNameError):
    """No gripper of that name is described here."""


GRIPPERS = DescribedFiles("gripper", lambda: GRIPPERS_FOLDER, UnknownGripperError)
"""Every gripper that is described here or by other packages."""


def known_grippers() -> Tuple[str, ...]:
    """Names that `load_arm` takes as a gripper, sorted."""
    return tuple(sorted(GRIPPERS))


def load_gripper(name: str) -> Gripper:
    """The gripper of that name, or of that YAML file.

    Raises:
        UnknownGripperError: there is no such gripper; the message lists those there are.
        RegistryError: the package that offers it is broken, or several offer it.
        DescriptionFileError: its file lacks something, or has what does not belong there.
    """
    file = GRIPPERS.file(name)
    values = file.read()
    try:
        for part in ("body", "finger"):
            values[part] = tuple(GripperShape(**shape) for shape in values[part])
        return Gripper(name=file.name, **values)
    except (KeyError, TypeError, ValueError) as error:
        raise DescriptionFileError(
            f"{file.path}: {error}; robotiq_2f85.yaml shows all keys of a gripper."
        ) from None
