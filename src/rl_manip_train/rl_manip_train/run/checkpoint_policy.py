"""The policy in a checkpoint, ready to export."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

import numpy as np

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.algorithms.learners import blank_policy
from rl_manip_train.algorithms.networks.memory_actor import MemoryKind
from rl_manip_train.policy.export import policy_metadata
from rl_manip_train.policy.input_range import InputRange
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.run.files.checkpoint import CheckpointError, load_checkpoint
from rl_manip_train.run.files.run_directory import RunDirectory
from rl_manip_train.tasks import OWN_ACTION, gripper_for, task_class
from rl_manip_train.tasks.chosen_action import with_action


def checkpoint_policy(run_or_checkpoint: Path) -> Tuple[PolicyModel, PolicyMetadata]:
    """The policy of a checkpoint, or of the newest checkpoint that loads in a run's folder.

    Its success rate is not known: nobody evaluated these very weights.

    Raises:
      CheckpointError: missing, torn or not a checkpoint of this workspace.
      RunDirectoryError: a folder without a checkpoint that loads.
    """
    path = RunDirectory.checkpoint_to_resume(run_or_checkpoint)
    state = load_checkpoint(path)
    try:
        arm = load_arm(state["arm"], gripper_for(state["task"], state.get("gripper", "auto")))
        task = task_class(state["task"])(arm, 1, np.random.default_rng(0))
        task = with_action(task, arm, state.get("action") or OWN_ACTION)
        policy = blank_policy(
            state["algo"],
            task.observation_model.width,
            task.action_width,
            state["hidden"],
            MemoryKind(*state.get("memory", ())),
        )
        policy.load_state_dict(state["policy"])
        input_range = InputRange()
        input_range.load_state_dict(state["input_range"])
        model = PolicyModel(task, policy)
        metadata = policy_metadata(
            task,
            arm,
            input_range.specs(task.input_specs),
            RandomizationCfg.from_dict(state["randomization"]),
            TrainingRecord(**state["record"]),
            model.memory,
        )
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of this version's trainer ({type(error).__name__}: {error}); "
            "train again"
        ) from error
    return model, metadata
