"""The settings of ``TrainCfg`` as text: launch arguments and ROS parameters in, flags out."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, get_type_hints

from rl_manip_description.model.arm_files import ARMS
from rl_manip_description.model.gripper_files import GRIPPERS
from rl_manip_description.paths import path_of
from rl_manip_sim.known_backends import BACKENDS
from rl_manip_train.settings.train_cfg import (
    ALGORITHMS,
    SUITED,
    SUITED_TO_ARM,
    PPOCfg,
    SACCfg,
    TrainCfg,
    TrainCfgError,
)
from rl_manip_train.tasks import REWARDS, TASKS

_TRUTH = {"true": True, "false": False}
_EXPECTED = {int: "a whole number", bool: "true or false", Tuple[int, ...]: "whole numbers"}


@dataclass(frozen=True)
class TrainSetting:
    """A setting that text can give, most of them fields of ``TrainCfg``."""

    name: str
    """Name of the field, of the launch argument and of the ROS parameter alike; an algorithm's has
    its name and a dot before it."""
    kind: Any
    """Type: str, int, float, bool, Optional[Path] or Tuple[int, ...]."""
    default: Any
    """Value where nothing is given."""
    description: str
    """What it is, with its unit."""

    @property
    def default_text(self) -> str:
        """The default as text; empty where it depends on others, and for a path not given."""
        depends = self.name in (*SUITED, *SUITED_TO_ARM) or "." in self.name
        return "" if self.default is None or depends else str(self.default)

    def flags(self, text: str) -> List[str]:
        """Arguments of ``rl_manip_train train`` for ``text``.

        Raises:
          TrainCfgError: not a value of this kind.
        """
        value, flag = self.parse(text), self.name.replace("_", "-")
        if self.kind is bool:
            owner, _, name = flag.rpartition(".")
            return [f"--{owner}.{'' if value else 'no-'}{name}"]
        parts = value if isinstance(value, tuple) else (value,)
        return [f"--{flag}", *map(str, parts)]

    def parse(self, text: str) -> Any:
        """The value that ``text`` stands for; empty text is the default.

        Raises:
          TrainCfgError: not a value of this kind.
        """
        text = text.strip()
        if not text:
            return self.default
        if self.kind == Optional[Path]:
            return path_of(text)
        try:
            if self.kind is bool:
                return _TRUTH[text.lower()]
            if self.kind == Tuple[int, ...]:
                return tuple(int(part) for part in text.replace(",", " ").split())
            return self.kind(text)
        except (ValueError, KeyError):
            expected = _EXPECTED.get(self.kind, "a number")
            raise TrainCfgError(
                f"{self.name} is {text!r}, expected {expected} such as {_as_text(self.default)}"
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
    """Every field of ``TrainCfg``, in order, then those of the algorithms of this package."""
    return [*_own_settings(), *_settings_of("ppo", PPOCfg), *_settings_of("sac", SACCfg)]


def _settings_of(algo: str, cls: type) -> List[TrainSetting]:
    kinds, documentation = get_type_hints(cls), _field_documentation(cls)
    return [
        TrainSetting(
            f"{algo}.{field.name}",
            kinds[field.name],
            field.default,
            f"{documentation[field.name]} Empty for what suits task and reward, which is often "
            f"{_as_text(field.default)}.",
        )
        for field in fields(cls)
    ]


def _as_text(value: Any) -> str:
    """A value as ``TrainSetting.parse`` takes it."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _own_settings() -> List[TrainSetting]:
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
    """What is to be said of a default that depends on other settings."""
    for names, others in ((SUITED, "task, algorithm and reward"), (SUITED_TO_ARM, "task and arm")):
        if field.name in names:
            return f" Empty for what suits {others}, which is often {field.default}."
    return ""


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
    values: Dict[str, Any] = {}
    algorithms: Dict[str, Dict[str, Any]] = {"ppo": {}, "sac": {}}
    for setting in train_settings():
        if setting.name in texts:
            algo, _, name = setting.name.rpartition(".")
            (algorithms[algo] if algo else values)[name] = setting.parse(texts[setting.name])
    return TrainCfg(ppo=PPOCfg(**algorithms["ppo"]), sac=SACCfg(**algorithms["sac"]), **values)


def command_line_flags(texts: Mapping[str, str]) -> List[str]:
    """Arguments of ``rl_manip_train train`` for ``texts``, by name: those that were asked for.

    Raises:
      TrainCfgError: a value that is not of its field's kind.
    """
    flags: List[str] = []
    for setting in train_settings():
        text = texts.get(setting.name, "").strip()
        if text not in ("", setting.default_text):
            flags += setting.flags(text)
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
