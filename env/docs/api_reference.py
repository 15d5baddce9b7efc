"""The API reference: one page for each module of the workspace, into docs/api, without network."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import shutil
import sys
import warnings
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Iterator, get_type_hints

import pdoc
import pdoc.render
from facts import PACKAGES

NOT_ON_PYPI = ("isaacgym", "isaacgym.gymapi", "isaacgym.gymtorch")
"""Modules that ours import and that the machine need not have."""


class Absent(ModuleType):
    """Stands in for a module that is not there: every name in it is a class of that name."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__module__": self.__name__})


def write_reference(root: Path) -> Path:
    """Writes docs/api anew where the code has changed since, and returns its first page.

    Args:
        root: the checkout.

    Raises:
        Warning: a page cannot be written as it should be; names the module or the annotation.
        RuntimeError: a module cannot be imported; names it.
    """
    finished, unfinished = root / "docs" / "api", root / "docs" / ".api.part"
    page, stamp = finished / "index.html", finished / ".made_from"
    made_from = digest_of_what_it_is_made_from(root)
    if page.exists() and stamp.exists() and stamp.read_text("utf-8") == made_from:
        return page
    sys.path[:0] = [str(root / "src" / package) for package in PACKAGES]
    stand_in_for_what_is_absent()
    for module in modules():
        resolve_annotations_of_fields(module)
    version = (root / "VERSION").read_text("utf-8").strip()
    pdoc.render.configure(
        docformat="google", footer_text=f"rl_manip {version}", show_source=False, math=False
    )
    shutil.rmtree(unfinished, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pdoc.pdoc(*PACKAGES, output_directory=unfinished)
    shutil.rmtree(finished, ignore_errors=True)
    unfinished.rename(finished)
    stamp.write_text(made_from, encoding="utf-8")
    return page


def digest_of_what_it_is_made_from(root: Path) -> str:
    """Changes with the sources, with pdoc, and with what is in this folder."""
    files = [root / "VERSION", *sorted((root / "env" / "docs").glob("*.py"))]
    for package in PACKAGES:
        files += sorted((root / "src" / package / package).rglob("*.py"))
    digest = hashlib.sha256(f"{pdoc.__version__} {sys.version}".encode())
    for file in files:
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def stand_in_for_what_is_absent() -> None:
    """Makes our modules importable that need something which this machine does not have."""
    # rl_manip_sim looks for Isaac Gym when it is imported: what it says must stay true
    importlib.import_module("rl_manip_sim")
    for name in NOT_ON_PYPI:
        if name not in sys.modules:
            sys.modules[name] = Absent(name)
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, sys.modules[name])


def modules() -> Iterator[ModuleType]:
    """Every module of the workspace; RuntimeError for the first that cannot be imported."""
    for package in PACKAGES:
        yield importlib.import_module(package)
        folder = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(folder, f"{package}."):
            try:
                yield importlib.import_module(module.name)
            except Exception as error:
                raise RuntimeError(f"{module.name} cannot be imported: {error}") from error


def resolve_annotations_of_fields(module: ModuleType) -> None:
    """Puts types in place of their names in what makes named tuples and dataclasses.

    Fields may be inherited, and classes are shown where packages hand them on: pdoc looks names up
    where a class is shown, where they need not be known.
    """
    for thing in list(vars(module).values()):
        if not isinstance(thing, type) or not thing.__module__.startswith("rl_manip"):
            continue
        makers = [thing.__new__] if hasattr(thing, "_fields") else []
        makers += [thing.__init__] if is_dataclass(thing) else []
        for maker in makers:
            hints = get_type_hints(thing)
            given = maker.__annotations__
            maker.__annotations__ = {name: hints.get(name, given[name]) for name in given}
        if hasattr(thing, "_fields"):
            thing.__annotations__ = get_type_hints(thing)
