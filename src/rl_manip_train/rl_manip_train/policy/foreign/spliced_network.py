"""A foreign network inside a torch module: run by onnxruntime, and exported as it is.

While a module is exported, the network is one node of a domain of its own; ``splice`` puts the
network's graph in its place.
"""

from __future__ import annotations

from typing import Any, Tuple

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from rl_manip_train.policy.foreign.network_file import ForeignNetworkError, NetworkFile
from rl_manip_train.policy.foreign.observation import parted

DOMAIN, NODE, PREFIX = "rl_manip.foreign", "Network", "network/"


class _Call(torch.autograd.Function):
    """One call; `symbolic` is what the exporter of ONNX writes for it."""

    @staticmethod
    def forward(ctx: Any, network: Any, observation: Tensor, *states: Tensor) -> Any:
        return network.run(observation, *states)

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
        self._session = file.session()

    def forward(self, observation: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
        """Actions (1, a) and the next states (1, s), for observations (1, d) and states (1, s)."""
        parts = parted(memory, [state.width for state in self.file.states])
        states = [part.reshape(one.shape) for part, one in zip(parts, self.file.states)]
        said = _Call.apply(self, observation, *states)
        action, *after = said if self.file.states else (said,)
        after = [one.reshape(1, state.width) for one, state in zip(after, self.file.states)]
        return action, torch.cat(after, dim=1) if after else memory

    def run(self, observation: Tensor, *states: Tensor) -> Any:
        """What the file says, by onnxruntime."""
        names = [self.file.observation, *(state.input for state in self.file.states)]
        values = [value.detach().cpu().numpy() for value in (observation, *states)]
        outputs = [self.file.action, *(state.output for state in self.file.states)]
        said = self._session.run(outputs, dict(zip(names, map(np.ascontiguousarray, values))))
        tensors = tuple(map(torch.from_numpy, said))
        return tensors if self.file.states else tensors[0]


def splice(graph: onnx.ModelProto, network: NetworkFile) -> None:
    """Put the network in the place of its node.

    Raises:
      ForeignNetworkError: it uses operators in another version than the graph.
    """
    inner = onnx.compose.add_prefix(network.graph, PREFIX)
    (call,) = [node for node in graph.graph.node if node.domain == DOMAIN]
    sources = [network.observation, *(state.input for state in network.states)]
    results = [network.action, *(state.output for state in network.states)]
    nodes = []
    for node in graph.graph.node:
        if node is not call:
            nodes.append(node)
            continue
        nodes += [_same(value, PREFIX + name) for value, name in zip(call.input, sources)]
        nodes += inner.graph.node
        nodes += [_same(PREFIX + name, value) for value, name in zip(call.output, results)]
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
