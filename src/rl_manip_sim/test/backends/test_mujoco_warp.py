"""What the mujoco_warp backend costs, on Warp's CPU device."""

from __future__ import annotations

import pytest
import torch
from host_waits import noted_launches

from rl_manip_sim.backends import make_sim
from rl_manip_sim.backends.availability import what_is_missing
from rl_manip_sim.contract.subject import everyone, physics

if what_is_missing("mujoco_warp"):
    pytest.skip(what_is_missing("mujoco_warp"), allow_module_level=True)

from rl_manip_sim.backends.mujoco import mujoco_warp_batch

COUNT, SUBSTEPS = 4, 2


@pytest.fixture
def launches(monkeypatch):
    """Names of the kernels that were launched."""
    return noted_launches(monkeypatch)


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


@pytest.mark.parametrize(
    ("room", "figure", "what"),
    [("CONTACTS_PER_ENV", 3, "contacts"), ("PYRAMID_ROWS", 0, "constraints")],
)
def test_what_had_no_room_is_told_once(arm, monkeypatch, room, figure, what):
    monkeypatch.setattr(mujoco_warp_batch, room, figure)
    sim = make_sim("mujoco_warp", arm, COUNT, 0.01 * SUBSTEPS, 0.01)
    home = torch.tensor(arm.home, dtype=torch.float32).repeat(COUNT, 1)
    lying = torch.zeros_like(home)
    lying[:, 1] = 0.3  # stretched out, into the table
    for pose, told in ((home, ""), (lying, f"all {what} in {COUNT}"), (home, "")):
        sim.reset(everyone(sim), pose)
        sim.step(torch.zeros_like(home))
        sentence = sim.trouble()
        assert bool(sentence) == bool(told), sentence
        assert told in sentence
    assert sim.trouble() == ""
