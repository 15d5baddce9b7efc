"""The models of a LEAPP bundle as one ONNX graph, with what its states begin with."""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np
import onnx

from rl_manip_train.policy.foreign.leapp.bundle_file import Bundle, Model
from rl_manip_train.policy.foreign.leapp.safetensors_file import read_safetensors
from rl_manip_train.policy.foreign.network.graph_file import (
    ForeignNetworkError,
    in_opset,
    onnx_graph,
    opset_of,
    read_content,
    torchscript_graph,
    torchscript_module,
)
from rl_manip_train.policy.foreign.network.network_file import NetworkFile, network_of
from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec


def read_bundle_network(bundle: Bundle, spec: ForeignSpec) -> NetworkFile:
    """The network in a bundle.

    Raises:
      ForeignNetworkError: models that cannot be read or joined, or other tensors than it says.
      SpecError: it takes another number of values than the spec's slices have.
    """
    graphs = [(model, _graph(model)) for model in bundle.models]
    whole = graphs[0][1] if len(graphs) == 1 else _joined(bundle, graphs)
    names = {one.name for one in whole.graph.input} - {one.name for one in whole.graph.initializer}
    described = {one.port for one in bundle.inputs} | {target for _, target in bundle.feedback}
    for strange in sorted(names ^ described):
        where = "a model has" if strange in names else f"{bundle.name} describes"
        raise ForeignNetworkError(
            f"{where} the input {strange!r}, and the other one has not; export the bundle again"
        )
    return network_of(bundle.path, whole, spec, _starts(bundle))


def _graph(model: Model) -> onnx.ModelProto:
    if model.backend == "onnx":
        return onnx_graph(model.file, read_content(model.file))
    if model.backend != "jit":
        raise ForeignNetworkError(
            f"{model.file} is of the backend {model.backend}, expected onnx or jit; export it with "
            "export_with='onnx-dynamo'"
        )
    inputs = {_own_name(model, one.port): one.shape for one in model.inputs}
    outputs = [_own_name(model, one.port) for one in model.outputs]
    return torchscript_graph(model.file, torchscript_module(model.file), inputs, outputs)


def _own_name(model: Model, port: str) -> str:
    return port[len(model.name) + 1 :] if port.startswith(f"{model.name}/") else port


def _joined(bundle: Bundle, graphs: List[Tuple[Model, onnx.ModelProto]]) -> onnx.ModelProto:
    """All models one after the other; every output stays one of the whole."""
    newest = max(opset_of(graph) for _, graph in graphs)
    whole = None
    for model, graph in graphs:
        part = onnx.compose.add_prefix(in_opset(model.file, graph, newest), f"{model.name}/")
        given = {} if whole is None else {one.name: one for one in whole.graph.output}
        takes = [one.name for one in part.graph.input]
        pairs = [(source, target) for source, target in bundle.flow if target in takes]
        for source, target in pairs:
            if source not in given:
                raise ForeignNetworkError(
                    f"{bundle.name} hands {source} to {target}, which runs earlier; that cannot be "
                    "joined into one graph: export it as one model"
                )
        whole = part if whole is None else _merged(bundle, whole, part, pairs)
        kept = {one.name for one in whole.graph.output}
        whole.graph.output.extend(one for name, one in given.items() if name not in kept)
    return whole


def _merged(
    bundle: Bundle, whole: onnx.ModelProto, part: onnx.ModelProto, pairs: List[Tuple[str, str]]
) -> onnx.ModelProto:
    whole.ir_version = part.ir_version = max(whole.ir_version, part.ir_version)
    try:
        return onnx.compose.merge_models(whole, part, io_map=pairs)
    except (ValueError, onnx.checker.ValidationError) as error:
        said = " ".join(str(error).split())
        raise ForeignNetworkError(
            f"{bundle.name} has models that cannot be joined into one graph: {said}; export it as "
            "one model"
        ) from None


def _starts(bundle: Bundle) -> Dict[str, np.ndarray]:
    """What each state begins with, by its input in the joined graph."""
    if bundle.initial_values is None:
        return {}
    fed = [target for _, target in bundle.feedback]
    states = [one for model in bundle.models for one in model.inputs if one.port in fed]
    known, found = {one.origin: one for one in states}, {}
    for name, value in read_safetensors(bundle.initial_values).items():
        if name not in known or value.shape != known[name].shape:
            raise ForeignNetworkError(
                f"{bundle.initial_values} has {name!r} of the shape {list(value.shape)}, which is "
                f"no feedback of {bundle.name}; export the bundle again"
            )
        if not np.all(np.isfinite(value)):
            raise ForeignNetworkError(
                f"{bundle.initial_values} has {name!r} with numbers that are not finite; export "
                "the bundle again"
            )
        found[known[name].port] = value
    return found
