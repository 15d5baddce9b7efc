"""A motion on which the arm would hit something is refused before it starts."""

import numpy as np
import pytest

from rl_manip_gap.identify.motion.excitation import Excitation
from rl_manip_gap.identify.motion.free_path import TouchError, check_free


def test_excitations_from_home_are_free(arm_of_each_kind):
    arm = arm_of_each_kind
    for seed in range(3):
        check_free(arm, Excitation(arm, arm.home, 20.0, seed).path())


def test_a_path_into_the_table_or_into_itself_is_refused(arm):
    shares = np.linspace(0.0, 1.0, 50)[:, None]
    down = arm.home.copy()
    down[1] = 0.3  # the upper arm below the horizontal
    with pytest.raises(TouchError, match="would touch"):
        check_free(arm, arm.home + shares * (down - arm.home))
    folded = arm.home.copy()
    folded[2] = 3.1  # the forearm onto the upper arm
    with pytest.raises(TouchError, match="would touch .*link"):
        check_free(arm, arm.home + shares * (folded - arm.home))
