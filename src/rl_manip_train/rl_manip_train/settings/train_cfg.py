"""Settings of a training run: what the command line, the node and the launch file take.

Free of torch, so that nodes and launch files, which may run on another interpreter than the
trainer, can read names, types, defaults and documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Tuple

from rl_manip_description.contract.action_kinds import ACTION_KINDS
from rl_manip_train.settings.known_algorithms import ALGORITHMS
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
from rl_manip_train.settings.ppo_cfg import PPOCfg
from rl_manip_train.tasks import OWN_ACTION, REWARDS

__all__ = [
    "ALGORITHMS",
    "SUITED",
    "SUITED_TO_ARM",
    "PPOCfg",
    "SACCfg",
    "TrainCfg",
    "TrainCfgError",
]

SUITED = ("num_envs", "max_env_steps", "target_success", "eval_interval", "checkpoint_interval")
"""Settings, beside those of the algorithms, whose default is another for some tasks, algorithms and
rewards; ``default_cfg`` gives it."""
SUITED_TO_ARM = ("randomization", "reward")
"""As ``SUITED``, for some arms."""


@dataclass(frozen=True)
class SACCfg:
    """Settings of soft actor-critic."""

    horizon: int = 1
    """Steps of each environment between updates."""
    update_ratio: float = 0.25
    """Updates per control step of one arm (update-to-data ratio)."""
    batch_size: int = 256
    """Transitions that each update learns from."""
    n_step: int = 3
    """Steps whose rewards are summed up before the critic's estimate follows."""
    replay_size: int = 500_000
    """Newest control steps of all arms together that are kept to learn from."""
    random_steps: int = 1_000
    """First control steps of all arms together, made with uniform actions and without updates."""
    learning_rate: float = 3e-3
    """Step size of Adam, for actor, critics and temperature alike."""
    discount: float = 0.97
    """Gamma, per control step."""
    target_rate: float = 0.02
    """Tau, by which the target critics follow the critics at each update."""
    policy_rate: float = 0.002
    """Rate at which the policy that is judged and exported follows the actor at each update: a
    moving average of its weights; 1 for the actor itself."""
    initial_temperature: float = 0.01
    """First weight of the entropy against the reward; then it is learned."""
    target_entropy: float = -2.0
    """Entropy per action that the temperature is steered to [nat]."""
    guided_steps: int = 0
    """First control steps of all arms together that the task's guide makes, an episode of each at
    least: half of what each update then learns from (RLPD; Ball et al., 2023); 0 for none."""
    guide_weight: float = 0.05
    """Weight of the actor's squared distance from what the guide did, against the value."""
    hindsight: float = 0.8
    """Share of experience that is judged by a goal achieved later (HER), 0 for none [1]."""
    max_gradient_norm: float = 10.0
    """Gradients are scaled down to this norm."""
    hidden: Tuple[int, ...] = (128, 128)
    """Widths of the hidden layers, actor and critics alike."""
    layer_norm: bool = True
    """Whether the critics' hidden layers are normalised."""

    def __post_init__(self) -> None:
        limits = {
            "horizon": AT_LEAST_ONE,
            "update_ratio": NOT_NEGATIVE,
            "batch_size": Limits(2),
            "n_step": AT_LEAST_ONE,
            "replay_size": AT_LEAST_ONE,
            "random_steps": NOT_NEGATIVE,
            "learning_rate": POSITIVE,
            "discount": DISCOUNT,
            "target_rate": SHARE,
            "policy_rate": Limits(0, 1, low_too=False),
            "initial_temperature": POSITIVE,
            "target_entropy": Limits(-100, 100),
            "guided_steps": NOT_NEGATIVE,
            "guide_weight": NOT_NEGATIVE,
            "hindsight": SHARE,
            "max_gradient_norm": POSITIVE,
            "hidden": AT_LEAST_ONE,
        }
        check_limits(self, limits, "sac.")


