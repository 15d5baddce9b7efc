"""A foreign network inside a torch module: run by onnxruntime, and exported as it is.

While a module is exported, the network is one node of a domain of its own; ``splice`` puts the
network's graph in its place.
"""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError
from rl_manip_train.policy.foreign.network.network_file import NetworkFile
from rl_manip_train.policy.foreign.observation import parted

DOMAIN, NODE, PREFIX = "rl_manip.foreign", "Network", "network/"


class _Call(torch.autograd.Function):
    """One call; `symbolic` is what the exporter of ONNX writes for it."""

    @staticmethod
    def forward(ctx: Any, network: Any, *values: Tensor) -> Any:
        return network.run(*values)

    @staticmethod
    def symbolic(g: Any, network: Any, *values: Any) -> Any:
        shapes = [(1, network.file.action_width), *(state.shape for state in network.file.states)]
        made = g.op(f"{DOMAIN}::{NODE}", *values, outputs=len(shapes))
        for result, shape in zip(made if len(shapes) > 1 else (made,), shapes):
            result.setType(values[0].type().with_sizes(list(shape)))
        return made


class SplicedNetwork(nn.Module):
    """A network that was read, as a layer.

    Args:
      file: which.
    """

    def __init__(self, file: NetworkFile) -> None:
        super().__init__()
        self.file = file
        self.memory_width = sum(state.width for state in file.states)
        """Elements of all states side by side."""
        starts = [
            np.zeros(state.width) if state.start is None else state.start.reshape(-1)
            for state in file.states
        ]
        start = np.concatenate([*starts, np.zeros(0)])[None]
        self.starts_elsewhere = bool(np.any(start))
        """Whether a state begins with anything but zeros."""
        tensor = torch.tensor(start, dtype=torch.float32)
        self.register_buffer("_start", tensor, persistent=False)
        self._session = file.session()

    def forward(
        self, observations: List[Tensor], memory: Tensor, begins: Tensor
    ) -> Tuple[Tensor, Tensor]:
        """Actions (1, a) and the next states (1, s).

        Args:
          observations: (1, d) for each input.
          memory: states (1, s), zeros in the first step.
          begins: (1, 1) 1 in the first step, else 0; not used where all begin with zeros.
        """
        ports = zip(observations, self.file.inputs)
        given = [value.reshape(port.shape) for value, port in ports]
        if self.starts_elsewhere:
            memory = memory + begins * self._start
        parts = parted(memory, [state.width for state in self.file.states])
        states = [part.reshape(one.shape) for part, one in zip(parts, self.file.states)]
        said = _Call.apply(self, *given, *states)
        action, *after = said if self.file.states else (said,)
        after = [one.reshape(1, state.width) for one, state in zip(after, self.file.states)]
        return action, torch.cat(after, dim=1) if after else memory

    def run(self, *values: Tensor) -> Any:
        """What the file says to observations and states, by onnxruntime."""
        arrays = [np.ascontiguousarray(value.detach().cpu().numpy()) for value in values]
        tensors = tuple(map(torch.from_numpy, self.file.run(self._session, arrays)))
        return tensors if self.file.states else tensors[0]


def splice(graph: onnx.ModelProto, network: NetworkFile) -> None:
    """Put the network in the place of its node.

    Raises:
      ForeignNetworkError: it uses operators in another version than the graph.
    """
    inner = onnx.compose.add_prefix(network.graph, PREFIX)
    (call,) = [node for node in graph.graph.node if node.domain == DOMAIN]
    nodes = []
    for node in graph.graph.node:
        if node is not call:
            nodes.append(node)
            continue
        nodes += [
            _same(value, PREFIX + name) for value, name in zip(call.input, network.input_names)
        ]
        nodes += inner.graph.node
        nodes += [
            _same(PREFIX + name, value) for value, name in zip(call.output, network.output_names)
        ]
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.graph.node[:]
    graph.graph.node.extend(kept)
    graph.graph.initializer.extend(inner.graph.initializer)
    graph.graph.sparse_initializer.extend(inner.graph.sparse_initializer)
    graph.functions.extend(inner.functions)
    del graph.graph.value_info[:]  # shapes that the exporter could not know
    _merge_opsets(graph, inner)
    graph.ir_version = max(graph.ir_version, inner.ir_version)


def _same(source: str, result: str) -> onnx.NodeProto:
    return onnx.helper.make_node("Identity", [source], [result], name=f"{PREFIX}{source}>{result}")


def _merge_opsets(graph: onnx.ModelProto, inner: onnx.ModelProto) -> None:
    versions = {one.domain: one.version for one in graph.opset_import if one.domain != DOMAIN}
    for one in inner.opset_import:
        domain = "" if one.domain == "ai.onnx" else one.domain
        if versions.setdefault(domain, one.version) != one.version:
            raise ForeignNetworkError(
                f"the network uses operators of {domain or 'ONNX'} in version {one.version}, and "
                f"the graph around it in {versions[domain]}; export it for opset 17"
            )
    del graph.opset_import[:]
    graph.opset_import.extend(onnx.helper.make_opsetid(*pair) for pair in versions.items())
