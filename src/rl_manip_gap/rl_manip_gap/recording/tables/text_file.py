"""The lines of a text file, whatever its encoding; what is no text says what it is."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Iterator

from rl_manip_gap.bags.irregularities import BagError

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_WORKBOOK = "an Excel workbook or a zip archive: save its sheet as CSV, or unpack it"
# What people take for a table: its first bytes, what it is and what to do.
_NO_TEXT = {
    b"PK\x03\x04": _WORKBOOK,
    b"\xd0\xcf\x11\xe0": _WORKBOOK,
    b"\x1f\x8b": "compressed with gzip: unpack it with gunzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it with unzstd",
    b"\xfd7zXZ": "compressed with xz: unpack it with unxz",
    b"BZh": "compressed with bzip2: unpack it with bunzip2",
    b"\x89MCAP": "a bag already: give it to report as it is",
    b"SQLite format 3": "a bag already, or another database: give it to report as it is",
    b"PAR1": "a Parquet file: write it as CSV",
    b"\x89HDF": "an HDF5 file: write its table as CSV",
    b"\x93NUMPY": "a numpy array: write it with numpy.savetxt",
}
_HEAD = 4096  # bytes that are looked at first


def lines_of(path: Path, skip: int = 0) -> Iterator[str]:
    """The lines of a text file after the first `skip` ones, without holding all of it.

    Raises:
        BagError: there is none, it cannot be read, or it is no text.
    """
    if path.exists() and not path.is_file():
        raise BagError(f"{path} is no file: give a text file.")
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
        if known := next((known for mark, known in _NO_TEXT.items() if head.startswith(mark)), ""):
            raise BagError(f"{path} is {known}.")
        # NUL bytes: what is left of a file that was cut off while it was written
        with open(path, encoding=_encoding(head), errors="replace") as file:
            for line in islice(file, skip, None):
                yield line.replace("\0", "").rstrip("\n")
    except FileNotFoundError:
        raise BagError(f"There is no table at {path}.") from None
    except OSError as error:
        raise BagError(f"{path} cannot be read ({error.strerror}): give a text file.") from None


def _encoding(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    # of UTF-16 every other byte is zero in what a table holds
    for first, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        zeros = head[first::2].count(0)
        if zeros > 0.4 * len(head) and head[1 - first :: 2].count(0) == 0:
            return encoding
    return "utf-8"
