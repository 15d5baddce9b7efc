"""Rows that are drawn once and taken at random."""

from __future__ import annotations

import torch

from rl_manip_sim.randomization.bank import Bank


def test_rows_come_whole_and_all_alike_often():
    rows = torch.tensor([[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]])
    bank = Bank(rows, torch.Generator().manual_seed(0))
    taken = bank.take(3000)
    torch.testing.assert_close(taken[:, 1], taken[:, 0] + 10.0)
    counts = taken[:, 0].long().bincount()
    # a row's count has a standard deviation of sqrt(3000 / 3 * 2 / 3) = 26
    assert ((counts - 1000).abs() < 4 * 26).all(), counts


def test_the_same_seed_takes_the_same_rows():
    rows = torch.rand(50, 2)
    one, two = (Bank(rows, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(one.take(20), two.take(20))
    assert one.take(0).shape == (0, 2)
