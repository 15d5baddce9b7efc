"""package.xml and setup.py of every package: what colcon, rosdep and ament expect of them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from catkin_pkg.package import InvalidPackage, Package, parse_package

LICENSE, MAINTAINER = "Apache-2.0", "rl-manip@example.org"


def package_problems(root: Path) -> list[str]:
    """One sentence for each thing wrong with a package in src/."""
    problems = []
    for folder in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        try:
            problems += [f"{folder.name}: {text}" for text in problems_of(folder)]
        except (OSError, InvalidPackage, ElementTree.ParseError) as error:
            problems.append(f"{folder.name}: {error}")
    return problems


def problems_of(folder: Path) -> list[str]:
    """The same for one package."""
    warnings: list[str] = []
    package = parse_package(str(folder), warnings=warnings)
    root = ElementTree.parse(folder / "package.xml").getroot()
    makes_messages = (folder / "CMakeLists.txt").exists()
    problems = unexpected(
        {
            "package format": (root.get("format"), "3"),
            "name": (package.name, folder.name),
            "license": (package.licenses, [LICENSE]),
            "maintainer": ([person.email for person in package.maintainers], [MAINTAINER]),
            "build type": (
                root.findtext("export/build_type"),
                "ament_cmake" if makes_messages else "ament_python",
            ),
        }
    )
    specific = problems_of_messages if makes_messages else problems_of_python
    return [*warnings, *problems, *specific(folder, package)]


def unexpected(expected: dict[str, tuple[object, object]]) -> list[str]:
    """A sentence for each (found, wanted) that differ."""
    return [
        f"{what} is {found}, expected {wanted}"
        for what, (found, wanted) in expected.items()
        if found != wanted
    ]


def problems_of_messages(folder: Path, package: Package) -> list[str]:
    """What is wrong with a package that only has message types."""
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
    types = [str(path.relative_to(folder)) for path in folder.glob("*/*.action")]
    groups = [group.name for group in package.member_of_groups]
    return unexpected(
        {
            "project of CMakeLists.txt": (re.findall(r"project\((\w+)\)", text), [package.name]),
            "types in CMakeLists.txt": (sorted(re.findall(r'"(.+?)"', text)), sorted(types)),
            "groups": (groups, ["rosidl_interface_packages"]),
        }
    )


def problems_of_python(folder: Path, package: Package) -> list[str]:
    """What is wrong with a package of Python."""
    name = package.name
    config = (folder / "setup.cfg").read_text(encoding="utf-8")
    problems = unexpected(
        {"setup.cfg": (re.findall(r"=\s*(\S+)", config), [f"$base/lib/{name}"] * 2)}
    )
    for needed in (f"resource/{name}", f"{name}/__init__.py", "test"):
        if not (folder / needed).exists():
            problems.append(f"{needed} is missing")
    setup = (folder / "setup.py").read_text(encoding="utf-8")
    for fact in (
        'with_name("package.xml")).findtext("version")',
        f'license="{LICENSE}"',
        f'maintainer_email="{MAINTAINER}"',
    ):
        if fact not in setup:
            problems.append(f"setup.py lacks {fact}")
    dependencies = {d.name for d in (*package.exec_depends, *package.test_depends)}
    for imported in sorted(workspace_imports(folder / name) - {name}):
        if imported not in dependencies:
            problems.append(f"package.xml lacks <exec_depend>{imported}</exec_depend>")
    return problems


def workspace_imports(module: Path) -> set[str]:
    """Names of the workspace's packages that a package's files import."""
    found = set()
    for file in module.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found.update(re.findall(r"^\s*(?:from|import)\s+(rl_manip\w*)", text, flags=re.MULTILINE))
    return found
