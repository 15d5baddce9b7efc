"""Which folder a run is written to, and which one it leaves alone."""

from __future__ import annotations

import pytest
from recorded_run import tiny

from rl_manip_train.run.files.run_directory import CONFIG, RunDirectory, RunDirectoryError


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs, a and b, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name / "checkpoints").mkdir(parents=True)
        (tmp_path / name / "checkpoints" / "000001.pt").write_bytes(b"")
        (tmp_path / name / CONFIG).write_text("of before")
    return tmp_path


@pytest.mark.parametrize("resume", ["a", "a/checkpoints/000001.pt"])
@pytest.mark.parametrize("run_dir", [None, "a", "../{here}/a"])
def test_a_resumed_run_goes_on_in_its_folder(resume, run_dir, runs):
    given = run_dir and runs / run_dir.format(here=runs.name)
    directory = RunDirectory.open(tiny(given, resume=runs / resume))
    assert directory.path.resolve() == runs / "a"
    assert (runs / "a" / CONFIG).read_text() != "of before"


@pytest.mark.parametrize("resume", ["a", "a/checkpoints/000001.pt"])
def test_nothing_is_resumed_into_another_runs_folder(resume, runs):
    with pytest.raises(RunDirectoryError, match="b already holds a run; give another run_dir"):
        RunDirectory.open(tiny(runs / "b", resume=runs / resume))
    assert (runs / "b" / CONFIG).read_text() == "of before"


def test_a_checkpoint_apart_from_its_run_begins_a_folder_of_its_own(runs):
    (runs / "kept").mkdir()
    (runs / "kept" / "000001.pt").write_bytes(b"")
    directory = RunDirectory.open(tiny(None, resume=runs / "kept" / "000001.pt"))
    assert directory.path.parent.name == "runs"
    assert not (runs / CONFIG).exists()
