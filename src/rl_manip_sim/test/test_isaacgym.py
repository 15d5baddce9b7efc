"""The isaacgym backend on a strict stand-in, and what is said where Isaac Gym cannot run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rl_manip_sim.backends import resolve_backend
from rl_manip_sim.backends.availability import what_is_missing
from rl_manip_sim.batch_sim import BackendError
from rl_manip_sim.contract import PROMISES

STAND_IN = Path(__file__).parent / "isaacgym_stand_in"


def run(*arguments, timeout=120):
    """A program of its own: Isaac Gym has to be imported before torch."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=timeout
    )


def test_the_contract_holds_on_the_stand_in():
    done = run(STAND_IN / "run_module.py", "rl_manip_sim.check", "--backend", "isaacgym")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    excused = PROMISES["isaacgym"].not_kept
    for name, reason in excused.items():  # the table says why
        row = rows.pop(name)
        assert "not kept" in row
        assert row.endswith(reason)
    assert f"30 of {30 + len(excused)} checks passed" in rows.pop("isaacgym,")
    assert all(row.split()[1] == "ok" for row in rows.values()), done.stdout
    assert len(rows) == 30


def test_the_stand_in_refuses_misuse():
    done = run(STAND_IN / "misuse.py")
    assert done.returncode == 0, done.stderr
    outcomes = done.stdout.splitlines()
    assert len(outcomes) == 17
    assert all(outcome.endswith(" refused") for outcome in outcomes), done.stdout


def test_isaac_gym_after_torch_is_one_sentence():
    program = (
        f"import torch, sys; sys.path.insert(0, {str(STAND_IN)!r}); "
        "from rl_manip_sim import isaacgym_import as i; print(i.problem)"
    )
    done = run("-c", program)
    assert "does not load (PyTorch was imported before isaacgym modules.)" in done.stdout


def test_no_gpu_is_one_sentence():
    program = (
        f"import sys; sys.path.insert(0, {str(STAND_IN)!r}); "
        "from rl_manip_sim import check; import torch; torch.cuda.is_available = lambda: False; "
        "sys.exit(check.main(['--backend', 'isaacgym']))"
    )
    done = run("-c", program)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "sees no NVIDIA GPU" in done.stderr


def test_a_python_that_isaac_gym_has_no_binding_for_is_one_sentence():
    assert sys.version_info >= (3, 9)
    with pytest.raises(BackendError, match="needs Python 3.6 to 3.8 and this is Python"):
        resolve_backend("isaacgym")
    assert sys.executable in what_is_missing("isaacgym")


def test_a_missing_package_names_the_interpreter(monkeypatch):
    from rl_manip_sim import isaacgym_import

    monkeypatch.setattr(isaacgym_import.sys, "version_info", (3, 8, 10))
    assert "the package isaacgym is missing in" in isaacgym_import.import_isaacgym()
