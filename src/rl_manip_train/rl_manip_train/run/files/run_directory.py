"""The folder of a training run."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional

import yaml

from rl_manip_description.contract.whole_file import remove_left_over, write_text
from rl_manip_train.run.files.checkpoint import has_checkpoints, latest_checkpoint

if TYPE_CHECKING:
    from rl_manip_train.settings.train_cfg import TrainCfg

CONFIG = "config.yaml"
SUMMARY = "training.json"
CHECKPOINTS = "checkpoints"


class RunDirectoryError(ValueError):
    """A folder that cannot hold the run, or that holds none to go on with."""


@dataclass(frozen=True)
class RunDirectory:
    """Where a run's files are."""

    path: Path
    """The run's folder."""

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.path / CHECKPOINTS

    @classmethod
    def open(cls, cfg: TrainCfg) -> RunDirectory:
        """The run's folder, made if need be, with its configuration written to it.

        Raises:
          RunDirectoryError: it already holds another run, or cannot be made.
        """
        resumed = None if cfg.resume is None else folder_of(cfg.resume)
        path = cls._path(cfg, resumed)
        goes_on = resumed is not None and path.resolve() == resumed.resolve()
        if (path / CONFIG).exists() and not goes_on:
            raise RunDirectoryError(
                f"{path} already holds a run; give another run_dir, or resume it with resume={path}"
            )
        try:
            path.mkdir(parents=True, exist_ok=True)
            for folder in (path, path / CHECKPOINTS):
                remove_left_over(folder)
            write_text(path / CONFIG, yaml.safe_dump(plain_settings(cfg), sort_keys=False))
        except OSError as error:
            raise RunDirectoryError(
                f"{path} cannot be written ({error.strerror}); give another run_dir"
            ) from error
        return cls(path)

    @staticmethod
    def _path(cfg: TrainCfg, resumed: Optional[Path]) -> Path:
        if cfg.run_dir is not None:
            return Path(cfg.run_dir)
        if resumed is not None:
            return resumed
        arm = Path(cfg.arm).stem  # it may be a file
        name = f"{time.strftime('%Y%m%d-%H%M%S')}_{arm}_{cfg.task}_{cfg.algo}_seed{cfg.seed}"
        return Path("runs") / name

    @staticmethod
    def is_without_checkpoint(resume: Path) -> bool:
        """Whether ``resume`` is the folder of a run that was stopped before its first one."""
        folder = Path(resume)
        return (folder / CONFIG).is_file() and not has_checkpoints(folder / CHECKPOINTS)

    @staticmethod
    def checkpoint_to_resume(resume: Path) -> Path:
        """The checkpoint that ``resume`` (a run's folder or a checkpoint) means.

        Raises:
          RunDirectoryError: a folder without a checkpoint that loads.
        """
        resume = Path(resume)
        if not resume.is_dir():
            return resume
        path = latest_checkpoint(resume / CHECKPOINTS)
        if path is None:
            raise RunDirectoryError(
                f"{resume} holds no checkpoint to resume; expected one in {resume / CHECKPOINTS}"
            )
        return path

    def write_summary(self, summary: Dict[str, Any]) -> None:
        """Write ``summary`` as training.json."""
        write_text(self.path / SUMMARY, json.dumps(summary, indent=2) + "\n")


def folder_of(resume: Path) -> Optional[Path]:
    """Folder of the run that is resumed; None for a checkpoint that lies in none."""
    resume = Path(resume)
    if resume.is_dir():
        return resume
    return resume.parent.parent if resume.parent.name == CHECKPOINTS else None


def settings_to_resume(resume: Path) -> Dict[str, Any]:
    """What the run that is resumed was started with; empty where no file tells.

    Raises:
      RunDirectoryError: the file is not as a training wrote it.
    """
    folder = folder_of(resume)
    if folder is None or not (folder / CONFIG).is_file():
        return {}
    return read_settings(folder)


def read_settings(run_dir: Path) -> Dict[str, Any]:
    """What a run was started with, as its folder says.

    Raises:
      OSError: there is no such file.
      RunDirectoryError: it is not as a training wrote it.
    """
    path = Path(run_dir) / CONFIG
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError):
        settings = None
    if not isinstance(settings, dict):
        raise RunDirectoryError(
            f"{path} holds no settings, expected those that a training wrote; put them back"
        )
    return settings


def plain_settings(cfg: TrainCfg) -> Dict[str, Any]:
    """Settings with paths as strings and tuples as lists, as YAML and JSON hold them."""
    return _plain(asdict(cfg))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
