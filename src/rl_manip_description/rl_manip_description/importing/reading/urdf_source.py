"""Reads URDF, SRDF and xacro files, and finds the files that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Sequence
from xml.dom import minidom
from xml.etree import ElementTree

from rl_manip_description.registry import ament_packages


class ImportArmError(ValueError):
    """A URDF that cannot become an arm; the message says why."""


def read_robot(path: Path, arguments: Dict[str, str]) -> ElementTree.Element:
    """The <robot> of a URDF, SRDF or xacro file.

    Args:
        path: whose name ends in .xacro where it has to be expanded.
        arguments: of the xacro file.

    Raises:
        ImportArmError: it cannot be read or expanded, or holds something else.
    """
    try:
        text = _expanded(path, arguments) if path.suffix == ".xacro" else path.read_text("utf-8")
        root = ElementTree.fromstring(text)
    except OSError as error:
        raise ImportArmError(f"{path} cannot be read: {error.strerror}.") from None
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise ImportArmError(f"{path} is no URDF: {error}.") from None
    if root.tag != "robot":
        raise ImportArmError(f"{path} is no URDF: it is a <{root.tag}>, expected <robot>.")
    return root


def _expanded(path: Path, arguments: Dict[str, str]) -> str:
    if not path.is_file():
        raise ImportArmError(f"{path} cannot be read: No such file or directory.")
    written = minidom.Element.writexml
    try:
        import xacro
    except ImportError:
        raise ImportArmError(
            f"{path} has to be expanded first: `xacro {path} > arm.urdf`, then import arm.urdf."
        ) from None
    finally:
        # xacro puts one of its own there, for everybody
        minidom.Element.writexml = written  # type: ignore[method-assign]
    try:
        return str(xacro.process_file(str(path), mappings=arguments).toxml())
    except Exception as error:  # xacro raises whatever the expressions in the file do
        said = " ".join(str(error).split())
        raise ImportArmError(
            f"{path} cannot be expanded ({said}): source the workspace that it belongs to, or "
            "expand it there with `xacro` and import the URDF."
        ) from None


class FileFinder:
    """Finds meshes by the names that a URDF has for them.

    Args:
        folder: of the URDF, which relative names start from.
        package_path: folders that hold packages, or are one; looked through before those installed.
    """

    def __init__(self, folder: Path, package_path: Sequence[Path]) -> None:
        self._folder, self._package_path = folder, package_path

    def find(self, name: str) -> Path:
        """The file that package://, model://, file:// or a path means.

        Raises:
            ImportArmError: there is no such package or file.
        """
        for scheme in ("package://", "model://"):
            if name.startswith(scheme):
                package, _, rest = name[len(scheme) :].partition("/")
                path = self._package(package, name) / rest
                break
        else:
            path = self._folder / (name[len("file://") :] if name.startswith("file://") else name)
        if not path.is_file():
            raise ImportArmError(f"mesh {name} is not there: {path} is no file.")
        return path

    def _package(self, package: str, name: str) -> Path:
        for folder in self._package_path:
            for candidate in (folder / package, folder):
                if candidate.name == package and candidate.is_dir():
                    return candidate
        prefix = ament_packages("packages").get(package)
        if prefix is None:
            raise ImportArmError(
                f"package {package!r} of the mesh {name} is not known: give the folder that holds "
                "it with --package-path, or source its workspace."
            )
        return prefix / "share" / package
