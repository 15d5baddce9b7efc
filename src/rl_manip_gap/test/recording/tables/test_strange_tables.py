"""Tables as spreadsheets, loggers and accidents leave them: read, or refused in a sentence."""

import gzip
import tracemalloc

import numpy as np
import pytest
from logged_table import HEADER, Way, motion, write

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import from_csv as from_csv_command
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.tables.cell_number import number
from rl_manip_gap.recording.tables.from_csv import ColumnMap, Units, bag_from_csv
from rl_manip_gap.recording.tables.table_text import read_table

PLACES = ColumnMap(position=("2",), velocity=("8",))
ROWS = 400
AS_FOUND = Units()


@pytest.fixture
def lines(arm, tmp_path):
    """Of a plain table."""
    return write(tmp_path / "plain.csv", arm).read_text().splitlines()


@pytest.fixture
def converted(arm, tmp_path):
    """What becomes of a table with these lines or bytes."""

    def convert(content, columns=PLACES, units=AS_FOUND):
        table = tmp_path / "log.csv"
        content = content if isinstance(content, bytes) else "\n".join(content).encode()
        table.write_bytes(content)
        return bag_from_csv(table, tmp_path / "bag", arm, columns, units)

    return convert


def in_milliseconds(lines, written):
    """The table with decimal commas, its time as `written` writes milliseconds."""
    rows = [line.split(",") for line in lines]
    return [
        ";".join([written(1e3 * float(row[0])), *(cell.replace(".", ",") for cell in row[1:])])
        for row in rows
    ]


def german(value):
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def german_whole(value):
    return f"{value - 299_500:,.0f}".replace(",", ".")  # 500 to 4.490


def of_a_spreadsheet(lines):
    return [",".join(f'"{cell.replace(".", ",")}"' for cell in line.split(",")) for line in lines]


NAMES = ",".join(HEADER)
READ = {
    "thousands in groups": lambda lines: in_milliseconds(lines, german),
    "whole thousands in groups": lambda lines: in_milliseconds(lines, german_whole),
    "groups of the Swiss": lambda lines: [
        f"{1e3 * float(line[:13]):,.3f}".replace(",", "'") + line[13:].replace(",", ";")
        for line in lines
    ],
    "groups in quotation marks": lambda lines: [
        f'"{1e3 * float(line[:13]):,.3f}"{line[13:]}' for line in lines
    ],
    "decimal commas in quotation marks": of_a_spreadsheet,
    "Excel's first line": lambda lines: ["sep=,", NAMES, *lines],
    "units below the header": lambda lines: [NAMES, "s" + 12 * ",rad", *lines],
    "comments": lambda lines: ["# a log", *lines[:200], "# a pause", *lines[200:]],
    "printed lists": lambda lines: [f"[{line}]" for line in lines],
    "a minus as typesetters have it": lambda lines: [line.replace("-", "\u2212") for line in lines],
    "empty last lines": lambda lines: [*lines, "", "", ","],
    "UTF-16 without a mark": lambda lines: "\n".join(lines).encode("utf-16-le"),
    "zeros of a crash": lambda lines: "\n".join(lines).encode() + b"\0" * 4096,
    "a mark that is never closed": lambda lines: ['"' + NAMES, *lines],
}


@pytest.mark.parametrize("how", READ)
def test_it_is_read_whole(arm, tmp_path, lines, converted, how):
    done = converted(READ[how](lines))
    assert done.usable == ROWS, done.notes
    states, (_, position, velocity) = read_recording(tmp_path / "bag", arm).states, motion(arm)
    np.testing.assert_allclose(states.position, position, atol=1e-7)
    np.testing.assert_allclose(states.velocity, velocity, atol=1e-6)
    np.testing.assert_allclose(np.diff(states.time), 0.01, atol=2e-3)


@pytest.mark.parametrize(
    ("change", "usable", "said"),
    [
        (lambda lines: [*lines, "304.0,0.1"], 400, "1 of 401 rows left out: they have no 13 cells"),
        (
            lambda lines: [
                line if k % 10 else f"{line.rpartition(',')[0]}," for k, line in enumerate(lines)
            ],
            360,
            "40 of 400 rows left out: they hold a cell that is no number",
        ),
        (lambda lines: [*lines[:200], NAMES, *lines[200:]], 400, "1 of 401 rows left out"),
    ],
    ids=["cut off", "missing cells", "a header in the middle"],
)
def test_rows_that_are_left_out_are_counted(lines, converted, change, usable, said):
    done = converted(change(lines))
    assert done.usable == usable
    assert said in "; ".join(done.notes)


