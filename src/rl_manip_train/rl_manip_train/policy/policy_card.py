"""The card beside a shipped policy: what goes in and out, how it was trained, how well it does."""

from __future__ import annotations

from typing import List, Optional, Sequence

from rl_manip_description.contract.action_kinds import ACTION_KINDS
from rl_manip_description.contract.policy_contract import PolicyMetadata, TensorSpec
from rl_manip_train.policy.policy_evaluation import FIGURES, Trial
from rl_manip_train.settings.train_cfg import ALGORITHMS


def policy_card(
    metadata: PolicyMetadata, trials: Sequence[Trial], picture: Optional[str] = None
) -> str:
    """A policy's card as Markdown.

    Args:
      metadata: what the policy file says about itself.
      trials: evaluations of that file.
      picture: path of a picture of the policy at work, relative to the card.
    """
    success, region = metadata.success, metadata.goal_region
    sections = [
        f"# {metadata.task} on {metadata.arm}",
        *([f"![{metadata.task} on {metadata.arm}, in simulation]({picture})"] if picture else []),
        f"Every {_figure(metadata.control_dt)} s the policy turns raw joint readings and a goal "
        f"into joint velocities, at most {_figure(max(metadata.velocity_limit))} rad/s. "
        "Normalisation, kinematics, scaling and clipping are inside `policy.onnx`.",
        "## Inputs and outputs",
        _table(
            ("", "Name", "Shape", "Unit", "Frame", "Range in training"),
            [_tensor_row("in", spec) for spec in metadata.inputs]
            + [_tensor_row("out", spec) for spec in metadata.outputs],
        ),
        *(
            [
                f"It remembers {metadata.memory.what}: `{metadata.memory.input}` is what "
                f"`{metadata.memory.output}` was in the step before, zeros at each new goal."
            ]
            if metadata.memory
            else []
        ),
        *([_action(metadata)] if metadata.action else []),
        f"Joints, in the order of every vector: {', '.join(metadata.joint_names)}. "
        f"Tool: `{metadata.tool_frame}`, in the frame `{metadata.base_frame}`.",
        "## Task",
        _table(
            ("", ""),
            [
                (
                    "Success",
                    f"{_what_moves(metadata)} within {_figure(100.0 * success.distance_m)} cm of "
                    f"the goal and slower than {_figure(100.0 * success.speed_m_s)} cm/s"
                    f"{_further(metadata)} at the end of the episode",
                ),
                ("Episode", f"{_figure(metadata.episode_s)} s"),
                *(
                    (f"Goal region, {name.replace('_', ' ')}", _figures(value))
                    for name, value in sorted(region.items())
                ),
            ],
        ),
        "Lengths of the goal region in metres, angles in radians.",
        "## Evaluation",
        *_evaluation(trials),
        *(_training(metadata) if metadata.imported is None else _origin(metadata)),
    ]
    return "\n\n".join(sections) + "\n"


def _evaluation(trials: Sequence[Trial]) -> List[str]:
    if not trials:
        return ["None: it was written without being run in simulation."]
    return [
        _table(
            ("Randomisation", *FIGURES),
            [(trial.randomization, *trial.rows()) for trial in trials],
        ),
        "The file itself, in simulation, over episodes it was not trained on. Final distance is "
        "the mean over the episodes that ran to their end, time to goal that over the successes.",
    ]


def _training(metadata: PolicyMetadata) -> List[str]:
    return [
        "## Training",
        _table(("", ""), training_rows(metadata)),
        "The command that trains it again:",
        f"```\n{metadata.training.command or 'not recorded'}\n```",
        "Ranges that physics and signals were drawn from, uniformly:",
        _table(
            ("Name", "Low", "High"),
            [(name, *map(_figures, bounds)) for name, bounds in metadata.randomization.items()],
        ),
    ]


def _origin(metadata: PolicyMetadata) -> List[str]:
    origin = metadata.imported
    return [
        "## Origin",
        "The network was trained elsewhere; nothing here says how, nor on what it was trained.",
        _table(
            ("", ""),
            [
                ("From", origin.source),
                ("File", f"`{origin.file}`"),
                ("SHA-256", f"`{origin.sha256}`"),
                ("Imported by revision", f"`{metadata.training.git_revision}`"),
            ],
        ),
        "The command that imported it:",
        f"```\n{metadata.training.command}\n```",
        "What it was told of the network:",
        f"```yaml\n{origin.spec.strip()}\n```",
    ]


def _action(metadata: PolicyMetadata) -> str:
    kind = metadata.action
    meaning = ACTION_KINDS.get(kind, "") if metadata.imported is None else "see the spec below"
    words = ", ".join(filter(None, (f"`{kind}`", meaning)))
    return f"Actions of its network, inside `policy.onnx`: {words}."


def _what_moves(metadata: PolicyMetadata) -> str:
    return "object" if any(s.name.startswith("object_") for s in metadata.inputs) else "tool"


def _further(metadata: PolicyMetadata) -> str:
    """What success asks for beside place and speed."""
    if metadata.success.angle_rad is not None:
        return f", turned at most {_figure(metadata.success.angle_rad)} rad from the goal,"
    if metadata.stacks:
        return ", let go, on a block that stands where it stood,"
    return {True: ", let go,", False: ", gripped,", None: ""}[metadata.success.released]


def training_rows(metadata: PolicyMetadata) -> List[Sequence[str]]:
    """What the card says of how the policy came to be, name and value a row."""
    record = metadata.training
    words = [word.upper() if word in ALGORITHMS else word for word in record.algorithm.split(" ")]
    return [
        ("Algorithm", " ".join(words)),
        ("Simulator", record.backend),
        ("Control steps of all arms together", f"{record.env_steps:,}"),
        ("Duration", f"{record.wall_s:.0f} s"),
        ("Seed", str(record.seed)),
        ("Revision", f"`{record.git_revision}`"),
    ]


def _tensor_row(direction: str, spec: TensorSpec) -> Sequence[str]:
    seen = "not recorded"
    if spec.low is not None and spec.high is not None:
        seen = ", ".join(f"{low:.2f} to {high:.2f}" for low, high in zip(spec.low, spec.high))
    shape = " × ".join(map(str, spec.shape))
    return (direction, f"`{spec.name}`", shape, spec.unit, spec.frame or "", seen)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figures(value: object) -> str:
    return ", ".join(map(_figure, value)) if isinstance(value, (list, tuple)) else _figure(value)


def _figure(value: float) -> str:
    return f"{value:.4g}"
