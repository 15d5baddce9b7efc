"""What an actor remembered while a guide showed something, and what it learns to remember of it."""

from __future__ import annotations

import pytest
import torch

from rl_manip_train.algorithms.collection import Collection
from rl_manip_train.algorithms.demonstrations import Demonstrations
from rl_manip_train.algorithms.imitation import Imitation
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.networks.memory_actor import MemoryKind
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.storage.replay import LearnerStateError
from rl_manip_train.environment.step import Step
from rl_manip_train.machine.data_parallel import ALONE

ENVS, STEPS = 64, 5
NONE, HISTORY, GRU = MemoryKind(), MemoryKind(history=STEPS), MemoryKind(gru_width=16)


class Told:
    """A number is told in the first of an episode's steps only, and wanted in all of them.

    It is the environment, and its task.
    """

    device, num_envs = torch.device("cpu"), ENVS

    def __init__(self):
        self._random = torch.Generator().manual_seed(0)
        self.task, self.sim = self, None
        self._left = torch.randint(1, STEPS + 1, (ENVS,), generator=self._random)
        self._drawn = self._draw()
        self._told = torch.ones(ENVS, dtype=torch.bool)

    def _draw(self):
        return torch.randint(2, (ENVS, 1), generator=self._random) - 0.5

    def guide(self, sim):
        return self._drawn

    def observe(self):
        noise = 0.1 * torch.randn(ENVS, 1, generator=self._random)
        return torch.cat((self._drawn * self._told[:, None], noise), dim=1)

    def privileged(self):
        return torch.zeros(ENVS, 0)

    def step(self, action):
        self._left -= 1
        self._told = self._left == 0
        self._left[self._told] = STEPS
        self._drawn = torch.where(self._told[:, None], self._draw(), self._drawn)
        seen, nothing, no = self.observe(), self.privileged(), torch.zeros(ENVS, dtype=torch.bool)
        return Step(
            seen, nothing, seen, nothing, (), nothing, nothing,
            torch.zeros(ENVS), self._told, no, no, torch.zeros(ENVS), {},
        )  # fmt: skip


def begun(kind, horizon, steps=1000):
    """Imitation of a new actor, where it stands, and the actor."""
    torch.manual_seed(0)
    environment, guard = Told(), FiniteGuard()
    generator = torch.Generator().manual_seed(0)
    model = ActorCritic(2, 1, (32,), 0.5, kind)
    imitation = Imitation(model, environment, horizon, steps, generator, guard, ALONE)
    return imitation, Collection(environment, model, generator, guard), model


@pytest.mark.parametrize("kind", [HISTORY, GRU])
def test_memories_are_those_that_the_actor_had(kind):
    imitation, collection, model = begun(kind, horizon=1)
    model.observation_normalizer.update(torch.randn(100, 2))
    had = []
    for _ in range(3 * STEPS):
        had.append(collection.memory)
        imitation.collect(collection)
    had = torch.cat(had)
    assert had.any(dim=1).float().mean() > 0.5
    shown = imitation._shown
    found = shown._memories() if kind is GRU else shown._former(torch.arange(len(shown)))
    assert torch.equal(found, had)


def test_sequences_come_with_all_of_their_memory():
    length = 6
    imitation, collection, model = begun(GRU, horizon=length)
    means, most_likely = [], model.most_likely

    def record(*given):
        mean, trace = most_likely(*given)
        means.append(mean)
        return mean, trace

    model.most_likely = record
    for _ in range(3):
        imitation.collect(collection)
    means = torch.cat(means).view(3, length, ENVS)
    for shown in imitation._shown.draws(10, 5 * length, torch.Generator().manual_seed(1)):
        rows = (shown.observation, shown.memory, shown.begins)
        again = model.mean_again(*rows, length=length).detach().view(length, 5)
        # each drawn sequence is one of those that were made
        apart = (again[:, :, None, None] - means.transpose(0, 1)[:, None]).abs().amax(dim=0)
        assert float(apart.flatten(1).amin(dim=1).max()) < 1e-6


@pytest.mark.parametrize(("kind", "learns"), [(NONE, False), (HISTORY, True), (GRU, True)])
def test_who_remembers_learns_what_has_to_be_remembered(kind, learns):
    imitation, collection, model = begun(kind, horizon=10, steps=5000)
    while not imitation.is_done:
        imitation.collect(collection)
        imitation.update()
    told, error = collection._environment, []
    for _ in range(2 * STEPS):
        action, trace = model.most_likely(collection.observation, collection.memory)
        error.append((action - told.guide(None)).square().mean())
        collection.go_on(told.step(action), trace, action)
    # without, the mean of what may be wanted, off by a half in four of five steps
    assert float(torch.stack(error).mean()) == pytest.approx(0.0 if learns else 0.2, abs=0.02)


def test_another_number_of_environments_is_refused_where_rows_before_count():
    def shown(kind, num_envs):
        return Demonstrations(ActorCritic(2, 1, (4,), 0.5, kind), num_envs, 3)

    shown(NONE, 4).load_state_dict(shown(NONE, 8).state_dict())
    with pytest.raises(LearnerStateError, match="in 8 environments, expected 4; give the same num"):
        shown(HISTORY, 4).load_state_dict(shown(HISTORY, 8).state_dict())
