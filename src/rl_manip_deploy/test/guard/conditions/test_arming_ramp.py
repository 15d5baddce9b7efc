"""Full speed comes back slowly after arming."""

import numpy as np
import pytest

from rl_manip_deploy.guard.conditions.arming_ramp import ArmingRamp


def test_speed_rises_from_the_first_motion_that_is_asked_for():
    ramp, still, moving = ArmingRamp(2.0), np.zeros(6), np.eye(6)[1]
    assert ramp.share(still, 100.0) == 1.0  # of nothing
    assert [ramp.share(moving, 101.0 + t) for t in (0.0, 0.5, 2.0, 9.0)] == [0.0, 0.25, 1.0, 1.0]
    # standing still for a while begins nothing anew, arming does
    assert ramp.share(still, 111.0) == 1.0
    ramp.restart()
    assert ramp.share(moving, 112.0) == 0.0
    assert ramp.share(moving, 113.0) == pytest.approx(0.5)
