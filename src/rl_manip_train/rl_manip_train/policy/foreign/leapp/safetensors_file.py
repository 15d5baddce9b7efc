"""Reads arrays of a .safetensors file: a JSON header that says where each lies, then numbers.

The format: https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict

import numpy as np

from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError, read_content

LENGTH = 8
"""Bytes of the header's length, an unsigned little-endian number."""


def read_safetensors(path: Path) -> Dict[str, np.ndarray]:
    """Every array by its name.

    Raises:
      ForeignNetworkError: it cannot be read, is cut off, or has others than float32.
    """
    content = read_content(path)
    broken = ForeignNetworkError(f"{path} is no complete safetensors file; copy it again")
    begin = LENGTH + int.from_bytes(content[:LENGTH], "little")
    try:
        header = json.loads(content[LENGTH:begin].decode("utf-8"))
        header.pop("__metadata__", None)
        return {
            name: _array(path, name, one, content[begin:]) for name, one in dict(header).items()
        }
    except ForeignNetworkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise broken from None


def _array(path: Path, name: str, described: Dict, numbers: bytes) -> np.ndarray:
    if described["dtype"] != "F32":
        raise ForeignNetworkError(
            f"{path} has {name!r} in {described['dtype']}, expected F32; export it in float32"
        )
    first, last = described["data_offsets"]
    array = np.frombuffer(numbers[first:last], "<f4").astype(np.float32)
    return array.reshape(described["shape"])
