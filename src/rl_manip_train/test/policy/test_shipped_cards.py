"""The cards of the shipped policies: true to the files beside them, and of use to others."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from rl_manip_train.commands.train import parse
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_card import training_rows

ROOT = Path(__file__).resolve().parents[4]
CARDS = sorted(ROOT.glob("policies/**/README.md"))
COMMAND = re.compile(r"trains it again:\n\n```\nros2 run rl_manip_train train (.*)\n```")


@pytest.fixture(params=CARDS, ids=lambda path: path.parent.name)
def card(request):
    return request.param


def record_beside(card):
    return load_onnx_policy(card.with_name("policy.onnx")).metadata


def test_there_are_cards():
    assert len(CARDS) == len(list(ROOT.glob("policies/**/policy.onnx"))) > 0


def test_the_command_that_trains_it_again_parses_and_is_the_files_own(card):
    (flags,) = COMMAND.findall(card.read_text(encoding="utf-8"))
    metadata = record_beside(card)
    assert metadata.training.command == f"ros2 run rl_manip_train train {flags}"
    cfg = parse(shlex.split(flags)).cfg
    assert (cfg.arm, cfg.task) == (metadata.arm, metadata.task)
    assert cfg.seed == metadata.training.seed


def test_what_the_card_says_of_the_training_is_what_the_file_says(card):
    text = card.read_text(encoding="utf-8")
    for name, value in training_rows(record_beside(card)):
        assert f"| {name} | {value} |" in text


def test_the_revision_exists(card):
    revision = record_beside(card).training.git_revision
    if revision == "unknown":
        return
    git = ["git", "-C", str(ROOT)]
    shallow = subprocess.run(
        [*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True
    )
    if shallow.stdout.strip() != "false":
        pytest.skip("no checkout with its whole history")
    commit = revision.split("-")[0] + "^{commit}"
    assert subprocess.run([*git, "cat-file", "-e", commit]).returncode == 0, revision