@dataclass(frozen=True)
class TrainCfg:
    """A training run."""

    task: str = "reach"
    """Task to learn."""
    arm: str = "ur5e"
    """Arm to learn it on, or its YAML file."""
    gripper: str = "auto"
    """Gripper that it carries, or its YAML file; auto for what the task needs, none for none."""
    algo: str = "ppo"
    """Algorithm."""
    reward: str = "dense"
    """What a step earns: dense, the task's own terms; sparse, 0 where the goal is met, else
    -1, and for reach -0.5 where the tool is there and too fast; at_rest, for reach, where place
    counts only as far as the tool rests there; without a guide step_by_step, for pick_place, and
    over_first, for grasp; or another package's terms."""
    action: str = "auto"
    """What the policy's actions mean: joint_velocity; joint_position_delta, from the measured
    position [rad per control step]; tool_twist, found for the joints by damped least squares;
    level_tool, for work from above; auto for the task's own, which is joint_velocity for reach,
    tool_twist for reach_pose, level_tool for those from above."""
    backend: str = "auto"
    """Simulator backend; auto takes the fastest that this machine has."""
    num_envs: int = 512
    """Simulated arms."""
    seed: int = 0
    """Seed of every random draw."""
    run_dir: Optional[Path] = None
    """Folder of the run; by default runs/<date>_<arm>_<task>_<algo>_seed<seed>."""
    resume: Optional[Path] = None
    """A run's folder to go on with from its newest checkpoint, or one of its checkpoints."""
    randomization: str = "default"
    """Preset (none, default, aggressive, chapter, slow_joints, contact) or YAML file of ranges."""
    widen_at: float = 0.0
    """Evaluated success at which randomisation widens by a fifth of its ranges, from none to all of
    them; 0 trains with all of them from the start [1]."""
    eased_share: float = 0.0
    """Share of the training's episodes that are easier than the ranges say: everything drawn is
    brought nearer to nominal, by a share of each episode's own; policies are judged without [1]."""
    max_env_steps: int = 3_000_000
    """Budget: the run ends here at the latest [control steps of all arms together]."""
    target_success: float = 0.99
    """The run ends when this share of evaluation episodes is met twice in a row, and final_episodes
    fresh ones do not say that it is less [1]."""
    eval_interval: int = 80_000
    """Control steps between two evaluations."""
    eval_episodes: int = 256
    """Episodes of each evaluation."""
    final_episodes: int = 1000
    """Fresh episodes that the final policy is judged by."""
    checkpoint_interval: int = 400_000
    """Control steps between two checkpoints."""
    video_every: int = 0
    """Evaluations from one video of the policy at work to the next, in the run's videos/ and in
    TensorBoard; 0 for none."""
    wandb: str = ""
    """Project of Weights & Biases that the run is shown in as well; empty for none."""
    physics_dt: float = 0.0
    """Simulation step [s]; 0 for the task's own."""
    num_threads: int = 0
    """Threads that step the simulation, per process; 0 for one per core."""
    nproc: int = 1
    """Processes of this machine that train together, each with its share of the arms."""
    ppo: PPOCfg = field(default_factory=PPOCfg)
    """Settings of PPO."""
    sac: SACCfg = field(default_factory=SACCfg)
    """Settings of SAC."""

    @property
    def algorithm(self) -> Any:
        """The settings of the algorithm that ``algo`` names; they have ``PART_OF_SETTINGS``.

        Raises:
          TrainCfgError: it is another package's, and these settings were not made for it.
        """
        if not hasattr(self, self.algo):
            raise TrainCfgError(
                f"algo is {self.algo!r}, whose settings are missing here; begin from "
                f"default_cfg({self.task!r}, {self.algo!r})"
            )
        return getattr(self, self.algo)

    def __post_init__(self) -> None:
        for name, known in (("algo", ALGORITHMS), ("reward", REWARDS)):
            value = getattr(self, name)
            if value not in known:
                raise TrainCfgError(known.complaint(value))
        actions = (OWN_ACTION, *ACTION_KINDS)
        if self.action not in actions:
            raise TrainCfgError(f"action is {self.action!r}, expected one of {', '.join(actions)}")
        limits = {
            "num_envs": Limits(1, 1_000_000),
            "seed": Limits(0, 2**31 - 1),
            "max_env_steps": AT_LEAST_ONE,
            "target_success": SHARE,
            "widen_at": SHARE,
            "eased_share": SHARE,
            "eval_interval": AT_LEAST_ONE,
            "eval_episodes": AT_LEAST_ONE,
            "final_episodes": AT_LEAST_ONE,
            "checkpoint_interval": AT_LEAST_ONE,
            "video_every": NOT_NEGATIVE,
            "physics_dt": Limits(0, 0.1),
            "num_threads": Limits(0, 4096),
            "nproc": Limits(1, 4096),
        }
        check_limits(self, limits)
        if self.num_envs % self.nproc:
            raise TrainCfgError(
                f"num_envs is {self.num_envs}, expected a multiple of nproc, {self.nproc}: each "
                "process takes the same share"
            )
        if self.algo == "ppo" and self.num_envs * self.ppo.horizon == 1:
            raise TrainCfgError(
                "num_envs is 1 and ppo.horizon 1, expected more of one of them: nothing is learned "
                "from a single transition"
            )
