"""The isaacgym backend on a strict stand-in, and what is said where Isaac Gym cannot run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.backends import resolve_backend
from rl_manip_sim.backends.availability import what_is_missing
from rl_manip_sim.backends.isaacgym.isaacgym_gripper import GymFingers
from rl_manip_sim.batch_sim import BackendError
from rl_manip_sim.contract import PROMISES

STAND_IN = Path(__file__).parents[1] / "isaacgym_stand_in"


def run(*arguments, timeout=600):
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
    assert f"31 of {31 + len(excused)} checks passed" in rows.pop("isaacgym,")
    assert all(row.split()[1] == "ok" for row in rows.values()), done.stdout
    assert len(rows) == 31


def test_the_stand_in_refuses_misuse():
    done = run(STAND_IN / "misuse.py")
    assert done.returncode == 0, done.stderr
    outcomes = done.stdout.splitlines()
    assert len(outcomes) == 28
    assert all(outcome.endswith(" refused") for outcome in outcomes), done.stdout


@pytest.fixture(scope="module")
def told():
    """What ``resets.py`` saw on the stand-in."""
    done = run(STAND_IN / "resets.py")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_reset_makes_no_step_and_no_call(told):
    assert told["at a reset"] == []
    assert told["steps at a reset"] == 0


def test_only_environments_that_reset_are_placed_and_once(told):
    assert sorted(told["arms placed in the step"]) == [
        2,
        8,
    ]  # the arms of 1 and 4, of two actors each
    assert told["placed in its simulation steps"] == 1
    assert told["simulation steps"] == 4


def test_bodies_and_materials_are_those_of_the_start_and_reported_so(told):
    assert told["at a later randomisation"] == []
    assert told["mass reported later"] == pytest.approx([1.1])


def test_frictions_share_materials(told):
    assert told["frictions"] == pytest.approx([0.60, 0.61])  # of 0.600, 0.602, ... 0.610


def test_the_simulation_is_on_the_process_s_own_card(told):
    assert (told["card"], told["device"]) == (3, "cuda:3")


def test_simulation_steps_do_not_make_the_host_wait(told):
    assert told["waits in a step after a reset"] == []
    # several resets before one step: whoever is in more than one is placed once
    assert told["waits after two resets"] == 1
    assert told["arms placed after two resets"] == [2, 8]


def test_a_second_simulation_waits_for_the_first_to_be_given_up(told):
    assert "and one of 6 environments is in use" in told["a second one"]
    assert told["a second one, later"] == 1


def fingers_at(*positions, wanted):
    gripper = load_arm("ur5e", gripper="robotiq_2f85").gripper
    state, target = torch.zeros(1, 2, 2), torch.zeros(1, 2)
    state[0, :, 0] = torch.tensor(positions)
    fingers = GymFingers(gripper, state, target)
    fingers.command(torch.tensor([wanted]))
    return fingers, target


@pytest.mark.parametrize(
    ("positions", "wanted", "aim"),
    [
        ((0.03, 0.03), 0.085, 0.032),  # 2 mm ahead, as far as it takes for the grip force
        ((0.03, 0.03), 0.0, 0.028),
        ((0.03, 0.03), 0.061, 0.0305),  # less is wanted
        ((0.029, 0.031), 0.0, 0.028),  # the one that lags is drawn 3 mm, the other one 1 mm
    ],
)
def test_both_fingers_aim_ahead_of_their_middle(positions, wanted, aim):
    fingers, target = fingers_at(*positions, wanted=wanted)
    fingers.aim()
    torch.testing.assert_close(target, torch.full((1, 2), aim))


@pytest.mark.parametrize(
    ("left", "right", "grip"),
    [
        ((12.0, 0.0, 5.0), (-10.0, 3.0, 0.0), 10.0),  # the smaller one, along the closing axis
        ((0.0, 0.0, 20.0), (0.0, 0.0, 20.0), 0.0),  # pressed on the table
        ((12.0, 0.0, 0.0), (12.0, 0.0, 0.0), 0.0),  # pushed from one side
        ((-12.0, 0.0, 0.0), (12.0, 0.0, 0.0), 0.0),  # pushed together
    ],
)
def test_grip_force_by_hand(left, right, grip):
    fingers, _ = fingers_at(0.01, 0.01, wanted=0.0)
    force = torch.tensor([[left, right]])
    found = fingers.grip_force(force, torch.tensor([[0.0, 0.0, 0.0, 1.0]]))
    assert found.tolist() == [grip]
    # tool turned by 90 degrees about z: its x axis is the base's y axis
    turned = torch.stack((-force[..., 1], force[..., 0], force[..., 2]), dim=2)
    found = fingers.grip_force(turned, torch.tensor([[0.0, 0.0, 0.5**0.5, 0.5**0.5]]))
    torch.testing.assert_close(found, torch.tensor([grip]))


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
