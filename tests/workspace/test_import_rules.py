"""Imports run one way, and ROS stays in the nodes."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "src").glob("*/setup.py"))


def imported_modules(file: Path) -> set[str]:
    """Full names of the modules that a file imports anywhere."""
    modules = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return modules


def test_the_workspace_has_its_eight_packages():
    assert [package.name for package in PACKAGES] == [
        "rl_manip",
        "rl_manip_cockpit",
        "rl_manip_deploy",
        "rl_manip_description",
        "rl_manip_gap",
        "rl_manip_ros",
        "rl_manip_sim",
        "rl_manip_train",
    ]
    assert [path.parent.name for path in (ROOT / "src").glob("*/CMakeLists.txt")] == [
        "rl_manip_interfaces"
    ]


def test_test_files_have_names_of_their_own():
    """launch_testing imports every test file by its bare name and stops at the second of a name."""
    names = [path.stem for folder in ("src", "env", "tests") for path in _tests_below(folder)]
    assert sorted(names) == sorted(set(names))


def _tests_below(folder: str) -> list[Path]:
    return [*(ROOT / folder).glob("**/test_*.py")]


def test_packages_import_one_way():
    """The contracts are in pyproject.toml."""
    done = subprocess.run(
        ["lint-imports", "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_ros_stays_in_its_rooms(package: Path):
    """rclpy is imported in rooms called `ros` and in rl_manip_ros; nobody else imports these."""
    offenders = []
    for file in sorted((package / package.name).rglob("*.py")):
        if "ros" in file.relative_to(package / package.name).parts or is_of_ros(package.name, file):
            continue
        for module in imported_modules(file):
            if module.split(".")[0] == "rclpy" or ".ros." in module:
                offenders.append(f"{file.relative_to(ROOT)} imports {module}")
    assert not offenders


def is_of_ros(package: str, file: Path) -> bool:
    """Whether a file of rl_manip_ros may import rclpy: all but the names, which bag readers use."""
    return package == "rl_manip_ros" and file.stem != "interfaces"


def test_a_violation_is_seen(tmp_path: Path):
    file = tmp_path / "module.py"
    file.write_text("def f():\n    from rclpy import node\n    import a.b\n", encoding="utf-8")
    assert imported_modules(file) == {"rclpy", "rclpy.node", "a.b"}
