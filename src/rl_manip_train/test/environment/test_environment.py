"""Episodes: when they end, what is observed then, and how the next one starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS, Range
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import TASKS, UnknownTaskError, gripper_for, task_class

STILL = torch.zeros(4, 6)
# of each kind of shapes, joints and limits one
SAMPLE = ("ur3e", "ur5e", "ur20", "xarm7", "fr3", "gen3")


def run(environment, steps, action=None):
    """Step with one action; returns the last step."""
    for _ in range(steps):
        step = environment.step(torch.zeros(environment.num_envs, 6) if action is None else action)
    return step


@pytest.mark.parametrize("task_name", sorted(TASKS))
@pytest.mark.parametrize("arm_name", SAMPLE)
def test_every_task_runs_on_every_kind_of_arm(task_name, arm_name):
    gripper = gripper_for(task_name, "auto")
    if gripper and not load_arm(arm_name).practice.gripper:
        pytest.skip("an arm without a gripper of its own")
    arm = load_arm(arm_name, gripper)
    task = task_class(task_name)(arm, 8, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 8, 0.01, PRESETS["default"], 0, num_threads=1)
    assert environment.observe().shape == (8, task.observation_model.width)
    assert task.goal_region.contains(task.goal_position.numpy()).all()
    names = [spec.name for spec in task.input_specs]
    assert names[:3] == ["joint_position", "joint_velocity", "goal_position"]
    assert set(task.goal_inputs) <= set(names)
    for spec, value in zip(task.input_specs, environment.raw_inputs()):
        assert spec.shape[1:] == value.shape[1:], spec.name
    for _ in range(5):
        step = environment.step(2.0 * torch.rand(8, task.action_width) - 1.0)
        for name, value in step._asdict().items():
            if isinstance(value, torch.Tensor):
                assert value.shape[0] == 8, name
                assert value.isfinite().all(), name
    assert set(step.reward_terms) == set(task.reward_weights)
    total = sum(task.reward_weights[name] * term for name, term in step.reward_terms.items())
    torch.testing.assert_close(step.reward, total)


def test_time_is_up_at_the_last_step_and_not_before(make_environment):
    environment = make_environment(episode_s=0.2)  # five steps of 0.04 s
    for expected in (False, False, False, False, True) * 2:
        step = environment.step(STILL)
        assert step.truncated.tolist() == [expected] * 4
        assert not step.terminated.any()


def test_final_observation_is_of_the_old_episode_and_observation_of_the_new(make_environment):
    environment = make_environment(episode_s=0.2, keep_pose_probability=0.0)
    run(environment, 4, STILL + 0.3)
    goal = environment.task.goal_position.clone()
    pose = environment.sim.joint_position.clone()
    step = environment.step(STILL + 0.3)
    observe = environment.task.observation_model
    assert torch.equal(step.observation, observe(*environment.raw_inputs()))
    assert not torch.equal(environment.task.goal_position, goal)
    # one step of at most 1.5 rad/s * 0.04 s on from where it was, seen with the old goal
    center, reach = observe._center, observe._reach
    seen_pose = step.final_observation[:, :6] * reach + center
    assert (seen_pose - pose).abs().max() < 0.06 + 1e-4
    seen_distance = step.final_observation[:, -1]
    torch.testing.assert_close(seen_distance, step.goal_distance, rtol=1e-3, atol=1e-3)
    # the new episode begins elsewhere, at rest
    assert (environment.sim.joint_position - pose).abs().max() > 0.1
    assert torch.equal(environment.sim.joint_velocity, torch.zeros(4, 6))


def test_observations_agree_within_an_episode(make_environment):
    step = run(make_environment(), 3, STILL + 0.3)
    assert torch.equal(step.observation, step.final_observation)


def test_keeping_the_pose_changes_the_goal_only(make_environment):
    environment = make_environment(episode_s=0.2, keep_pose_probability=1.0)
    action = STILL + 0.3
    run(environment, 4, action)
    goal = environment.task.goal_position.clone()
    step = environment.step(action)
    assert step.truncated.all()
    reached = environment.sim.joint_position.clone()
    assert environment.sim.joint_velocity.abs().max() > 0.1
    assert not torch.equal(environment.task.goal_position, goal)
    environment.step(action)
    # still on its way: no reset in between
    moved = environment.sim.joint_position - reached
    torch.testing.assert_close(moved, torch.full((4, 6), 0.3 * 1.5 * 0.04), rtol=0.1, atol=0.0)


def test_episodes_start_free_of_contact_and_with_the_tool_in_front(make_environment):
    environment = make_environment(num_envs=512, episode_s=0.04, keep_pose_probability=0.0)
    region = environment.task.goal_region
    for _ in range(2):
        assert not environment.sim.collision.any()
        x, y, z = environment.sim.tool_pose[:, :3].unbind(dim=1)
        assert float(torch.atan2(y, x).abs().max()) <= region.max_azimuth + 1e-5
        assert float(z.min()) >= region.min_height / 2.0 - 1e-5
        environment.step(torch.zeros(512, 6))


def test_a_collision_ends_the_episode_and_the_next_starts_clear(make_environment):
    environment = make_environment(num_envs=1, seed=3)
    down = torch.zeros(1, 6)
    down[0, 1] = 1.0
    for _ in range(environment.episode_steps):
        step = environment.step(down)
        if step.terminated[0]:
            break
    assert step.terminated.tolist() == [True]
    assert step.truncated.tolist() == [False]
    assert step.success.tolist() == [False]
    assert step.reward_terms["collision"].tolist() == [1.0]
    assert environment.sim.collision.tolist() == [False]
    # the new episode has its full time
    assert not run(environment, environment.episode_steps - 1).truncated[0]
    assert environment.step(torch.zeros(1, 6)).truncated[0]


def test_success_is_counted_at_the_end_only_and_only_at_the_goal(make_environment):
    environment = make_environment(num_envs=2, episode_s=0.2)
    environment.task.goal_position[0] = environment.sim.tool_pose[0, :3]
    environment.task.goal_position[1] = environment.sim.tool_pose[1, :3] + 0.1
    still = torch.zeros(2, 6)
    assert not run(environment, 4).success.any()
    step = environment.step(still)
    assert step.success.tolist() == [True, False]
    expected = torch.tensor([0.0, 0.03**0.5])
    torch.testing.assert_close(step.goal_distance, expected, atol=1e-3, rtol=0.0)


@pytest.mark.parametrize(("training", "ends"), [(True, [True, False]), (False, [False, False])])
def test_in_training_a_met_goal_ends_an_episode_sooner_where_the_task_says_so(
    make_environment, training, ends
):
    environment = make_environment(num_envs=2, episode_s=0.4)  # ten steps of 0.04 s
    task = environment.task
    task.training, task.older_when_met = training, 5
    task.goal_position[0] = environment.sim.tool_pose[0, :3]
    task.goal_position[1] = environment.sim.tool_pose[1, :3] + 0.1
    assert not run(environment, 1).truncated.any()
    step = run(environment, 1)
    assert step.truncated.tolist() == step.success.tolist() == ends
    assert not step.terminated.any()


def test_the_sparse_reward_tells_the_goal_and_nothing_else(make_environment):
    environment = make_environment(num_envs=2, sparse_termination=-30.0)
    environment.task.goal_position[0] = environment.sim.tool_pose[0, :3]
    environment.task.goal_position[1] = environment.sim.tool_pose[1, :3] + 0.1
    assert environment.step(torch.zeros(2, 6)).reward.tolist() == [0.0, -1.0]


def test_a_step_can_be_judged_by_another_goal(make_environment):
    environment = make_environment(num_envs=4, episode_s=0.2)
    task = environment.task
    for _ in range(5):  # the last one starts new episodes
        goal = task.goal_position.clone()
        step = environment.step(STILL + 0.01)
    own = task.goal_met(step.achieved_goal, goal, step.success_extra)
    slow = step.success_extra.norm(dim=1) <= task.success_criterion.speed_m_s
    assert torch.equal(own & slow, step.success)
    assert task.goal_met(step.achieved_goal, step.achieved_goal, step.success_extra).all()
    away = step.achieved_goal + torch.tensor([0.0, 0.0, 0.021])  # 2 cm are near enough
    assert not task.goal_met(step.achieved_goal, away, step.success_extra).any()
    across = torch.tensor([0.6, 0.0, 0.8]).expand(4, 3)
    for other, velocity, credit in (
        (step.achieved_goal, 0.09 * across, 1.0),  # twice 5 cm/s are slow enough for the whole
        (step.achieved_goal, 0.11 * across, 0.5),
        (away, 0.09 * across, 0.0),
    ):
        found = task.goal_credit(step.achieved_goal, other, velocity)
        torch.testing.assert_close(found, torch.full((4,), credit))
    # many steps at once, as replay holds them
    stacked = [torch.stack((part, part)) for part in (step.achieved_goal, goal, step.success_extra)]
    assert torch.equal(task.goal_met(*stacked), torch.stack((own, own)))


def test_the_dense_reward_by_another_goal(make_environment):
    def stepped(shift):
        environment = make_environment(num_envs=4)
        goal = environment.task.goal_position
        goal.copy_(environment.sim.tool_pose[:, :3] + shift)
        step = environment.step(STILL + 0.1)
        return environment.task, step, goal.clone()

    task, near, goal = stepped(0.02)
    _, far, other = stepped(0.1)
    arguments = near.achieved_goal, near.success_extra
    difference = task.goal_reward(arguments[0], other, arguments[1])
    difference -= task.goal_reward(arguments[0], goal, arguments[1])
    torch.testing.assert_close(near.reward + difference, far.reward)
    assert (difference < -0.2).all()


def test_final_inputs_are_those_of_the_final_observation(make_environment):
    environment = make_environment(episode_s=0.2, keep_pose_probability=0.0)
    step = run(environment, 5, STILL + 0.3)
    assert step.truncated.all()
    seen = environment.task.observation_model(*step.final_inputs)
    assert torch.equal(seen, step.final_observation)
    names = [spec.name for spec in environment.task.input_specs]
    goal = step.final_inputs[names.index(environment.task.goal_inputs[0])]
    assert not torch.equal(goal, environment.task.goal_position)  # of the episode that ended


def test_passing_through_the_goal_at_speed_is_no_success(make_environment):
    environment = make_environment(num_envs=1, episode_s=0.4)
    turn = torch.zeros(1, 6)
    turn[0, 0] = 1.0
    run(environment, 9, turn)
    environment.task.goal_position[0] = environment.sim.tool_pose[0, :3]
    # one step on at 1.5 rad/s and about half a metre: 3 cm; put the goal there
    environment.task.goal_position[0] += environment.sim.tool_velocity[0] * 0.04
    step = environment.step(turn)
    assert step.truncated[0]
    assert step.goal_distance[0] < 0.02
    assert not step.success[0]


def test_staggered_starts_spread_the_ends(make_environment):
    environment = make_environment(num_envs=200, staggered=True, episode_s=0.4)
    ended = [int(environment.step(torch.zeros(200, 6)).truncated.sum()) for _ in range(10)]
    assert sum(ended) == 200
    assert max(ended) < 60


@pytest.mark.parametrize("threads", [1, 2])
def test_same_seed_same_episodes(make_environment, threads):
    def rollout(count):
        environment = make_environment(16, "aggressive", seed=5, episode_s=0.2, num_threads=count)
        generator = torch.Generator().manual_seed(0)
        steps = [environment.step(torch.rand(16, 6, generator=generator) - 0.5) for _ in range(12)]
        return torch.stack([step.observation for step in steps])

    assert torch.equal(rollout(1), rollout(threads))


def test_gain_and_delay_reach_the_joints(arm, make_environment):
    environment = make_environment(num_envs=2)
    signal = PRESETS["none"].draw(2, 6, 6, torch.Generator())[1]
    environment._paths.commands.reset(
        torch.arange(2), signal._replace(velocity_gain=torch.tensor([[1.0], [0.5]]).expand(2, 6))
    )
    run(environment, 12, torch.full((2, 6), 0.2))
    expected = torch.tensor([[0.3], [0.15]]).expand(2, 6)
    torch.testing.assert_close(environment.sim.joint_velocity, expected, rtol=0.02, atol=1e-3)


def test_unknown_task_names_the_known():
    with pytest.raises(UnknownTaskError, match="'juggle', expected one of reach"):
        task_class("juggle")


def test_another_arm_is_drawn_where_the_old_one_stands(make_environment):
    environment = make_environment(num_envs=2, randomization="none")
    run(environment, 5, torch.ones(2, 6))
    before = environment.sim.joint_position.clone()
    goal = environment.task.goal_position.clone()
    environment.randomization = replace(PRESETS["none"], joint_zero_offset=Range(0.1, 0.1))
    environment.redraw()
    torch.testing.assert_close(environment.sim.joint_position, before)
    torch.testing.assert_close(environment.sensors.joint_position, before + 0.1)
    torch.testing.assert_close(environment.task.goal_position, goal)
    assert not environment.begins.any()
    environment.next_goals()
    assert environment.begins.all()
    assert not torch.equal(environment.task.goal_position, goal)
    torch.testing.assert_close(environment.sim.joint_position, before)


def test_what_is_revealed_is_drawn_at_starts_only(make_environment):
    with pytest.raises(ValueError, match="draws at the start of episodes only"):
        make_environment(reveals=True).redraw()


def test_longer_delays_than_it_was_made_for_are_refused(make_environment):
    environment = make_environment(randomization="default")
    longer = replace(PRESETS["default"], action_delay=Range(0.0, 0.05))
    with pytest.raises(ValueError, match="action_delay goes up to 0.05 s, .* at most 0.03 s"):
        environment.randomization = longer
    assert environment.randomization is PRESETS["default"]
    environment.randomization = replace(PRESETS["default"], action_delay=Range(0.0, 0.01))
