"""Arms and grippers as YAML files: found by name, whoever has them, or by their path."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Type

import yaml

from rl_manip_description.paths import path_of
from rl_manip_description.registry import Offer, Registry, UnknownNameError, ament_packages

SUFFIXES = (".yaml", ".yml")


class DescriptionFileError(ValueError):
    """A file of an arm or a gripper that cannot be used; the message says what is wrong with it."""


class DescribedFile(NamedTuple):
    """A YAML file and what it is called."""

    name: str
    path: Path

    def read(self) -> Dict[str, Any]:
        """What it says.

        Raises:
          DescriptionFileError: it cannot be read, or is no YAML mapping.
        """
        try:
            values = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DescriptionFileError(f"{self.path} cannot be read: {error.strerror}.") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            said = " ".join(str(error).split())
            raise DescriptionFileError(f"{self.path} is no YAML: {said}.") from None
        if not isinstance(values, dict):
            raise DescriptionFileError(f"{self.path} holds {values!r}, expected keys and values.")
        return values


class DescribedFiles(Registry):
    """Files by name: this package's own, those of ROS packages, those of entry points, and one that
    is given by its path.

    A ROS package offers every YAML file in share/<package>/<kind>s by the file's stem, if it has a
    resource of the group's name in the ament index. An entry point gives the file's path.

    Args:
      kind: what the files describe, such as "arm"; the group is "rl_manip.<kind>s".
      folder: says where this package's own files are, in folders by maker.
      error: raised for an unknown name.
    """

    def __init__(
        self, kind: str, folder: Callable[[], Path], error: Type[UnknownNameError]
    ) -> None:
        group = f"rl_manip.{kind}s"

        def ours() -> List[Offer]:
            return _offers(folder().rglob("*"), "rl_manip_description")

        def of_ros_packages() -> List[Offer]:
            return [
                offer
                for package, prefix in ament_packages(group).items()
                for offer in _offers((prefix / "share" / package / f"{kind}s").glob("*"), package)
            ]

        complaint = "unknown {what} {name!r}"
        super().__init__(
            kind, group, ours, of_ros_packages, problem=_problem, error=error, complaint=complaint
        )
        self._given: Dict[str, Path] = {}

    def file(self, name: str) -> DescribedFile:
        """The file that a name or a path means.

        A file given by its path is known by its stem from then on, in this process: what reads a
        policy finds the arm that it names.

        Raises:
          UnknownNameError: neither a name that is offered nor a YAML file.
          RegistryError: an offer that cannot be loaded, or a file called like another one.
        """
        if name.endswith(SUFFIXES):
            return self._by_path(path_of(name))
        if name in self._given:
            return DescribedFile(name, self._given[name])
        return DescribedFile(name, Path(self.load(name)))

    def _by_path(self, path: Path) -> DescribedFile:
        name = path.stem
        if not path.is_file():
            raise self._error(f"{self.what} is {str(path)!r}, which is no file; give another path.")
        for offer in self.offers():
            if offer.name == name and not os.path.samefile(Path(self.load(name)), path):
                raise self._error(
                    f"{self.what} file {path} is called like the {name} of {offer.package}; give "
                    "it another name."
                )
        self._given[name] = path.absolute()
        return DescribedFile(name, path)


def _offers(files: Iterable[Path], package: str) -> List[Offer]:
    paths = sorted((path for path in files if path.suffix in SUFFIXES), key=lambda path: path.stem)
    return [Offer(path.stem, package, str(path), partial(Path, path)) for path in paths]


def _problem(name: str, thing: Any) -> str:
    if not isinstance(thing, (str, Path)) or not Path(thing).is_file():
        return f"gives {thing!r}, expected the path of a YAML file"
    return ""
