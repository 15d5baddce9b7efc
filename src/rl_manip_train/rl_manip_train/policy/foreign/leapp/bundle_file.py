"""The YAML file of a LEAPP bundle: models, their tensors, and how they hang together.

As leapp 0.7.2 writes and reads it (leapp/leapp.py, leapp/inference_manager.py).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Collection, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import yaml

from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError, read_content

YAML = (".yaml", ".yml")


class Tensor(NamedTuple):
    """An input or output of a model, as the bundle describes it."""

    origin: str  # model/name, as the bundle calls it
    port: str  # its name in the joined graph
    shape: Tuple[int, ...]
    kind: Optional[str]  # such as state/joint/position
    names: Tuple[Tuple[str, ...], ...]  # of elements along its last axes; none where it says none
    connection: str  # what it is in Isaac Lab, such as command:ee_pose; empty where unknown

    @property
    def elements(self) -> Tuple[str, ...]:
        """Names along its last axis."""
        return self.names[-1] if self.names else ()


class Model(NamedTuple):
    """A network of the bundle."""

    name: str
    file: Path
    backend: str  # onnx, jit or pt2
    inputs: Tuple[Tensor, ...]
    outputs: Tuple[Tensor, ...]


class Bundle(NamedTuple):
    """What a bundle holds."""

    path: Path  # of its YAML file
    models: Tuple[Model, ...]  # in the order in which they run
    flow: Tuple[Tuple[str, str], ...]  # (output, input) within a step
    feedback: Tuple[Tuple[str, str], ...]  # (output, input) of the next step
    initial_values: Optional[Path]  # .safetensors of inputs by feedback
    frequency: Optional[float]  # steps per second [Hz]

    @property
    def name(self) -> str:
        """For sentences."""
        return self.path.name

    @property
    def inputs(self) -> Tuple[Tensor, ...]:
        """Those that come from outside."""
        within = {target for _, target in (*self.flow, *self.feedback)}
        every = (one for model in self.models for one in model.inputs)
        return tuple(one for one in every if one.port not in within)

    @property
    def outputs(self) -> Tuple[Tensor, ...]:
        """All of them; some are inputs of another model or of the next step, too."""
        return tuple(one for model in self.models for one in model.outputs)

    @property
    def sha256(self) -> str:
        """Digest of the YAML file and the models one after the other."""
        digest = hashlib.sha256()
        for path in (self.path, *(model.file for model in self.models)):
            digest.update(read_content(path))
        return digest.hexdigest()


def is_bundle(path: Path) -> bool:
    """Whether a path is that of a bundle, and not of a network's file."""
    return path.is_dir() or path.suffix in YAML


def read_bundle(path: Path) -> Bundle:
    """A bundle in a folder, or by its YAML file.

    Raises:
      ForeignNetworkError: there is none, a file is missing or another one, or it lacks something.
    """
    path = _yaml_file(path) if path.is_dir() else path
    values = _loaded(path)
    if not isinstance(values, Mapping) or not {"models", "pipeline"} <= set(values):
        raise ForeignNetworkError(
            f"{path} is no LEAPP bundle: it lacks models or pipeline; give the YAML file that "
            "leapp wrote beside its models"
        )
    try:
        return _bundle(path, values)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        if isinstance(error, ForeignNetworkError):
            raise
        raise ForeignNetworkError(
            f"{path} lacks something that leapp 0.7 writes ({error}); export it with that version"
        ) from None


def _yaml_file(folder: Path) -> Path:
    found = sorted(one for one in folder.iterdir() if one.suffix in YAML)
    found = [one for one in found if b"pipeline:" in read_content(one)]
    if len(found) != 1:
        listed = ", ".join(one.name for one in found) or "none"
        raise ForeignNetworkError(
            f"{folder} has {listed} of LEAPP's YAML files, expected one; give the path of the one "
            "that you mean"
        )
    return found[0]


def _loaded(path: Path) -> Any:
    try:
        return yaml.safe_load(read_content(path).decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ForeignNetworkError(f"{path} is no YAML: {said}") from None


def _bundle(path: Path, values: Mapping[str, Any]) -> Bundle:
    described, pipeline = values["models"], values["pipeline"]
    several = len(described) > 1
    models = tuple(_model(path, name, one, several) for name, one in described.items())
    if not models:
        raise ForeignNetworkError(f"{path} has no models; export it again")
    configs = pipeline.get("configs") or {}
    frequency, initial = configs.get("frequency"), pipeline.get("initial_values")
    return Bundle(
        path=path,
        models=models,
        flow=_flow(path, models, pipeline.get("data_flow") or {}),
        feedback=_flow(path, models, pipeline.get("feedback_flow") or {}),
        initial_values=None if initial is None else path.parent / initial,
        frequency=None if frequency is None else float(frequency),
    )


def _model(path: Path, name: str, values: Mapping[str, Any], several: bool) -> Model:
    parameters = values["parameters"]
    file = path.parent / parameters["model_path"]
    digest = hashlib.sha256(read_content(file)).hexdigest()
    if parameters.get("sha256sum", digest) != digest:
        raise ForeignNetworkError(
            f"{file} is not the file that {path.name} was written for: its sha256sum differs; copy "
            "the whole folder again"
        )
    inputs = tuple(_tensor(name, one, several, ()) for one in values["inputs"] or ())
    taken = {one.port for one in inputs}
    return Model(
        name=name,
        file=file,
        backend=parameters["backend"],
        inputs=inputs,
        outputs=tuple(_tensor(name, one, several, taken) for one in values["outputs"] or ()),
    )


def _tensor(model: str, values: Mapping[str, Any], several: bool, taken: Collection[str]) -> Tensor:
    """A tensor; its port is the whole origin where there are several models.

    A state of a TorchScript model has one name for input and output, which a graph does not allow.
    """
    shape, origin = values["shape"], f"{model}/{values['name']}"
    port = origin if several else values["name"]
    while port in taken:
        port += "_out"
    return Tensor(
        origin=origin,
        port=port,
        shape=tuple(json.loads(shape) if isinstance(shape, str) else shape),
        kind=values.get("kind"),
        names=_names(values.get("element_names")),
        connection=str(values.get("isaaclab_connection", "")),
    )


def _names(given: Any) -> Tuple[Tuple[str, ...], ...]:
    """Names along each axis that has some: a list of lists, or one list of the last axis."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        return ()
    if all(isinstance(one, str) for one in given):
        return (tuple(given),)
    # an axis may have no names, or be one of time, which is a text
    return tuple(tuple(map(str, axis)) for axis in given if isinstance(axis, list))


def _flow(
    path: Path, models: Sequence[Model], given: Mapping[str, List[str]]
) -> Tuple[Tuple[str, str], ...]:
    """Ports of every pair of an output and an input."""
    sources = {one.origin: one.port for model in models for one in model.outputs}
    targets = {one.origin: one.port for model in models for one in model.inputs}
    pairs = []
    for source, ends in given.items():
        for target in ends:
            for name, known in ((source, sources), (target, targets)):
                if name not in known:
                    raise ForeignNetworkError(
                        f"{path} joins {source} with {target}, and no model has {name!r}; export "
                        "the bundle again"
                    )
            pairs.append((sources[source], targets[target]))
    return tuple(pairs)
