"""Whatever comes in, in whatever order: what goes out is finite, within limits, and brakes."""

import itertools
import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rl_manip_description import load_arm

ARM = load_arm("ur5e")
NAMES = list(ARM.joint_names)
REST = [0.0] * 6


def test_every_order_of_the_joints_gives_the_same_commands(make_bench):
    request = [0.5, -0.4, 0.3, 0.2, -0.1, 0.6]

    def commands(bench, state_order, command_order):
        for _ in range(4):
            bench.now += bench.period
            position = [bench.position[i] for i in state_order]
            names = [NAMES[i] for i in state_order]
            bench.guard.on_joint_state(names, position, [0.0] * 6, bench.now)
            asked = [request[i] for i in command_order]
            bench.guard.on_command([NAMES[i] for i in command_order], asked, bench.now)
            bench.step()
        return bench.sent[-4:]

    orders = list(itertools.permutations(range(6)))
    assert len(orders) == 720
    expected = commands(at_rest(make_bench), orders[0], orders[0])
    assert np.all(np.abs(expected[-1]) > 0.0)
    for order, other in zip(orders[::20], orders[::-20]):
        np.testing.assert_array_equal(commands(at_rest(make_bench), order, other), expected)


def at_rest(make_bench):
    """Armed, and nothing asked for yet."""
    bench = make_bench().ready()
    assert bench.guard.arm(bench.now) == ""
    return bench


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(st.sampled_from([*NAMES, "finger", ""]), max_size=8) | st.permutations(NAMES),
    values=st.lists(st.floats(width=64), max_size=8),
    as_state=st.booleans(),
    stamp=st.floats(width=64) | st.none(),
)
def test_no_message_makes_the_output_unsound(make_bench, names, values, as_state, stamp):
    bench = at_rest(make_bench)
    bench.run(0.05)
    if as_state:
        bench.guard.on_joint_state(names, values, values, bench.now, stamp)
    else:
        bench.guard.on_command(names, values, bench.now)
    before = bench.guard.motion.velocity
    for _ in range(3):
        bench.now += bench.period
        after = bench.step()
        assert after.shape == (6,)
        assert np.all(np.isfinite(after))
        assert np.all(np.abs(after - before) <= ARM.limits.stop_deceleration * bench.period + 1e-9)
        before = after


def test_output_is_sound_whatever_comes_in(bench):
    rng = np.random.default_rng(0)
    guard = bench.guard
    guard.on_program_running(True)
    odd = [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0]
    armed = moving = 0
    for cycle in range(3000):
        elapsed = rng.choice([0.0, 0.001, 0.002, 0.03, 0.2], p=[0.1, 0.2, 0.6, 0.08, 0.02])
        bench.now += elapsed
        bench.position = bench.position + elapsed * bench.sent[-1]
        names = list(rng.permutation(NAMES)) if rng.random() < 0.99 else NAMES[:3]
        value = rng.uniform(-7.0, 7.0, len(names)).tolist()
        if rng.random() < 0.01:
            value[0] = odd[rng.integers(6)]
        if rng.random() < 0.95:
            bench.joint_state()
        else:
            guard.on_joint_state(names, value, value, bench.now)
        if rng.random() < 0.1:
            bench.ask(REST) if cycle % 300 < 150 else guard.on_command(names, value, bench.now)
        guard.arm(bench.now)
        before = guard.motion
        sent = bench.step()
        assert sent.shape == (6,)
        assert np.all(np.isfinite(sent))
        assert np.all(np.abs(sent) <= ARM.limits.velocity)
        largest = ARM.limits.stop_deceleration
        assert np.all(np.abs(guard.motion.acceleration) <= largest + 1e-9)
        small = np.abs(sent - before.velocity) <= largest * max(elapsed, 0.01) + 1e-9
        towards_zero = (sent * before.velocity >= 0.0) & (np.abs(sent) <= np.abs(before.velocity))
        assert np.all(small | towards_zero)
        armed += guard.mode == "armed"
        moving += bool(np.any(sent))
    assert armed > 300  # else it shows nothing
    assert moving > 100
