"""Holds the isaacgym backend against the stubs of Isaac Gym's API, which is not on PyPI itself."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

BACKEND = "src/rl_manip_sim/rl_manip_sim/backends/isaacgym"
GYMTORCH = '''\
"""What the stubs lack: how tensors of torch and of Isaac Gym are made of each other."""

from torch import Tensor

from isaacgym import gymapi

def wrap_tensor(gym_tensor: gymapi.Tensor) -> Tensor: ...
def unwrap_tensor(torch_tensor: Tensor) -> gymapi.Tensor: ...
'''
SETTINGS = """\
[mypy]
python_version = 3.10
follow_imports = silent
ignore_missing_imports = true
check_untyped_defs = true
disallow_untyped_defs = true
[mypy-torch.*]
follow_imports = skip
"""  # torch's own types would take longer to read than all the rest


def isaacgym_type_problems(root: Path) -> str:
    """What mypy says about the backend's modules; empty if nothing."""
    stubs = _repaired_stubs(root / ".cache" / "isaacgym_stubs")
    modules = sorted(str(path) for path in (root / BACKEND).glob("*.py"))
    settings = stubs / "mypy.ini"
    settings.write_text(SETTINGS, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "mypy", "--no-error-summary", "--config-file", str(settings)),
        *("--cache-dir", str(root / ".cache" / "mypy"), *modules),
    ]
    done = subprocess.run(
        command, cwd=root, env={"MYPYPATH": str(stubs)}, capture_output=True, text=True
    )
    return done.stdout + done.stderr if done.returncode else ""


def _repaired_stubs(folder: Path) -> Path:
    """The published stubs as a package that mypy can read; returns the folder that holds it."""
    published = importlib.metadata.distribution("isaacgym-stubs")
    text = published.locate_file("isaacgym-stubs/gymapi.pyi").read_text(encoding="utf-8")
    package = folder / "isaacgym"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.pyi").write_text("", encoding="utf-8")
    # methods are named `lambda` there, which Python's grammar has no place for, and what else
    # mypy finds in the stubs is not ours to mend
    text = "# mypy: ignore-errors\n" + re.sub(r"\bdef lambda\b", "def lambda_", text)
    (package / "gymapi.pyi").write_text(text, encoding="utf-8")
    (package / "gymtorch.pyi").write_text(GYMTORCH, encoding="utf-8")
    return folder
