"""Adam against its paper and against torch's, with parameters that rest, and resumed."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from rl_manip_train.algorithms.optimization.adam import Adam

RATE = 1e-2


def parameters():
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(shape)) for shape in ((3, 2), (), (2, 1, 4), (5,))]


def gradients(steps, own):
    """Of each step and parameter; in some steps the first two rest, in some the third."""
    torch.manual_seed(1)
    resting = [(), (0, 1), (), (2,), (2,), ()]
    return [
        [None if i in resting[step % 6] else torch.randn_like(p) for i, p in enumerate(own)]
        for step in range(steps)
    ]


def make_steps(adam, own, steps):
    for each in steps:
        parts = [torch.zeros_like(p) if g is None else g for g, p in zip(each, own)]
        flat = torch.cat([part.flatten() for part in parts])
        adam.step(flat, [gradient is not None for gradient in each])


def make_steps_of_torchs(adam, own, steps):
    for each in steps:
        for parameter, gradient in zip(own, each):
            parameter.grad = gradient
        adam.step()


def test_the_first_steps_by_hand():
    parameter = nn.Parameter(torch.tensor([1.0, -2.0]))
    adam = Adam([parameter], RATE)
    # m / (1 - b1) = g and v / (1 - b2) = g^2: a step of the whole rate against the sign
    adam.step(torch.tensor([0.5, -30.0]), [True])
    assert parameter.tolist() == pytest.approx([1.0 - RATE, -2.0 + RATE])
    # m = 0.9 * 0.05 - 0.1 = -0.055, over 1 - 0.81 is -0.2895; v = 0.999 * 0.00025 + 0.001 =
    # 0.00124975, over 1 - 0.998001 is 0.62519, whose root is 0.79069
    adam.step(torch.tensor([-1.0, 0.0]), [True])
    assert parameter.tolist()[0] == pytest.approx(1.0 - RATE + RATE * 0.2895 / 0.79069, abs=1e-6)


def test_it_is_torchs_where_all_move_and_where_some_rest():
    own, others = parameters(), parameters()
    adam, other = Adam(own, RATE), torch.optim.Adam(others, lr=RATE)
    for each in gradients(12, own):
        make_steps(adam, own, [each])
        make_steps_of_torchs(other, others, [each])
        assert all(torch.allclose(mine, its, atol=1e-6) for mine, its in zip(own, others))


def another_resumed(adam, own):
    """Parameters as they are, and an optimiser of theirs that has made a step before it resumes."""
    resumed = [nn.Parameter(torch.zeros_like(parameter)) for parameter in own]
    later = Adam(resumed, RATE)
    make_steps(later, resumed, [[torch.ones_like(parameter) for parameter in resumed]])
    with torch.no_grad():
        for parameter, former in zip(resumed, own):
            parameter.copy_(former)
    later.load_state_dict(copy.deepcopy(adam.state_dict()))
    return later, resumed


def test_it_goes_on_from_its_state_bit_for_bit():
    own = parameters()
    adam, steps = Adam(own, RATE), gradients(9, own)
    make_steps(adam, own, steps[:4])
    later, resumed = another_resumed(adam, own)
    make_steps(adam, own, steps[4:])
    make_steps(later, resumed, steps[4:])
    assert all(torch.equal(mine, its) for mine, its in zip(own, resumed))


def test_it_goes_on_from_the_state_of_torchs_which_earlier_checkpoints_hold():
    own = parameters()
    adam, steps = torch.optim.Adam(own, lr=RATE), gradients(9, own)
    make_steps_of_torchs(adam, own, steps[:4])
    later, resumed = another_resumed(adam, own)
    make_steps_of_torchs(adam, own, steps[4:])
    make_steps(later, resumed, steps[4:])
    assert all(torch.allclose(mine, its, atol=1e-6) for mine, its in zip(own, resumed))


def test_a_state_before_the_first_step_is_empty():
    assert Adam(parameters(), RATE).state_dict() == {"state": {}}


def test_no_compiler_is_imported_for_a_step():
    program = (
        "import sys, torch\n"
        "from rl_manip_train.algorithms.optimization.descent import Descent\n"
        "from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard\n"
        "from rl_manip_train.machine.data_parallel import ALONE\n"
        "weight = torch.nn.Parameter(torch.ones(2))\n"
        "Descent([weight], 0.1, 1.0, FiniteGuard(), ALONE).step(weight.sum(), {})\n"
        "assert weight.tolist() != [1.0, 1.0]\n"
        "assert 'torch._dynamo' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
