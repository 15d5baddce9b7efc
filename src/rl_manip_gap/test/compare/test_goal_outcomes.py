"""Closed loop from recorded goals, with a controller whose outcome is known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rl_manip_deploy.policy.policy_file import Command
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_gap.bags.bag_writing import joint_state_messages, pose_messages, write_bag
from rl_manip_gap.compare.closed_loop import rerun
from rl_manip_gap.compare.goal_outcomes import arm_outcomes, goal_spans
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.metrics.figures import goal_figures
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.replay.backend_twin import run_up, sim_of
from rl_manip_gap.testing.synthetic_bag import nanoseconds, states_and_commands


class JacobianPolicy:
    """Drives the tool straight to the goal: velocity = J+ k (goal - tool); remembers its goal."""

    def __init__(self, arm, gain):
        self._arm, self._gain = arm, gain
        low, high = (0.0, -0.1, 0.0), (1.0, 0.1, 1.0)
        self.reads_object = False
        self.metadata = SimpleNamespace(
            success=SuccessCriterion(),
            randomization={},
            episode_s=4.0,
            control_dt=0.04,
            joint_names=arm.joint_names,
            memory=None,
            hole=None,
            stacks=False,
            velocity_limit=(1.5,) * 6,
            inputs=(SimpleNamespace(name="goal_position", low=low, high=high),),
        )

    def act(self, values, memory=None):
        goal = values["goal_position"]
        assert memory is None or np.array_equal(memory, goal)  # each goal has its own memory
        position = values["joint_position"]
        tool = self._arm.forward_kinematics(position).position
        wanted = self._gain * (goal - tool)
        velocity = np.linalg.pinv(self._arm.jacobian(position)[:3]) @ wanted
        return Command(velocity, memory=goal)


@pytest.fixture(scope="module")
def recording(arm, tmp_path_factory):
    """An arm that stands still while two goals are set, both out of its reach."""
    time = np.arange(0.0, 6.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    tool = arm.forward_kinematics(arm.home).position
    goals = np.array([tool + [0.05, 0.1, 0.05], tool + [0.0, -0.2, -0.1]])
    path = tmp_path_factory.mktemp("bag") / "bag"
    return read_recording(
        states_and_commands(
            path, arm, time, still, 0 * still, time, 0 * still, goals=(np.array([0.5, 3.0]), goals)
        ),
        arm,
    )


def test_the_simulation_meets_goals_that_the_arm_did_not(arm, recording):
    spans = goal_spans(recording)
    real = arm_outcomes(recording, arm, spans, SuccessCriterion())
    sim = rerun(arm, JacobianPolicy(arm, 3.0), recording, spans)
    assert [outcome.success for outcome in real] == [False, False]
    assert real[0].final_distance_m == pytest.approx(np.sqrt(0.05**2 + 0.1**2 + 0.05**2))
    assert goal_figures(sim.outcomes)["success_rate"].value == 1.0
    # exp(-3 t) of 122 mm is 20 mm after 0.6 s; the servo and the speed criterion add to it
    assert 0.6 < sim.outcomes[0].time_to_goal_s < 2.0
    assert sim.outcomes[0].final_distance_m < 0.02


def test_every_goal_has_an_outcome_however_its_times_are_rounded(arm, recording):
    (goal,) = goal_spans(recording)[:1]
    starts = np.random.default_rng(0).uniform(0.1, 1.0, 20)
    spans = [goal._replace(start=start, last=goal.first + 100) for start in starts]
    outcomes = arm_outcomes(recording, arm, spans, SuccessCriterion())
    assert [outcome.success for outcome in outcomes] == [False] * 20


def test_the_start_is_the_recorded_motion(arm, recording):
    position = arm.home[None] + [[0.1], [-0.05]]
    velocity = np.array([[0.3, -0.2, 0.1, 0.4, 0.0, -0.5], [0.0] * 6])
    sim = sim_of(arm, "mujoco", 2, 0.04)
    run_up(sim, position, velocity)
    assert np.allclose(sim.joint_position, position, atol=1e-4)
    assert np.allclose(sim.joint_velocity, velocity, atol=1e-3)


def turned(arm, angle):
    """Bag contents: the tool rests at a goal's position, turned by an angle [rad] against it."""
    time = np.arange(0.0, 3.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    pose = arm.forward_kinematics(arm.home)
    goal = Rotation.from_rotvec([0.0, angle, 0.0]) * Rotation.from_quat(pose.quaternion)
    goals = np.concatenate((pose.position, goal.as_quat()))[None]
    return time, still, goals


@pytest.mark.parametrize(("angle", "met"), [(0.08, True), (0.12, False)])
def test_a_goal_pose_is_met_only_when_turned_right(arm, tmp_path, angle, met):
    time, still, goals = turned(arm, angle)
    bag = states_and_commands(
        tmp_path / "bag", arm, time, still, 0 * still, goals=(np.array([0.5]), goals)
    )
    recording = read_recording(bag, arm)
    (outcome,) = arm_outcomes(
        recording, arm, goal_spans(recording), SuccessCriterion(angle_rad=0.1)
    )
    assert outcome.success is met


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    """A hand carries an object to the first of two goals, lets go, and leaves it there."""
    arm = load_arm("ur5e", "robotiq_2f85")
    time = np.arange(0.0, 8.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    closed = (time > 1.0) & (time < 3.0)
    opening = np.where(closed, 0.05, arm.gripper.max_opening)
    seen = np.arange(0.0, 8.0, 1 / 30)
    goals = np.array([[0.5, 0.1, 0.03], [0.4, -0.2, 0.03]])
    share = np.clip(seen - 1.5, 0.0, 1.0)[:, None]
    place = np.array([0.5, -0.1, 0.03]) * (1 - share) + goals[0] * share
    stamps, pictures = nanoseconds(time), nanoseconds(seen)
    names = [arm.gripper.joint_name]
    position = arm.gripper.joint_position(opening)[:, None]
    path = tmp_path_factory.mktemp("carried") / "bag"
    write_bag(
        path,
        [
            joint_state_messages(
                "/joint_states", stamps, stamps, arm.joint_names, still, 0 * still
            ),
            joint_state_messages("/joint_states", stamps, stamps, names, position, 0 * position),
            pose_messages("/object_pose", pictures, place),
            pose_messages("/goal_pose", nanoseconds(np.array([0.5, 4.5])), goals),
        ],
    )
    return arm, path


def test_an_object_counts_where_the_policy_handles_one(carried):
    arm, bag = carried
    recording = read_recording(bag, arm)
    assert recording.irregularities == ()  # the gripper's own joint states are no other device's
    criterion = SuccessCriterion(distance_m=0.025)
    outcomes = arm_outcomes(recording, arm, goal_spans(recording), criterion, about_object=True)
    assert [outcome.success for outcome in outcomes] == [True, False]
    # it stands at the goal from 2.5 s on and its slope over 0.5 s says so by 3.0 s, when the hand
    # lets go, 2.5 s after the goal
    assert outcomes[0].time_to_goal_s == pytest.approx(2.5, abs=0.05)
    assert outcomes[1].final_distance_m == pytest.approx(np.hypot(0.1, 0.3), abs=1e-3)
    assert not any(
        o.success for o in arm_outcomes(recording, arm, goal_spans(recording), criterion)
    )


def test_without_a_gripper_its_joint_states_are_another_device(carried):
    recording = read_recording(carried[1], load_arm("ur5e"))
    assert [irregularity.kind for irregularity in recording.irregularities] == ["other_joints"]


def test_a_policy_that_does_nothing_meets_nothing(arm, recording):
    sim = rerun(arm, JacobianPolicy(arm, 0.0), recording, goal_spans(recording))
    assert not any(outcome.success for outcome in sim.outcomes)


def test_inputs_outside_training_are_counted(arm, twin, recording):
    gap = measure_gap(recording, arm, twin, JacobianPolicy(arm, 3.0))
    shares = gap.inputs["goal_position"]
    outside = np.abs(recording.goals.position[:, 1]) > 0.1
    assert shares.share_outside == outside.mean()
    assert shares.per_element == (0.0, outside.mean(), 0.0)
