"""Gives tests a checkout of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

ENV = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty checkout with a copy of what env/ names."""
    root = tmp_path / "checkout"
    (root / "env").mkdir(parents=True)
    for name in ("requirements", "ros2_python.txt", "activate", "environment.sh"):
        (root / "env" / name).symlink_to(ENV / name)
    (root / "env" / "set_up").mkdir()
    for name in ("ros2launch_command", "ros2bag_command"):
        (root / "env" / name).mkdir()
    return root
