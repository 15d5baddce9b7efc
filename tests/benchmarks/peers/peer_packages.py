"""Packages that only benchmarks need, in a folder of their own: .venv stays as set-up made it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDER = Path(__file__).resolve().parents[3] / ".cache" / "bench_packages"


def add_peer_packages() -> None:
    """Install them once, and let this process and its children import them after all others."""
    wanted, stamp = REQUIREMENTS.read_text(), FOLDER / "requirements.txt"
    if not stamp.is_file() or stamp.read_text() != wanted:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        subprocess.run([*command, "--target", FOLDER, "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    sys.path.append(str(FOLDER))
