"""Settings of proximal policy optimisation. Free of torch, see ``train_cfg``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from rl_manip_train.settings.limits import (
    AT_LEAST_ONE,
    DISCOUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Limits,
    TrainCfgError,
    check_limits,
)

NO_MEMORY, GRU = "none", "gru"
MEMORIES = (NO_MEMORY, GRU)


@dataclass(frozen=True)
class PPOCfg:
    """Settings of proximal policy optimisation."""

    horizon: int = 16
    """Steps of each environment between updates."""
    epochs: int = 4
    """Times that each update sees every transition."""
    minibatches: int = 8
    """Parts that an epoch is split into."""
    learning_rate: float = 1e-3
    """First step size of Adam; the divergence then steers it."""
    min_learning_rate: float = 1e-5
    """Smallest step size."""
    max_learning_rate: float = 5e-3
    """Largest step size."""
    target_kl: float = 0.03
    """Divergence per update that the step size is steered to [nat]."""
    settles_after: int = 0
    """Control steps of all arms together after which it is steered to settled_target_kl instead, as
    small steps keep what has been learned; 0 for never. Not after a guide: guided_target_kl holds
    there."""
    settled_target_kl: float = 0.01
    """Divergence per update after that [nat]."""
    discount: float = 0.97
    """Gamma, per control step."""
    trace_decay: float = 0.95
    """Lambda of the generalised advantage estimate."""
    clip: float = 0.2
    """Largest change of the probability ratio that is rewarded."""
    value_weight: float = 1.0
    """Weight of the value loss."""
    entropy_weight: float = 0.0
    """Weight of the entropy bonus."""
    max_gradient_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    hidden: Tuple[int, ...] = (64, 64)
    """Widths of the hidden layers, actor and critic alike."""
    history: int = 1
    """Newest observations that the actor sees, and the actions between them; 1 for the present
    observation alone."""
    memory: str = "none"
    """Memory of the actor, instead of a history: none, or gru for a recurrent one."""
    memory_width: int = 64
    """Size of the recurrent actor's state."""
    privileged_critic: bool = False
    """Whether the critic, which is not exported, sees what only the simulator knows: the physics
    and delays drawn, and the true state of arm and object."""
    guided_steps: int = 0
    """Control steps of all arms together in which the actor first imitates the task's guide."""
    guided_std: float = 0.05
    """Standard deviation of the actions after that, over their range's half."""
    guided_warmup: int = 12
    """Iterations after that in which only the critic learns, which knows nothing yet."""
    guided_learning_rate: float = 3e-5
    """First step size after those; the divergence steers it from one update to the next."""
    guided_max_learning_rate: float = 1e-4
    """Largest step size after those, instead of max_learning_rate."""
    guided_target_kl: float = 0.01
    """Divergence per update after those, instead of target_kl; a step that leads beyond twice as
    much is taken back, and the actor rests until the next update [nat]."""
    guide_weight: float = 0.0
    """Weight, while actor and critic both learn after that, of the actor's squared distance from
    what the guide would do in the states that it gets into; 0 leaves the guide behind."""
    initial_std: float = 0.6
    """Standard deviation of the first actions, over the velocity limit."""
    std_decay: float = 0.0
    """Share by which each update lowers the standard deviation at the least [1]. An actor that
    remembers its actions learns to make up for what exploration did; where exploration never ends,
    it may shake by itself once it is without."""

    def __post_init__(self) -> None:
        limits = {
            "horizon": AT_LEAST_ONE,
            "epochs": AT_LEAST_ONE,
            "minibatches": AT_LEAST_ONE,
            "learning_rate": POSITIVE,
            "min_learning_rate": POSITIVE,
            "max_learning_rate": POSITIVE,
            "target_kl": POSITIVE,
            "settles_after": NOT_NEGATIVE,
            "settled_target_kl": POSITIVE,
            "discount": DISCOUNT,
            "trace_decay": SHARE,
            "clip": POSITIVE,
            "value_weight": NOT_NEGATIVE,
            "entropy_weight": NOT_NEGATIVE,
            "max_gradient_norm": POSITIVE,
            "hidden": AT_LEAST_ONE,
            "history": Limits(1, 1000),
            "memory_width": AT_LEAST_ONE,
            "guided_steps": NOT_NEGATIVE,
            "guided_std": POSITIVE,
            "guided_warmup": NOT_NEGATIVE,
            "guided_max_learning_rate": Limits(self.min_learning_rate),
            "guided_learning_rate": Limits(0, self.guided_max_learning_rate, low_too=False),
            "guided_target_kl": POSITIVE,
            "guide_weight": NOT_NEGATIVE,
            "initial_std": POSITIVE,
            "std_decay": Limits(0, 0.5),
        }
        check_limits(self, limits, "ppo.")
        self._check_memory()

    def _check_memory(self) -> None:
        if self.memory not in MEMORIES:
            raise TrainCfgError(
                f"ppo.memory is {self.memory!r}, expected one of {', '.join(MEMORIES)}"
            )
        if self.memory == GRU and self.history > 1:
            raise TrainCfgError(
                f"ppo.history is {self.history} and ppo.memory is {GRU}, expected one of both: "
                "leave ppo.history at 1, or ppo.memory at none"
            )
