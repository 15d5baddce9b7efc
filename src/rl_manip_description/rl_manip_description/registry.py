"""Doors of the workspace: things by name, its own and those that other packages offer.

A package offers something through a Python entry point, ``name = module:attribute``, in the group
of the registry, such as ``rl_manip.tasks``. What is only a file (an arm, a gripper) it may offer
through the ament index, too, under a resource type of the same name; see ``ament_packages``.

A broken package hurts only whoever asks for what it offers: nothing is imported before.
"""

from __future__ import annotations

import difflib
import functools
import os
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
)

PREFIX = "rl_manip."
"""What every group of ours begins with."""


class RegistryError(ValueError):
    """Something that cannot be had by its name; the message says why and whose it is."""


class UnknownNameError(RegistryError):
    """Nobody offers that name; the message lists the known ones."""


@dataclass(frozen=True)
class Offer:
    """One thing that one package offers."""

    name: str
    """By which it is asked for."""
    package: str
    """Whose it is."""
    target: str
    """Where it is: "module:attribute", or a file."""
    load: Callable[[], Any]
    """Fetches it; may raise anything."""


Source = Callable[[], Iterable[Offer]]
"""Says what there is at present."""


class Registry(Collection[str]):
    """Things of one kind by name; iterating gives the names, this workspace's own first.

    Args:
      what: the setting that names one, such as "task".
      group: entry points of this group are offers, too; it begins with ``PREFIX``.
      sources: the workspace's own offers, and others that are no entry points.
      also: names that are taken beside those of offers and stand for no single one, such as "auto".
      problem: what is wrong with a thing that was loaded for a name, as a clause; empty for
        nothing. It guards against what other packages get wrong.
      error: raised for an unknown name.
      complaint: how the sentence about an unknown name begins.
    """

    def __init__(
        self,
        what: str,
        group: str,
        *sources: Source,
        also: Sequence[str] = (),
        problem: Callable[[str, Any], str] = lambda name, thing: "",
        error: Type[UnknownNameError] = UnknownNameError,
        complaint: str = "{what} is {name!r}",
    ) -> None:
        self.what, self.group, self.also = what, group, tuple(also)
        self._sources, self._problem = sources, problem
        self._error, self._complaint = error, complaint

    def offers(self) -> List[Offer]:
        """Everything that is offered; a name may be there twice."""
        own = [offer for source in self._sources for offer in source()]
        return own + sorted(_entry_points(self.group), key=lambda offer: offer.name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.also, *(offer.name for offer in self.offers()))))

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def listed(self) -> str:
        """The names with the packages that they come from: "a, b (ours); c (theirs)"."""
        names: Dict[str, List[str]] = {}
        for offer in self.offers():
            names.setdefault(offer.package, []).append(offer.name)
        listed = [", ".join(self.also)] if self.also else []
        return "; ".join(listed + [f"{', '.join(own)} ({who})" for who, own in names.items()])

    def find(self, name: str) -> Offer:
        """The offer called ``name``.

        Raises:
          UnknownNameError: there is none; the class is the registry's own.
          RegistryError: there are several.
        """
        found = [offer for offer in self.offers() if offer.name == name]
        if not found:
            raise self._error(self.complaint(name))
        if len(found) > 1:
            offered = " and by ".join(f"{offer.package} ({offer.target})" for offer in found)
            raise RegistryError(
                f"{self.what} {name!r} is offered by {offered}; rename or remove one of them"
            )
        return found[0]

    def load(self, name: str) -> Any:
        """What ``name`` stands for.

        Raises:
          UnknownNameError, RegistryError: as ``find``; RegistryError also where it cannot be
            loaded, or is not what it must be.
        """
        offer = self.find(name)
        whose = f"{self.what} {name!r} comes from the package {offer.package} ({offer.target})"
        try:
            thing = offer.load()
        except Exception as error:  # whatever the module of another package does when imported
            said = " ".join(str(error).split())
            raise RegistryError(
                f"{whose}, which does not load ({type(error).__name__}: {said}); mend or remove "
                "that package"
            ) from error
        problem = self._problem(name, thing)
        if problem:
            raise RegistryError(f"{whose} and {problem}; mend or remove that package")
        return thing

    def complaint(self, name: str) -> str:
        """The sentence about a name that nobody offers."""
        nearest = difflib.get_close_matches(name, tuple(self), n=1)
        return (
            f"{self._complaint.format(what=self.what, name=name)}, expected one of "
            f"{', '.join(self) or 'none: there is none here'}"
            f"{f'; the nearest is {nearest[0]!r}' if nearest else ''}"
        )


def own(package: str, targets: Mapping[str, str]) -> Source:
    """What a package of this workspace offers, without metadata, so that a checkout will do.

    Args:
      package: its name.
      targets: "module:attribute" by name, imported when asked for.
    """
    points = [metadata.EntryPoint(name, target, package) for name, target in targets.items()]
    offers = [Offer(point.name, package, point.value, point.load) for point in points]
    return lambda: offers


def ament_packages(resource_type: str) -> Dict[str, Path]:
    """Installation prefixes, by name, of the packages with a resource of that type.

    Read without ``ament_index_python``, which only ROS's own interpreter has: a package marks
    itself by the file share/ament_index/resource_index/<type>/<package> under its prefix, and the
    first prefix of AMENT_PREFIX_PATH that has it counts.
    """
    found: Dict[str, Path] = {}
    for prefix in filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)):
        index = Path(prefix) / "share" / "ament_index" / "resource_index" / resource_type
        if index.is_dir():
            for marker in sorted(index.iterdir()):
                found.setdefault(marker.name, Path(prefix))
    return found


def overlay_folders() -> List[str]:
    """Folders of packages that offer something and are not installed into this interpreter.

    Another interpreter can be given these; what is installed into this one is made for it.
    """
    installed = {os.path.realpath(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    folders = dict.fromkeys(folder for _, folder, _ in _offering(tuple(sys.path)))
    return [folder for folder in folders if os.path.realpath(folder) not in installed]


def _entry_points(group: str) -> List[Offer]:
    return [
        Offer(point.name, package, point.value, point.load)
        for package, _, points in _offering(tuple(sys.path))
        for point in points
        if point.group == group
    ]


@functools.lru_cache(maxsize=4)
def _offering(path: Tuple[str, ...]) -> List[Tuple[str, str, List[metadata.EntryPoint]]]:
    """Name, folder and entry points of every distribution on ``sys.path`` that offers something.

    Of a package that is there twice, as in an overlay of itself, the first counts, as in imports.
    Asked of the distributions one by one: Python 3.8 and 3.9 do not say whose an entry point is.
    """
    found: Dict[str, Tuple[str, str, List[metadata.EntryPoint]]] = {}
    for distribution in metadata.distributions():
        name = _name_of(distribution)
        if name is not None and name not in found:
            points = [p for p in distribution.entry_points if p.group.startswith(PREFIX)]
            found[name] = (name, str(distribution.locate_file("")), points)
    return list(found.values())


def _name_of(distribution: metadata.Distribution) -> Optional[str]:
    """The distribution's name; None where it has no entry point of ours, which is quicker said."""
    if f"[{PREFIX}" not in (distribution.read_text("entry_points.txt") or ""):
        return None
    return distribution.metadata["Name"]
