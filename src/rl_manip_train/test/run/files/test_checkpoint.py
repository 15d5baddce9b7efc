"""Checkpoints are whole or absent, whatever happens while they are written."""

from __future__ import annotations

import os

import pytest
import torch

from rl_manip_train.run.files.checkpoint import (
    KEPT,
    CheckpointError,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)

STATE = {"weights": torch.arange(1000.0), "iteration": 7, "nested": {"rate": 1 / 3}}


def test_what_was_saved_is_loaded(tmp_path):
    path = save_checkpoint(tmp_path, 7, STATE)
    state = load_checkpoint(path)
    assert torch.equal(state["weights"], STATE["weights"])
    assert (state["iteration"], state["nested"]["rate"]) == (7, 1 / 3)
    assert [entry.name for entry in tmp_path.iterdir()] == ["000007.pt"]


def test_a_torn_file_never_loads_and_the_one_before_it_does(tmp_path):
    good = save_checkpoint(tmp_path, 1, STATE)
    torn = save_checkpoint(tmp_path, 2, STATE)
    content = torn.read_bytes()
    lengths = {0, 1, 2, 100, len(content) // 2, len(content) - 100, len(content) - 1}
    lengths |= set(range(0, len(content), len(content) // 23))
    for length in sorted(lengths):
        torn.write_bytes(content[:length])
        with pytest.raises(CheckpointError) as error:
            load_checkpoint(torn)
        assert str(torn) in str(error.value)
        assert latest_checkpoint(tmp_path) == good


@pytest.mark.parametrize(
    "content", [b"", b"nothing of the kind", b"PK\x03\x04", b"\x80\x02}q\x00."]
)
def test_other_files_never_load(tmp_path, content):
    path = tmp_path / "000001.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="000001.pt"):
        load_checkpoint(path)
    assert latest_checkpoint(tmp_path) is None


def test_a_checkpoint_runs_no_code(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    torch.save({"trap": Trap()}, tmp_path / "000001.pt")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "000001.pt")
    assert not (tmp_path / "sprung").exists()


def test_only_the_newest_stay(tmp_path):
    for iteration in range(1, KEPT + 3):
        save_checkpoint(tmp_path, iteration, STATE)
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert names == [f"{iteration:06d}.pt" for iteration in range(3, KEPT + 3)]


def test_a_copy_beside_them_is_nobodys(tmp_path):
    (tmp_path / "000001_copy.pt").write_bytes(b"")
    for iteration in range(1, KEPT + 2):
        save_checkpoint(tmp_path, iteration, STATE)
    assert (tmp_path / "000001_copy.pt").exists()
    assert latest_checkpoint(tmp_path).name == f"{KEPT + 1:06d}.pt"


def test_the_newest_has_the_highest_number_however_long(tmp_path):
    for iteration in (999_998, 999_999, 1_000_000, 1_000_001):
        path = save_checkpoint(tmp_path, iteration, STATE)
        assert latest_checkpoint(tmp_path) == path


def test_what_came_after_a_checkpoint_that_was_gone_back_to_goes(tmp_path):
    for iteration in (10, 20, 30):
        save_checkpoint(tmp_path, iteration, STATE)
    # a run that was resumed from 10, not from the newest
    path = save_checkpoint(tmp_path, 15, STATE)
    assert latest_checkpoint(tmp_path) == path
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["000010.pt", "000015.pt"]


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        load_checkpoint(tmp_path / "000001.pt")
