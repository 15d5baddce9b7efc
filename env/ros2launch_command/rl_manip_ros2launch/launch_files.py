"""Launch files by package and name, and the words `name:=value` behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_share_directory,
    get_packages_with_prefixes,
)
from launch.frontend import Parser

SUFFIXES = ("launch.py",)
"""Endings of launch files beside those of the XML and YAML front ends."""


class LaunchFileError(Exception):
    """No such package or file, more than one, or a malformed argument, in one sentence."""


def is_launch_file(path: Path) -> bool:
    """Whether the name says that this is a launch file."""
    Parser.load_parser_implementations()
    suffixes = SUFFIXES + tuple(Parser.get_file_extensions_from_parsers())
    return path.is_file() and path.name.endswith(tuple(f".{s.lstrip('.')}" for s in suffixes))


def launch_files(package: str) -> list[Path]:
    """The launch files that a package installs, sorted."""
    try:
        share = Path(get_package_share_directory(package))
    except (PackageNotFoundError, ValueError) as error:
        raise LaunchFileError(
            f"Package '{package}' not found; is it built, and its workspace sourced?"
        ) from error
    return sorted(path for path in share.rglob("*") if is_launch_file(path))


def find_launch_file(package: str, name: str) -> str:
    """Path of the package's launch file `name`."""
    files = launch_files(package)
    found = [path for path in files if path.name == name]
    if not found:
        known = ", ".join(path.name for path in files) or "none"
        raise LaunchFileError(f"file '{name}' was not found in package '{package}'; it has {known}")
    if len(found) > 1:
        where = ", ".join(map(str, found))
        raise LaunchFileError(f"package '{package}' has more than one '{name}': {where}")
    return str(found[0])


def parse_launch_arguments(words: Iterable[str]) -> dict[str, str]:
    """{name: value} of words `name:=value`; the last one of a name counts."""
    arguments = {}
    for word in words:
        name, separator, value = word.partition(":=")
        if not separator or not name:
            raise LaunchFileError(
                f"malformed launch argument '{word}', expected format '<name>:=<value>'"
            )
        arguments[name] = value
    return arguments


def launch_file_completer(prefix, parsed_args, **_):
    """Names for the shell's completion."""
    if getattr(parsed_args, "package_name", None) is None:
        return list(get_packages_with_prefixes())
    try:
        return [path.name for path in launch_files(parsed_args.package_name)]
    except LaunchFileError:
        return []
