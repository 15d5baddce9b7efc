"""The stop that an arm's file promises is one that its motors can make."""

import mujoco
import numpy as np
import pytest

from rl_manip_description import known_arms, load_arm
from rl_manip_sim.models.arm_model import JointDynamics, build_arm_spec

SPEED = 1.5  # [rad/s]
POSTURES = 1000


@pytest.fixture(scope="module", params=known_arms())
def braking(request):
    """Arm, and of postures that it can take: inertia (k, n, n), gravity (k, n), friction (n,)
    [kg m^2, Nm]."""
    arm = load_arm(request.param)
    dynamics = JointDynamics()
    spec = build_arm_spec(arm, timestep=0.002, dynamics=dynamics, visual=False)
    for body in spec.bodies[1:]:
        body.gravcomp = 0.0
    model = spec.compile()
    data = mujoco.MjData(model)
    n = arm.num_joints
    inertia, gravity = np.zeros((POSTURES, n, n)), np.zeros((POSTURES, n))
    rng = np.random.default_rng(0)
    # stretched out level, the heaviest load on the shoulder, comes first
    lower, upper = arm.limits.one_turn
    postures = rng.uniform(np.maximum(lower, -np.pi), np.minimum(upper, np.pi), (POSTURES, n))
    postures[0] = np.clip(0.0, lower, upper)
    for k, posture in enumerate(postures):
        data.qpos[:] = posture
        mujoco.mj_forward(model, data)
        mujoco.mj_fullM(model, data, inertia[k])
        gravity[k] = data.qfrc_bias
    # viscous friction falls with the speed: half of it is there on average
    share = dynamics.coulomb_friction + 0.5 * SPEED * dynamics.viscous_friction
    return arm, inertia, gravity, share * arm.limits.effort


def test_any_joint_can_be_braked_in_every_posture(braking):
    arm, inertia, gravity, friction = braking
    own = np.einsum("kii->ki", inertia)
    need = own * arm.limits.stop_deceleration + np.abs(gravity) - friction
    assert np.all(need <= arm.limits.effort)


def test_all_joints_can_be_braked_at_once_nearly_everywhere(braking):
    arm, inertia, gravity, friction = braking
    sign = np.random.default_rng(1).choice([-1.0, 1.0], gravity.shape)
    # each joint moves along its sign; braking and gravity need torque, friction helps to brake
    braked = np.einsum("kij,kj->ki", inertia, -sign * arm.limits.stop_deceleration)
    torque = braked + gravity + sign * friction
    feasible = np.all(np.abs(torque) <= arm.limits.effort, axis=1)
    assert feasible.mean() >= 0.97
