"""What README shows, run with wrong input as people give it: a sentence each, never a traceback.

Commands run in this process, as far as they are wrong: what their ``main`` raises is a traceback.
"""

from __future__ import annotations

import importlib
import itertools
import re
import runpy
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from documented_commands import LAUNCHES, ROOT, RUNS
from launch import LaunchContext
from launch.actions import DeclareLaunchArgument

# each is put where a file or a folder is expected
NO_FILES = ("no such file", "empty", "text.onnx", "folder", "größe äöü/nichts", "x" * 300)
NO_NUMBERS = ("many", "nan", "-1", "1e400", "")
COMMANDS = entry_points(group="console_scripts")
TRAIN = ("rl_manip_train", "train")
DEMO = ("rl_manip", "demo")
WATCH = ("rl_manip_cockpit", "watch")  # waits for a folder that is not there yet
SHOWN = {known.words[2:4]: known.words[4:] for known in RUNS if known.words[2:4] != DEMO}
LAUNCH_FILES = sorted({known.words[3] for known in LAUNCHES if known.words[2] == "rl_manip"})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the commands are typed."""
    (tmp_path / "empty").touch()
    (tmp_path / "text.onnx").write_text("this is no network,\nno bag and no table\n")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ends(package: str, name: str, words: list[str], monkeypatch) -> object:
    """The exit code of ``ros2 run PACKAGE NAME WORDS``; 1 where it is a sentence."""
    (command,) = (c for c in COMMANDS if c.name == name and f"{package}." in c.value)
    module = importlib.import_module(re.sub(r".*:command\.|:main$", "", command.value))
    monkeypatch.setattr(sys, "argv", [name, *words])
    try:
        return module.main() or 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0


def wrong_words(shown: tuple[str, ...]) -> list[list[str]]:
    """What is shown with one word after the other replaced by something wrong."""
    variants = [["--no-such-option"], []]
    for place, word in enumerate(shown):
        if word.startswith("-"):
            continue
        for wrong in NO_FILES if any(mark in word for mark in "/.") else NO_NUMBERS:
            variants.append([*shown[:place], wrong, *shown[place + 1 :]])
    return variants


@pytest.mark.parametrize(
    "command", [known for known in SHOWN if known not in (TRAIN, WATCH)], ids=" ".join
)
def test_a_command_refuses_wrong_input_in_a_sentence(command, monkeypatch, capfd):
    assert ends(*command, ["--help"], monkeypatch) == 0
    assert "usage: " in capfd.readouterr().out
    for words in wrong_words(SHOWN[command]):
        code = ends(*command, words, monkeypatch)
        said = capfd.readouterr()
        assert code != 0, words
        assert said.err.strip(), words
        assert "Traceback" not in said.out + said.err, words


@pytest.mark.parametrize(
    "words",
    [
        ["--num-envs", "0"],
        ["--num-envs", "many"],
        ["--num-envs", "1e3"],
        ["--task", "dance"],
        ["--algo", "magic"],
        ["--arm", "no such arm"],
        ["--arm", "empty"],
        ["--arm", "text.onnx"],
        ["--arm", "folder"],
        ["--randomization", "text.onnx"],
        ["--randomization", "folder"],
        ["--resume", "no such run"],
        ["--resume", "folder"],
        ["--resume", "empty"],
        ["--run-dir", "empty"],
        ["--seed", "-1"],
        ["--target-success", "nan"],
        ["--backend", "unreal"],
        ["--ppo.learning-rate", "-1"],
    ],
    ids=" ".join,
)
def test_a_training_refuses_wrong_input_in_a_sentence(words, monkeypatch, capfd):
    code = ends(*TRAIN, ["--max-env-steps", "1", "--final-episodes", "1", *words], monkeypatch)
    said = capfd.readouterr()
    assert code == 2
    assert said.err.strip()
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize("file", LAUNCH_FILES)
def test_a_launch_file_refuses_wrong_input_in_a_sentence(file, monkeypatch):
    path = ROOT / "launch" / file
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    description = runpy.run_path(str(path))["generate_launch_description"]()
    *declared, start = description.entities
    names = [one.name for one in declared if isinstance(one, DeclareLaunchArgument)]
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", str(path)])
    defaults = LaunchContext()
    for declaration in declared:
        declaration.visit(defaults)
    for name, wrong in zip(names, itertools.cycle(("no such thing", "-1"))):
        context = LaunchContext(argv=[f"{name}:={wrong}"])
        context.launch_configurations.update(defaults.launch_configurations, **{name: wrong})
        try:
            start.visit(context)
        except (ValueError, RuntimeError) as refused:  # launch shows what it says, no traceback
            said = str(refused)
            assert len(said.split()) >= 4, (name, wrong, said)
            assert "\n" not in said.strip(), (name, wrong, said)


@pytest.mark.parametrize("name", ["evaluate", "render"])
@pytest.mark.parametrize(
    "words", [["--episodes", "9" * 20], ["--seed", "9" * 20], ["--seed", "-1"]]
)
def test_numbers_that_no_simulator_takes_are_a_sentence(name, words, monkeypatch, capfd):
    policy = str(ROOT / "policies" / "ur5e_reach" / "policy.onnx")
    assert ends("rl_manip_train", name, [policy, *words], monkeypatch) == 2
    assert f"error: {words[0][2:]} is {words[1]}, expected " in capfd.readouterr().err


def test_the_documents_are_read():
    assert len(SHOWN) >= 10
    assert len(LAUNCH_FILES) == 6
    assert Path.cwd() != ROOT
