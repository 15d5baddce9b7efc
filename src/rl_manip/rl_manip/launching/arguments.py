"""Arguments of a launch file: declared, read as text, and none that nobody knows."""

from __future__ import annotations

import difflib
import logging
import sys
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from launch import LaunchContext
from launch.actions import DeclareLaunchArgument

from rl_manip_ros.domain import domain_trouble


class UnknownArgumentError(ValueError):
    """A launch argument that the launch file does not have; the message names the nearest."""


class DomainError(ValueError):
    """A ROS domain that cannot be; the message says which there are."""


def declared(arguments: Mapping[str, Tuple[str, str]]) -> List[DeclareLaunchArgument]:
    """Declarations of {name: (default, description)}."""
    return [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in arguments.items()
    ]


def given(context: LaunchContext, names: Iterable[str], launch_file: str) -> Dict[str, str]:
    """{name: text} of every argument, without white space around it.

    Args:
        launch_file: path of the launch file that declares them.

    Raises:
        UnknownArgumentError: the command line has an argument that is none of `names`.
        DomainError: the processes would find no ROS domain.
    """
    # launch would show a traceback for each line, once `| head` or a pager has seen enough
    logging.raiseExceptions = False
    if trouble := domain_trouble():
        raise DomainError(trouble)
    names = list(names)
    refuse_unknown(context.argv, names, launch_file)
    return {name: context.launch_configurations[name].strip() for name in names}


def refuse_unknown(words: Iterable[str], names: Sequence[str], launch_file: str) -> None:
    """Holds the command line's ``name:=value`` words against the arguments that there are.

    Only the launch file on the command line does: one that it includes sees the same words.

    Raises:
        UnknownArgumentError: a word has another name; the message says which is nearest.
    """
    name_of_file = Path(launch_file).name
    if name_of_file not in {Path(word).name for word in sys.argv}:
        return
    for word in words:
        name, assigned, _ = word.partition(":=")
        if assigned and name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            guess = f"did you mean {near[0]}? " if near else ""
            raise UnknownArgumentError(
                f"{name_of_file} has no argument {name!r}: {guess}--show-args lists them all."
            )
