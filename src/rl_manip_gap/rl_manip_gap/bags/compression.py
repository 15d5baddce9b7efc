"""Compressed chunks, messages and files of bags."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Union

import lz4.frame

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
FAILURES = (ValueError, RuntimeError, EOFError, zstd.ZstdError)
"""What damaged data raises."""
_COPY = 1 << 20  # bytes decompressed at a time


def decompressed(name: str, data: Union[memoryview, bytes]) -> Union[memoryview, bytes]:
    """Data packed by "zstd", of one frame or several, by "lz4" or, where the name is empty, not.

    Raises:
        ValueError, RuntimeError, EOFError, zstd.ZstdError: damaged, or another compression.
    """
    if name == "":
        return data
    if name == "zstd":
        return zstd.decompress(data)
    if name == "lz4":
        return lz4.frame.decompress(bytes(data))
    raise ValueError(f"unknown compression {name!r}")


def decompress_file(source: Path, target: Path) -> None:
    """Decompresses a zstd file, of one frame or several, as far as it goes.

    Raises:
        EOFError, zstd.ZstdError: it ends early or is damaged; the target holds what came before.
    """
    with open(source, "rb") as packed, open(target, "wb") as plain:
        decompressor, begun = zstd.ZstdDecompressor(), False
        block = packed.read(_COPY)
        while block:
            plain.write(decompressor.decompress(block))
            begun = True
            block = decompressor.unused_data if decompressor.eof else b""
            if decompressor.eof:
                decompressor, begun = zstd.ZstdDecompressor(), False
            block = block or packed.read(_COPY)
        if begun:
            raise EOFError("the compressed file is cut off")
