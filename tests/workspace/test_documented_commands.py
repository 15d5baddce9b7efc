"""Every command that README and docs show is one that there is, with arguments that it has."""

from __future__ import annotations

import importlib
import re
import runpy
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
import tyro
from launch.actions import DeclareLaunchArgument

from rl_manip_description.importing.import_arm import parser as import_parser
from rl_manip_train.commands.train import parse

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^\s+(ros2 (?:run|launch) rl_manip.*)$", re.MULTILINE)


class Documented(NamedTuple):
    document: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {' '.join(self.words)}"


def documented() -> list[Documented]:
    """Commands as a person would type them: what is optional is given, what is a name stays one."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in COMMAND.findall(text):
            command = re.split(r"\s#|\s{3,}", line)[0]
            command = re.sub(r"[\[\]…]", " ", command)
            found.append(Documented(document.name, tuple(shlex.split(re.sub("[<>]", "", command)))))
    return found


COMMANDS = documented()
LAUNCHES = [known for known in COMMANDS if known.words[1] == "launch"]
RUNS = [known for known in COMMANDS if known.words[1] == "run"]


def test_documents_show_how_it_is_used():
    assert len(LAUNCHES) >= 12
    assert len(RUNS) >= 15


@pytest.mark.parametrize("command", LAUNCHES, ids=str)
def test_a_launch_has_the_arguments_that_are_shown(command):
    _, _, _, file, *words = command.words
    described = runpy.run_path(str(ROOT / "launch" / file))["generate_launch_description"]()
    known = {one.name for one in described.entities if isinstance(one, DeclareLaunchArgument)}
    assert {word.partition(":=")[0] for word in words} <= known


@pytest.mark.parametrize("command", RUNS, ids=str)
def test_a_command_takes_the_words_that_are_shown(command, monkeypatch):
    _, _, package, name, *words = command.words
    monkeypatch.setattr("sys.argv", [name, *words])
    if (package, name) == ("rl_manip", "demo"):
        return
    if (package, name) == ("rl_manip_train", "train"):
        ends_well(lambda: parse(words))
        return
    if (package, name) == ("rl_manip_description", "import_arm"):
        ends_well(lambda: import_parser().parse_args(words))
        return
    module = importlib.import_module(f"{package}.commands.{name}")

    def only_parse(prog, arguments, work):
        ends_well(lambda: tyro.cli(arguments, prog=prog))

    monkeypatch.setattr(module, "run_command", only_parse)
    module.main()


def ends_well(parsing) -> None:
    try:
        parsing()
    except SystemExit as end:
        if end.code:  # it is 0 after --help
            raise
