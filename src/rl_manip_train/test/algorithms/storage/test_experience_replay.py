"""Replay: n-step returns by hand, the ring, and the borders of episodes."""

from __future__ import annotations

import math

import pytest
import torch

from rl_manip_train.algorithms.storage.replay import (
    LearnerStateError,
    Replay,
    Transition,
    n_step_return,
)


def rows(*values):
    return torch.tensor(values)


@pytest.mark.parametrize(
    ("terminated", "ended", "expected", "bootstrap", "last"),
    [
        # gamma 0.5, rewards 1, 2, 4: R = 1 + 0.5*2 + 0.25*4 = 3, and 0.125 V(s_3) follows
        ((0, 0, 0), (0, 0, 0), 3.0, 0.125, 2),
        # time is up after the second: R = 1 + 0.5*2, then 0.25 V of the state it ended in
        ((0, 0, 0), (0, 1, 0), 2.0, 0.25, 1),
        # the task ended with the second: nothing follows
        ((0, 1, 0), (0, 1, 0), 2.0, 0.0, 1),
        # a termination behind the end belongs to another episode
        ((0, 0, 1), (1, 0, 1), 1.0, 0.5, 0),
        # the last step may end, too
        ((0, 0, 1), (0, 0, 1), 3.0, 0.0, 2),
    ],
)
def test_n_step_return(terminated, ended, expected, bootstrap, last):
    result = n_step_return(
        rows((1.0, 2.0, 4.0)), rows(terminated).bool(), rows(ended).bool(), discount=0.5
    )
    assert [value.tolist() for value in result] == [[expected], [bootstrap], [last]]


def test_what_lies_behind_the_end_does_not_matter():
    total, _, _ = n_step_return(
        rows((1.0, math.nan, math.inf)), rows((0, 0, 0)).bool(), rows((1, 0, 0)).bool(), 0.5
    )
    assert total.tolist() == [1.0]


def transition(step, terminated=(False, False), truncated=(False, False), reward=None):
    """Two environments; every figure tells step and environment: 10 step + environment."""
    figure = torch.tensor([10.0 * step, 10.0 * step + 1.0])
    return Transition(
        inputs=torch.stack((figure, -figure), dim=1),  # the second column is the goal
        action=figure[:, None],
        reward=figure if reward is None else torch.tensor(reward),
        terminated=torch.tensor(terminated),
        truncated=torch.tensor(truncated),
        final_inputs=torch.stack((figure + 10.0, -figure), dim=1),
        achieved_goal=figure[:, None],
        success_extra=figure[:, None],
    )


def filled(steps, count, ends=()):
    """A replay for ``steps`` after ``count``; ``ends`` are (step, environment, terminated)."""
    replay = Replay(steps, transition(0))
    for step in range(count):
        flags = {True: [False, False], False: [False, False]}
        for at, env, terminated in ends:
            if at == step:
                flags[terminated][env] = True
        replay.add(transition(step, flags[True], flags[False]))
    return replay


def sample(replay, n=3, size=2000, **options):
    return replay.sample(size, n, 0.5, torch.Generator().manual_seed(0), **options)


def test_the_ring_keeps_the_newest_and_samples_all_of_them_alike():
    replay = filled(steps=4, count=7)
    assert len(replay) == 8
    drawn, counts = sample(replay, size=8000).action[:, 0].unique(return_counts=True)
    assert drawn.tolist() == [30.0, 31.0, 40.0, 41.0, 50.0, 51.0, 60.0, 61.0]
    assert (counts - 1000).abs().max() < 150  # five standard deviations of binomial(8000, 1/8)


def test_n_steps_run_on_across_the_seam_of_the_ring_and_stop_at_the_newest():
    batch = sample(filled(steps=4, count=6))  # steps 2, 3 | 4, 5: slots 2, 3, 0, 1
    expected = {  # R, bootstrap, first figure of the inputs reached
        20.0: (20.0 + 0.5 * 30.0 + 0.25 * 40.0, 0.125, 50.0),
        30.0: (30.0 + 0.5 * 40.0 + 0.25 * 50.0, 0.125, 60.0),
        40.0: (40.0 + 0.5 * 50.0, 0.25, 60.0),  # nothing is known beyond step 5
        50.0: (50.0, 0.5, 60.0),
    }
    found = {}
    for start, total, bootstrap, final in zip(
        batch.inputs[:, 0], batch.n_step_return, batch.bootstrap, batch.final_inputs[:, 0]
    ):
        found[float(start)] = (float(total), float(bootstrap), float(final))
    assert {start: found[start] for start in expected} == expected
    assert all(value[2] % 10 == start % 10 for start, value in found.items())  # never another's


