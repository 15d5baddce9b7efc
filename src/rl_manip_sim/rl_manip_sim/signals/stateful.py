"""Objects whose state a checkpoint can hold, down to their random generators."""

from __future__ import annotations

import json
from typing import Any, Dict

import numpy as np
import torch
from torch import Tensor


class StateError(ValueError):
    """A state of another object than this one; the message says what differs."""


class Stateful:
    """Gives and takes its state: every attribute that is a tensor, a number or a generator.

    Attributes that have a ``state_dict`` of their own take part with it; all else is taken to stay
    as the constructor made it.
    """

    def state_dict(self) -> Dict[str, Any]:
        """The state, in copies, as ``torch.load`` takes it with ``weights_only``."""
        return {name: _copied(value) for name, value in vars(self).items() if _is_state(value)}

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on from ``state``.

        Raises:
          StateError: it has other attributes, or tensors of other shapes.
        """
        mine = {name for name, value in vars(self).items() if _is_state(value)}
        if mine != set(state):
            apart = {"lacks": mine - set(state), "also has": set(state) - mine}
            told = [f"{how} {', '.join(sorted(names))}" for how, names in apart.items() if names]
            raise StateError(
                f"{type(self).__name__}: the state {' and '.join(told)}: it is of other "
                "settings or of another version"
            )
        for name in mine:
            value, new = getattr(self, name), state[name]
            if isinstance(value, Tensor):
                if value.shape != new.shape:
                    raise StateError(
                        f"{type(self).__name__}.{name} is {tuple(value.shape)}, "
                        f"in the state {tuple(new.shape)}"
                    )
                setattr(self, name, new.to(value.device, copy=True))
            elif isinstance(value, torch.Generator):
                value.set_state(new)
            elif isinstance(value, np.random.Generator):
                value.bit_generator.state = json.loads(new)
            elif isinstance(value, (int, float)):
                setattr(self, name, new)
            else:
                value.load_state_dict(new)


def _is_state(value: Any) -> bool:
    kinds = (Tensor, torch.Generator, np.random.Generator, int, float)
    return isinstance(value, kinds) or hasattr(value, "load_state_dict")


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, torch.Generator):
        return value.get_state()
    if isinstance(value, np.random.Generator):
        return json.dumps(value.bit_generator.state)  # its whole numbers have 128 bits
    if isinstance(value, (int, float)):
        return value
    return value.state_dict()
