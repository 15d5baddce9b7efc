"""The settings of ``TrainCfg`` as text: launch arguments and ROS parameters in, flags out."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, get_type_hints

from rl_manip_description.model.arm_files import ARMS
from rl_manip_description.model.gripper_files import GRIPPERS
from rl_manip_sim.known_backends import BACKENDS
from rl_manip_train.settings.train_cfg import ALGORITHMS, SUITED, TrainCfg, TrainCfgError
from rl_manip_train.tasks import REWARDS, TASKS


@dataclass(frozen=True)
class TrainSetting:
    """A setting that text can give, most of them fields of ``TrainCfg``."""

    name: str
    """Name of the field, of the launch argument and of the ROS parameter alike."""
    kind: Any
    """Type: str, int, float or Optional[Path]."""
    default: Any
    """Value where nothing is given."""
    description: str
    """What it is, with its unit."""

    @property
    def default_text(self) -> str:
        """The default as text; empty where it depends on others, and for a path not given."""
        return "" if self.default is None or self.name in SUITED else str(self.default)

    def parse(self, text: str) -> Any:
        """The value that ``text`` stands for; empty text is the default.

        Raises:
          TrainCfgError: not a value of this kind.
        """
        text = text.strip()
        if not text:
            return self.default
        if self.kind == Optional[Path]:
            return Path(text).expanduser()
        try:
            return self.kind(text)
        except ValueError:
            expected = "a whole number" if self.kind is int else "a number"
            raise TrainCfgError(
                f"{self.name} is {text!r}, expected {expected} such as {self.default}"
            ) from None


NODE_SETTINGS = (
    TrainSetting("python", str, "", "Interpreter that trains; empty for the one of ROS."),
    TrainSetting(
        "stop_timeout",
        float,
        60.0,
        "Time that the trainer gets to write checkpoint and policy when it has to end early [s].",
    ),
)
"""What the training node takes beside the fields of ``TrainCfg``."""


def train_settings() -> List[TrainSetting]:
    """Every field of ``TrainCfg`` but those of the algorithm, in order."""
    kinds, documentation = get_type_hints(TrainCfg), _field_documentation(TrainCfg)
    return [
        TrainSetting(
            field.name,
            kinds[field.name],
            field.default,
            documentation[field.name] + _suited(field) + _known(field),
        )
        for field in fields(TrainCfg)
        if field.default is not MISSING
    ]


def _suited(field: Field) -> str:
    """What is to be said of a default that depends on task and algorithm."""
    if field.name not in SUITED:
        return ""
    return f" Empty for what suits task and algorithm, which is often {field.default}."


REGISTRIES = (TASKS, ARMS, GRIPPERS, ALGORITHMS, REWARDS, BACKENDS)
"""Settings whose value is a name that some package offers."""


def known_names() -> Dict[str, str]:
    """What may be named, with the packages that it comes from, by setting."""
    return {registry.what: registry.listed() for registry in REGISTRIES}


def _known(field: Field) -> str:
    """What the setting may name."""
    known = known_names().get(field.name)
    return f" Known: {known}." if known else ""


def parse_settings(texts: Mapping[str, str]) -> TrainCfg:
    """The configuration that ``texts``, by name, ask for; what is missing keeps its default.

    Raises:
      TrainCfgError: a value that is not of its field's kind or range.
    """
    values = {
        setting.name: setting.parse(texts[setting.name])
        for setting in train_settings()
        if setting.name in texts
    }
    return TrainCfg(**values)


def command_line_flags(texts: Mapping[str, str]) -> List[str]:
    """Arguments of ``rl_manip_train train`` for ``texts``, by name: those that were asked for.

    Raises:
      TrainCfgError: a value that is not of its field's kind.
    """
    flags: List[str] = []
    for setting in train_settings():
        text = texts.get(setting.name, "").strip()
        if text not in ("", setting.default_text):
            flags += [f"--{setting.name.replace('_', '-')}", str(setting.parse(text))]
    return flags


def _field_documentation(cls: type) -> Dict[str, str]:
    """The strings that stand under the fields of a dataclass, by field, each on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in zip(body, body[1:])
        if isinstance(field, ast.AnnAssign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
