"""What the mujoco_warp backend costs, on Warp's CPU device."""

from __future__ import annotations

import pytest
import torch

from rl_manip_sim.backends import make_sim
from rl_manip_sim.backends.availability import what_is_missing
from rl_manip_sim.contract.subject import everyone, physics

if what_is_missing("mujoco_warp"):
    pytest.skip(what_is_missing("mujoco_warp"), allow_module_level=True)

import warp as wp

COUNT, SUBSTEPS = 4, 2


@pytest.fixture
def launches(monkeypatch):
    """Names of the kernels that were launched."""
    names, launch = [], wp.launch

    def noted(kernel, *args, **more):
        names.append(kernel.key)
        return launch(kernel, *args, **more)

    monkeypatch.setattr(wp, "launch", noted)
    return names


def test_a_reset_costs_less_than_a_simulation_step_and_no_more_for_many(arm, launches):
    sim = make_sim("mujoco_warp", arm, COUNT, 0.01 * SUBSTEPS, 0.01)
    home = torch.tensor(arm.home, dtype=torch.float32).repeat(COUNT, 1)

    def launched(work):
        launches.clear()
        work()
        return len(launches)

    step = launched(lambda: sim.step(torch.zeros_like(home))) / SUBSTEPS
    one = launched(lambda: sim.reset(torch.tensor([2]), home[:1]))
    everybody = launched(lambda: sim.reset(everyone(sim), home))
    assert 0 < one == everybody < step
    drawn = launched(lambda: sim.randomize(torch.tensor([1]), physics(sim, count=1)))
    assert drawn < 3.0 * step  # 271 against 99: derived fields of every world
