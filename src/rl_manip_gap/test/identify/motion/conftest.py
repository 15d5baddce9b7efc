"""Arms on which motions are tried."""

import pytest

from rl_manip_description import load_arm

# of each kind of shapes, joints and limits one
SAMPLE = ("ur3e", "ur5e", "ur20", "xarm7", "fr3", "gen3")


@pytest.fixture(params=SAMPLE)
def arm_of_each_kind(request):
    return load_arm(request.param)