def whole_numbers(lines):
    return [f"{k},{7 * k},5,4,3,2,1" + 6 * ",0" for k in range(10, 50)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[::-1], "goes back .* at row 2 of 400: and 398 times more: sort its"),
        (whole_numbers, "would be at 70 to 343 rad"),
        (lambda lines: lines[:1], "1 usable rows: give a table of at least 2"),
        (lambda lines: ['"' + lines[0], *100 * lines], "goes back by .*: sort its rows"),
        (lambda lines: gzip.compress("\n".join(lines).encode()), "compressed with gzip: unpack"),
        (lambda lines: b"PK\x03\x04" + bytes(100), "an Excel workbook or a zip archive: save"),
        (lambda lines: b"\x89MCAP0\r\n" + bytes(100), "a bag already: give it to report"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path, lines, converted, change, said):
    with pytest.raises(BagError, match=said):
        converted(change(lines))
    assert not (tmp_path / "bag").exists()


def test_a_time_that_no_bag_holds_is_refused(tmp_path, arm):
    table = write(tmp_path / "log.csv", arm, Way(since=1.7e9, time=1e9))
    with pytest.raises(BagError, match=r"goes to 1\.7e\+18 s: give another --time-unit"):
        bag_from_csv(table, tmp_path / "bag", arm, PLACES, Units(time_unit="s"))
    assert not (tmp_path / "bag").exists()


def test_few_rows_a_second_are_seconds_where_no_arm_is_faster(arm, converted):
    time = 300.0 + 0.5 * np.arange(100)
    position = arm.home + 0.3 * np.sin(0.1 * np.arange(100))[:, None]
    lines = [",".join(f"{x:.6f}" for x in (t, *q)) for t, q in zip(time, position)]
    assert "time in s, 2 rows a second" in converted(lines, ColumnMap()).notes


@pytest.mark.parametrize("delimiter", ["\\t", "tab", "\t"])
def test_a_tab_is_given_as_a_shell_takes_it(lines, converted, delimiter):
    done = converted([line.replace(",", "\t") for line in lines], units=Units(delimiter=delimiter))
    assert done.usable == ROWS


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--delimiter", ";;"], "delimiter is ';;': give one character"),
        (["--skip-rows", "-5"], "skip_rows is -5: give 0 or more"),
        (["--time-unit", "min"], "time_unit is 'min': give one of s, ms"),
        (["--rate", "nan"], "rate is nan: give the rows a second"),
    ],
)
def test_a_wrong_word_is_a_sentence(tmp_path, lines, monkeypatch, words, said):
    table = tmp_path / "plain.csv"
    monkeypatch.setattr("sys.argv", ["from_csv", str(table), "-o", str(tmp_path / "bag"), *words])
    with pytest.raises(SystemExit, match=said):
        from_csv_command.main()


def test_what_is_no_file_is_not_called_missing(tmp_path):
    with pytest.raises(BagError, match="is no file: give a text file"):
        read_table(tmp_path)


def test_a_long_table_needs_the_memory_of_its_numbers(tmp_path, lines):
    table = tmp_path / "long.csv"
    with open(table, "w") as file:
        for _ in range(25):
            file.write("\n".join(lines) + "\n")
    tracemalloc.start()
    read = read_table(table)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.values.shape == (25 * ROWS, 13)
    # growing, an array holds an eighth more, and is copied once
    assert most < 2.3 * read.values.nbytes + 1e6


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1.234", ",", 1234.0),
        ("1.234", ".", 1.234),
        ("0.571", ",", np.nan),  # no group begins with zero
        ("1 234 567", ".", 1234567.0),
        ("-1\u202f234,5", ",", -1234.5),
        ("12,34", ".", np.nan),
        ("running", ".", np.nan),
        ("", ".", np.nan),
    ],
)
def test_a_cell_is_one_number_or_none(cell, decimal, value):
    np.testing.assert_equal(number(cell, decimal), value)
