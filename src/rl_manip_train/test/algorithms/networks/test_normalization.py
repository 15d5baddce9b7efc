"""Running statistics against numpy over everything that was shown."""

from __future__ import annotations

import numpy as np
import torch

from rl_manip_train.algorithms.networks.normalization import RunningNormalizer


def test_merged_batches_give_the_statistics_of_all():
    rng = np.random.default_rng(0)
    batches = [rng.normal(5.0, 3.0, (size, 2)).astype(np.float32) for size in (1, 7, 300)]
    normalizer = RunningNormalizer(2)
    for batch in batches:
        normalizer.update(torch.from_numpy(batch))
    everything = np.concatenate(batches).astype(np.float64)
    np.testing.assert_allclose(normalizer.mean, everything.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(normalizer.variance, everything.var(axis=0), rtol=1e-12)
    assert float(normalizer.count) == 308
    normalized = normalizer(torch.from_numpy(everything).float())
    np.testing.assert_allclose(normalized.mean(dim=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(normalized.std(dim=0, unbiased=False), 1.0, rtol=1e-5)


def test_denormalizing_undoes_normalizing():
    normalizer = RunningNormalizer(3)
    normalizer.update(torch.randn(50, 3) * 4.0 + 1.0)
    value = torch.randn(5, 3)
    torch.testing.assert_close(normalizer.denormalize(normalizer(value)), value)


def test_clipping():
    normalizer = RunningNormalizer(1, clip=2.0)
    assert normalizer(torch.tensor([[-9.0], [0.5], [9.0]]))[:, 0].tolist() == [-2.0, 0.5, 2.0]


def test_state_dict_carries_the_statistics():
    normalizer, other = RunningNormalizer(2), RunningNormalizer(2)
    normalizer.update(torch.randn(50, 2) * 4.0 + 1.0)
    other.load_state_dict(normalizer.state_dict())
    value = torch.randn(5, 2)
    assert torch.equal(other(value), normalizer(value))
    assert float(other.count) == 50


def test_what_is_not_finite_never_reaches_the_statistics():
    normalizer, clean = RunningNormalizer(2), RunningNormalizer(2)
    batch = torch.randn(6, 2)
    clean.update(batch)
    dirty = torch.cat((batch, torch.tensor([[float("nan"), 0.0], [0.0, float("inf")]])))
    normalizer.update(dirty)
    normalizer.update(dirty[-2:])
    assert torch.equal(normalizer.mean, clean.mean)
    assert torch.equal(normalizer.variance, clean.variance)
