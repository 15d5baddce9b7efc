"""Intervals of shares against published values and numbers worked out by hand."""

import pytest

from rl_manip_description.wilson import wilson_interval


def test_published_values():
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(95, 100) == pytest.approx((0.88825, 0.97846), abs=2e-5)


def test_none_and_all():
    z2 = 1.959964**2
    assert wilson_interval(10, 10) == pytest.approx((10 / (10 + z2), 1.0), abs=1e-6)
    assert wilson_interval(0, 10) == pytest.approx((0.0, z2 / (10 + z2)), abs=1e-6)
    assert wilson_interval(0, 0) == (0.0, 1.0)
