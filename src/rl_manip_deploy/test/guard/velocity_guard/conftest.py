"""A guard on a bench: an ideal arm behind it, and a clock of its own."""

import numpy as np
import pytest

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import stopping_time
from rl_manip_deploy.guard.velocity_guard import Mode, VelocityGuard
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
REST = [0.0] * 6


class Bench:
    """Drives a guard cycle by cycle; the arm does at once what it is commanded."""

    arm = ARM
    names = list(ARM.joint_names)
    period = 0.002  # [s]
    request = [0.5, -0.4, 0.3, 0.2, -0.1, 0.6]  # [rad/s]

    def __init__(self, timing=None, **options):
        # most tests need not wait a second for full speed
        timing = GuardTiming(**{"arming_ramp": 0.01, **(timing or {})})
        self.guard = VelocityGuard(ARM, arm_limits(ARM), timing, **options)
        self.now = 100.0
        self.position = ARM.home.copy()
        self.measures_velocity = True
        self.sent = [np.zeros(6)]

    def run(self, seconds, request=(), states=True, period=None):
        """Cycles with a joint state, a request (`self.request` where it is empty), a command."""
        period = period or self.period
        for _ in range(round(seconds / period)):
            self.now += period
            self.position = self.position + period * self.sent[-1]
            if states:
                self.joint_state()
            if request is not None:
                self.ask(self.request if len(request) == 0 else request)
            self.step()

    def ask(self, request):
        self.guard.on_command(self.names, list(request), self.now)

    def joint_state(self, position=None):
        position = self.position if position is None else position
        velocity = list(self.sent[-1]) if self.measures_velocity else []
        self.guard.on_joint_state(self.names, list(position), velocity, self.now)

    def step(self):
        self.sent.append(self.guard.step(self.now).copy())
        return self.sent[-1]

    @property
    def mode(self):
        return self.guard.mode

    def ready(self):
        """Everything is there, the arm at rest."""
        self.guard.on_program_running(True)
        self.run(0.15, request=REST)
        return self

    def armed(self, request=()):
        """Armed, and as fast as asked for."""
        self.ready()
        assert self.guard.arm(self.now) == ""
        self.run(0.25, request=request)
        np.testing.assert_allclose(self.sent[-1], self.request if len(request) == 0 else request)
        return self

    def check_stop(self, reason):
        """Rest within v / A + A / J of the fastest joint, no limit of stops broken, latched."""
        begun = len(self.sent)
        fastest = np.abs(self.sent[-1]).max()
        self.run(stopping_time(arm_limits(ARM), fastest) + self.period, states=False)
        assert self.mode is Mode.STOPPED
        assert reason in self.guard.reason
        sent = np.array(self.sent[begun - 1 :])
        np.testing.assert_array_equal(sent[-1], 0.0)
        change = np.diff(sent, axis=0) / self.period
        assert np.all(np.abs(change) <= ARM.limits.stop_deceleration + 1e-6)
        jerk = np.diff(change, axis=0) / self.period
        assert np.all(np.abs(jerk) <= ARM.limits.stop_jerk + 1e-3)
        self.guard.on_program_running(True)
        self.guard.on_speed_scaling(1.0)
        self.run(0.14)
        np.testing.assert_array_equal(self.sent[-1], 0.0)
        assert self.mode is Mode.STOPPED
        self.run(0.02, request=REST)
        assert self.guard.arm(self.now) == ""
        self.run(0.2)
        np.testing.assert_allclose(self.sent[-1], self.request)


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def make_bench():
    """`make_bench(timing, **options of the guard)`."""
    return Bench
