import pytest

from rl_manip_description import load_arm
from rl_manip_gap.replay.twin import Twin


@pytest.fixture(scope="session")
def arm():
    return load_arm("ur5e")


@pytest.fixture(scope="session")
def twin(arm):
    return Twin(arm)
