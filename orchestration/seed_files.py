"""Faults of the seeds' files that dbt would misread, or tell without naming the file: which are there, and their shape.

What a seed's cells may say is the affair of its YAML in `dbt_project/seeds`. Rows are numbered as a spreadsheet does:
the header is row 1, a blank line is a row, and so is a record whose quoted text runs over several lines.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

SAVE = "Save it as CSV UTF-8 (comma delimited)."
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_SHOWN = 60

Rows = Sequence[Sequence[str]]


def seed_faults(project: Path) -> Iterator[str]:
    """A line for every fault of the seeds' files, each with file, row if it has one, and remedy."""
    seeds = project / "seeds"
    described: dict[str, list[str]] = {}
    for path in sorted(seeds.rglob("*.yml")):
        try:
            described |= _described(path)
        except yaml.YAMLError as error:
            yield f"{path.name}: is no YAML, {error}. Put it back as it was."
    files = sorted(path for path in seeds.rglob("*") if path.suffix.lower() == ".csv" and path.is_file())
    yield from _faults_of_names(described, files)
    for path in files:
        yield from _faults_of_text(path, described.get(path.stem, []))


def _described(path: Path) -> dict[str, list[str]]:
    """The columns of every seed that a YAML file describes, by its name."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    seeds = content.get("seeds") if isinstance(content, dict) else None
    return {seed["name"]: list(seed.get("config", {}).get("column_types", {})) for seed in seeds or []}


def _faults_of_names(described: Mapping[str, list[str]], files: Sequence[Path]) -> Iterator[str]:
    places = defaultdict(list)
    for path in files:
        places[path.stem if path.suffix == ".csv" else path.name].append(path)
    missing = [name for name in described if name not in places]
    for name, paths in places.items():
        if len(paths) > 1:
            folders = " and ".join(path.parent.name for path in paths)
            yield f"{name}.csv: is there twice, in {folders}. Remove one of the two."
        if name not in described:
            meant = next((other for other in missing if _header(paths[0]) == described[other]), None)
            if meant:
                missing.remove(meant)
                yield f"{paths[0].name}: has the columns of {meant}.csv, which is missing. Rename it to {meant}.csv."
            else:
                yield (
                    f"{paths[0].name}: is no seed, no YAML file in seeds describes it. Move it out of seeds, or give "
                    "it the name of the seed it is."
                )
    for name in missing:
        header = ",".join(described[name])
        yield f"{name}.csv: is missing. Put it back; if you want none of it, with its first line alone, {header}."


def _header(path: Path) -> list[str]:
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig", errors="replace"), newline=None)))
    return rows[0] if rows else []


def _faults_of_text(path: Path, columns: Sequence[str]) -> Iterator[str]:
    content = path.read_bytes()
    if cause := _why_no_text(content):
        yield f"{path.name}{cause}"
        return
    try:
        # As dbt reads it: every line end is one.
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=None)))
    except csv.Error as error:
        yield f"{path.name}: is no CSV, {error}. {SAVE}"
        return
    if cause := _why_no_table(rows, columns):
        yield f"{path.name}{cause}"
        return
    for number, row in enumerate(rows[1:], start=2):
        yield from (f"{path.name}, row {number} {cause}" for cause in _faults_of_row(row, rows[0]))


def _why_no_text(content: bytes) -> str | None:
    if content.startswith(UTF_16) or b"\0" in content[:1000]:
        return f": is UTF-16 or no text at all. {SAVE}" if not content.startswith(WORKBOOKS) else _workbook()
    if content.startswith(WORKBOOKS):
        return _workbook()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("latin-1")
        row = max(1, len(list(csv.reader(io.StringIO(before + "x", newline=None)))))
        return f", row {row}: is not UTF-8, as a spreadsheet's plain CSV is not. {SAVE}"
    return None


def _workbook() -> str:
    return f": is a spreadsheet's own file. {SAVE}"


def _why_no_table(rows: Rows, columns: Sequence[str]) -> str | None:
    """What keeps the first row from being a header, told without a word on the columns it should have."""
    first_line = f" The first line must be {','.join(columns)}." if columns else ""
    if not any(any(row) for row in rows):
        return f": is empty.{first_line}"
    header = rows[0]
    if not any(header):
        return f", row 1: is blank.{first_line}"
    if header[0].lower().startswith("sep="):
        return ", row 1: says how columns are separated, which is always by a comma. Remove this line."
    for separator, name in OTHER_SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            return f": has {name} between its columns. {SAVE}"
    if nameless := [number for number, name in enumerate(header, start=1) if not name.strip()]:
        one, these = ("column", "it, with all its cells") if len(nameless) == 1 else ("columns", "them, with all cells")
        return f", row 1: {one} {' and '.join(map(str, nameless))} without a name. Delete {these}.{first_line}"
    if doubled := sorted({name for name in header if header.count(name) > 1}):
        return f", row 1: column '{doubled[0]}' is there twice. Remove one of the two.{first_line}"
    return None


def _faults_of_row(row: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    if len(row) > len(header):
        surplus = (
            "The last ones are empty: delete them."
            if not any(row[len(header) :])
            else "Put quotes around a text with a comma, write a number without one."
        )
        yield f"({_shown(', '.join(row[:2]))}): has {len(row)} values, the header has {len(header)}. {surplus}"
    for name, cell in zip(header, row, strict=False):
        if cell.strip().lower() == "null":
            yield (
                f"({header[0]} '{_shown(row[0])}'): {name} '{cell}' would be read as an empty cell. Leave it empty, or "
                "write another word."
            )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"
