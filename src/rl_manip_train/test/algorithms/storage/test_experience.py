"""What a learner and its guide did, drawn in equal parts."""

from __future__ import annotations

import pytest
import torch

from rl_manip_train.algorithms.storage.experience import Experience
from rl_manip_train.algorithms.storage.replay import LearnerStateError, Transition

OWN, GUIDES = 1.0, 2.0


def transition(figure):
    values = torch.full((3,), figure)
    return Transition(
        inputs=values[:, None],
        action=values[:, None],
        reward=values,
        terminated=torch.zeros(3, dtype=torch.bool),
        truncated=torch.zeros(3, dtype=torch.bool),
        final_inputs=values[:, None],
        achieved_goal=values[:, None],
        success_extra=values[:, None],
    )


@pytest.fixture
def experience():
    """4 steps of the guide and 400 of the learner, who keeps 50, of 3 arms."""
    both = Experience(own_steps=50, guided_steps=4, like=transition(0.0))
    for _ in range(4):
        both.guides.add(transition(GUIDES))
    for _ in range(400):
        both.own.add(transition(OWN))
    return both


def test_half_are_the_guides_however_much_was_done_since(experience):
    drawn = experience.sample(1001, 1, 0.9, torch.Generator().manual_seed(0))
    assert int(drawn.guided.sum()) == 501
    assert torch.equal(drawn.guided, drawn.batch.inputs[:, 0] == GUIDES)
    assert torch.equal(drawn.guided, drawn.batch.n_step_return == GUIDES)
    first, second = drawn.guided[:500].sum(), drawn.guided[500:].sum()
    assert abs(int(first - second)) < 100  # in no order
    assert len(experience) == 3 * (50 + 4)


def test_without_a_guide_nothing_is():
    alone = Experience(own_steps=5, guided_steps=0, like=transition(0.0))
    alone.own.add(transition(OWN))
    drawn = alone.sample(10, 1, 0.9, torch.Generator().manual_seed(0))
    assert not drawn.guided.any()
    assert (drawn.batch.inputs == OWN).all()


def test_a_state_carries_on_exactly(experience):
    other = Experience(own_steps=50, guided_steps=4, like=transition(0.0))
    other.load_state_dict(experience.state_dict())
    found, expected = (
        one.sample(64, 2, 0.9, torch.Generator().manual_seed(3)) for one in (other, experience)
    )
    for mine, theirs in zip(found.batch, expected.batch):
        assert torch.equal(mine, theirs)
    assert torch.equal(found.guided, expected.guided)


def test_a_state_with_another_guide_is_refused(experience):
    alone = Experience(own_steps=50, guided_steps=0, like=transition(0.0))
    with pytest.raises(LearnerStateError, match="the checkpoint holds steps of a guide"):
        alone.load_state_dict(experience.state_dict())
    with pytest.raises(LearnerStateError, match="the checkpoint holds no steps of a guide"):
        experience.load_state_dict(alone.state_dict())
    longer = Experience(own_steps=50, guided_steps=5, like=transition(0.0))
    with pytest.raises(LearnerStateError, match=r"expected 5 of 3.*sac\.guided_steps"):
        longer.load_state_dict(experience.state_dict())
