"""Every command that README and docs show is one that there is, with arguments that it has."""

from __future__ import annotations

import importlib
import runpy

import pytest
import tyro
from documented_commands import LAUNCHES, ROOT, RUNS
from launch.actions import DeclareLaunchArgument

from rl_manip_description.importing.import_arm import parser as import_parser
from rl_manip_train.commands.train import parse


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

    # where it is called: in the command's own module, or in what the package's commands share
    caller = (
        module if hasattr(module, "run_command") else importlib.import_module(f"{package}.commands")
    )
    monkeypatch.setattr(caller, "run_command", only_parse)
    module.main()


def ends_well(parsing) -> None:
    try:
        parsing()
    except SystemExit as end:
        if end.code:  # it is 0 after --help
            raise
