"""New physics for whoever begins an episode, in turns where that costs every environment."""

from __future__ import annotations

from typing import Optional

from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim, PhysicsSample


class PhysicsInTurn:
    """Hands samples on to a simulator, in one of ``BatchSim.physics_every`` batches of resets.

    In the others an environment keeps the arm and the object that it has; over a training each gets
    new ones many times. That turn is no part of a checkpoint: simulators that ask for turns tell no
    state.

    Args:
      sim: whose physics.
    """

    def __init__(self, sim: BatchSim) -> None:
        self._sim, self._every = sim, getattr(sim, "physics_every", 1)
        self._batches = 0
        self._given: Optional[PhysicsSample] = None

    def give(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        """What environments (k,) have from now on; at first of all environments.

        All of them at once are given theirs, whosever turn it is.
        """
        if self._every == 1:
            return self._sim.randomize(env_ids, sample)
        its_turn = self._batches % self._every == 0
        self._batches += 1
        if its_turn or len(env_ids) == self._sim.num_envs or self._given is None:
            given = self._sim.randomize(env_ids, sample)
            self._note(env_ids, given)
            return given
        return PhysicsSample(
            *(None if values is None else values[env_ids] for values in self._given)
        )

    def _note(self, env_ids: Tensor, given: PhysicsSample) -> None:
        if self._given is None:
            count = self._sim.num_envs
            self._given = PhysicsSample(
                *(None if own is None else own.new_zeros(count, *own.shape[1:]) for own in given)
            )
        for mine, own in zip(self._given, given):
            if mine is not None and own is not None:
                mine[env_ids] = own
