"""A machine that stands still for 50 ms makes the guard stop the arm: its duty, not a failure."""

import pytest

THE_GUARD_HEARD_NOTHING = r" is \d+\.\d+ s old"
"""How the guard says that states, commands or heartbeats did not come in time."""

stalls_are_forgiven = pytest.mark.flaky(reruns=2, only_rerun=[THE_GUARD_HEARD_NOTHING])
"""Of a test whose arm cannot be armed again: it runs again where such a stop is what failed it."""
