"""Policy files that a person may pick: those that are shipped, and those of training runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List, Sequence

from rl_manip_description.paths import path_of

FILE = "policy.onnx"
MOST = 20
"""Of one folder; the newest count."""


def known_policies(folders: Sequence[str]) -> Dict[str, Path]:
    """The policy files in the folders that lie in these, by a name such as runs/demo.

    Nothing is opened: whether a file is a policy, and for this arm, is for whoever loads it to say.

    Args:
        folders: one that is missing holds nothing.
    """
    found: Dict[str, Path] = {}
    for folder in map(path_of, folders):
        newest = sorted(folder.glob(f"*/{FILE}"), key=_age)[:MOST]
        found.update({f"{folder.name}/{file.parent.name}": file for file in sorted(newest)})
    return found


def split_folders(text: str) -> List[str]:
    """The folders of one text, as in $PATH."""
    return [part for part in text.split(os.pathsep) if part]


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:  # it is gone meanwhile
        return 0.0
