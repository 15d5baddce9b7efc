"""Lint finds the version that was forgotten."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str):
    """A module of env/lint, by its path: env/test has modules of its own."""
    spec = importlib.util.spec_from_file_location(f"lint_{name}", ROOT / f"env/lint/{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


versions = load("versions")
LOCK = "env/requirements/lock.txt"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout with one package, whose versions agree."""
    package = tmp_path / "src" / "mine"
    package.mkdir(parents=True)
    (tmp_path / "VERSION").write_text("1.2.3\n")
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n")
    (package / "package.xml").write_text("<package><version>1.2.3</version></package>")
    shutil.copy(ROOT / "src" / "rl_manip_ros" / "setup.py", package)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_versions_that_agree(workspace):
    assert versions.version_problems(workspace) == []


def test_each_place_is_looked_at(workspace):
    (workspace / "VERSION").write_text("1.2.4\n")
    problems = versions.version_problems(workspace)
    assert [problem.split(":")[0] for problem in problems] == [
        "src/mine/package.xml",
        "CHANGELOG.md",
    ]
    (workspace / "VERSION").write_text("1.2\n")
    assert "give three numbers" in versions.version_problems(workspace)[0]


def test_a_version_in_setup_py(workspace):
    (workspace / "src" / "mine" / "setup.py").write_text('setup(version="1.2.3")')
    assert "has a version of its own" in versions.version_problems(workspace)[0]


def test_a_pin_that_the_lock_contradicts():
    texts = {
        LOCK: "mujoco==3.1 ; python_version < '3'\nmujoco==4.0\n",
        "a.in": "mujoco[sysid]==4.0; python_version >= '3'",
        "docs/b.md": "pip install `mujoco==3.9`",
    }
    (problem,) = versions.pin_problems(texts)
    assert problem == f"docs/b.md: mujoco==3.9, {LOCK} has 3.1, 4.0"


def test_pins_that_no_lock_has_are_the_same_everywhere():
    texts = {LOCK: "", "a.in": "torch==2.13.0", "set_up.py": 'CPU = "torch==2.13.0+cpu"'}
    assert versions.pin_problems(texts) == []
    texts["README.md"] = "`torch==2.12.0`"
    (problem,) = versions.pin_problems(texts)
    assert problem.startswith("torch is pinned differently: a.in 2.13.0; ")


def test_another_python_has_a_lock_of_its_own():
    own = "env/requirements/isaacgym.in"
    texts = {LOCK: "mujoco==4.0", "env/requirements/lock-isaacgym.txt": "mujoco==3.2.3"}
    assert versions.pin_problems({**texts, own: "mujoco==3.2.3  # the last\ntorch==1.13.1"}) == []
    assert len(versions.pin_problems({**texts, own: "mujoco==4.0"})) == 1


def test_this_workspace():
    assert versions.version_problems(ROOT) == []