def test_n_steps_stop_where_an_episode_ends():
    batch = sample(filled(steps=8, count=6, ends=[(2, 0, False), (3, 1, True)]))
    pairs = zip(batch.inputs[:, 0].tolist(), batch.bootstrap.tolist(), batch.final_inputs[:, 0])
    found = {start: (bootstrap, float(final)) for start, bootstrap, final in pairs}
    assert found[10.0] == (0.25, 30.0)  # steps 1, 2: truncated, the state it ended in counts
    assert found[20.0] == (0.5, 30.0)
    assert found[30.0] == (0.125, 60.0)  # the next episode has its own
    assert found[21.0] == (0.0, 41.0)  # steps 2, 3: terminated
    assert found[41.0] == (0.25, 61.0)


def test_episode_ends_are_known_step_by_step():
    replay = filled(steps=4, count=6, ends=[(1, 0, False), (4, 0, True)])
    # slots hold steps 4, 5, 2, 3
    assert replay._episode_end[:, 0].tolist()[0] == 4
    assert replay._episode_end[2:, 0].tolist() == [4, 4]
    assert replay._episode_end[1, 0] > 1000  # still going on
    assert (replay._episode_end[:, 1] > 1000).all()


def test_a_step_that_is_not_finite_is_left_out_and_cuts_its_episode():
    replay = Replay(8, transition(0))
    for step in range(5):
        reward = [10.0 * step, 10.0 * step + 1.0]
        if step == 2:
            reward[1] = math.nan
        assert replay.add(transition(step, reward=reward)) == (1 if step == 2 else 0)
    batch = sample(replay)
    assert 1500 < len(batch.action) < 2000  # one start in ten is missing
    for value in batch:
        assert value.isfinite().all()
    starts = batch.inputs[:, 0].tolist()
    assert 21.0 not in starts
    found = dict(zip(starts, zip(batch.n_step_return.tolist(), batch.bootstrap.tolist())))
    assert found[1.0] == (1.0 + 0.5 * 11.0, 0.25)  # bootstrapped from the state before it
    assert found[11.0] == (11.0, 0.5)
    assert found[31.0] == (31.0 + 0.5 * 41.0, 0.25)
    assert replay._episode_end[:2, 1].tolist() == [1, 1]


def test_a_cut_ends_every_episode():
    replay = filled(steps=8, count=3, ends=[(2, 0, True)])
    replay.cut()
    replay.add(transition(3))
    batch = sample(replay)
    starts = batch.inputs[:, 0].tolist()
    found = dict(zip(starts, zip(batch.n_step_return.tolist(), batch.bootstrap.tolist())))
    assert found[11.0] == (11.0 + 0.5 * 21.0, 0.25)  # bootstrapped, but not from the step after
    assert found[10.0] == (10.0 + 0.5 * 20.0, 0.0)  # terminated is terminated
    assert replay._episode_end[:3].tolist() == [[2, 2], [2, 2], [2, 2]]
    assert (replay._episode_end[3] > 1000).all()


def test_it_goes_on_from_its_state():
    replay = filled(steps=4, count=6, ends=[(3, 0, False)])
    other = Replay(4, transition(0))
    other.load_state_dict(replay.state_dict())
    for step in (6, 7):
        for each in (replay, other):
            each.add(transition(step, truncated=(step == 7, False)))
        for mine, its in zip(sample(replay), sample(other)):
            assert torch.equal(mine, its)
    assert torch.equal(replay._episode_end, other._episode_end)


def test_a_state_is_as_large_as_what_is_filled():
    state = filled(steps=1000, count=3).state_dict()
    assert state["stored"][0].shape[0] == 3
    assert state["stored"][0].untyped_storage().nbytes() == 3 * 2 * 2 * 4


def test_another_size_is_refused():
    with pytest.raises(LearnerStateError, match="holds 4 steps of 2 environments, expected 8 of 2"):
        Replay(8, transition(0)).load_state_dict(filled(4, 6).state_dict())
