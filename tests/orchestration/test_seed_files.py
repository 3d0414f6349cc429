"""The seeds' files: what Excel, an editor or a wrong save makes of them, and what is told of it, all at once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.seed_files import seed_faults
from tests.conftest import ROOT

CRITERIA = "stage,activity_type,outcome,description"
SAVE = "Save it as CSV UTF-8 (comma delimited)."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the shipped seeds alone."""
    shutil.copytree(ROOT / "dbt_project" / "seeds", tmp_path / "seeds")
    return tmp_path


def path_of(project: Path, seed: str) -> Path:
    return next((project / "seeds").rglob(f"{seed}.csv"))


def told_of(project: Path, change: Callable[[bytes], bytes], seed: str = "stage_criteria") -> list[str]:
    """What is told of one seed whose bytes were changed."""
    path = path_of(project, seed)
    path.write_bytes(change(path.read_bytes()))
    return list(seed_faults(project))


def test_the_shipped_files_pass(project: Path) -> None:
    assert list(seed_faults(project)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\r"),
        lambda content: content.rstrip(b"\n"),
        lambda content: content + b"\n\n,,,\n",
        lambda content: content + b"working,call\n",
        lambda content: content + b'"working","visit","a ""b"", c",NA\n',
    ],
)
def test_what_means_the_same_passes(project: Path, change: Callable[[bytes], bytes]) -> None:
    assert told_of(project, change) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda content: content.replace(b",", b";"),
            f"stage_criteria.csv: has semicolons between its columns. {SAVE}",
        ),
        (lambda content: content.replace(b",", b"\t"), f"stage_criteria.csv: has tabs between its columns. {SAVE}"),
        (
            lambda content: b"sep=,\r\n" + content,
            "stage_criteria.csv, row 1: says how columns are separated, which is always by a comma. Remove this line.",
        ),
        (
            lambda content: content.decode().encode("utf-16"),
            f"stage_criteria.csv: is UTF-16 or no text at all. {SAVE}",
        ),
        (lambda content: b"PK\x03\x04\0\0" + content, f"stage_criteria.csv: is a spreadsheet's own file. {SAVE}"),
        (lambda content: b"", f"stage_criteria.csv: is empty. The first line must be {CRITERIA}."),
        (lambda content: b"\xef\xbb\xbf\r\n\r\n", f"stage_criteria.csv: is empty. The first line must be {CRITERIA}."),
        (
            lambda content: b"\n" + content,
            f"stage_criteria.csv, row 1: is blank. The first line must be {CRITERIA}.",
        ),
        (
            lambda content: content.replace(b"\n", b",,\n"),
            "stage_criteria.csv, row 1: columns 5 and 6 without a name. Delete them, with all cells. "
            f"The first line must be {CRITERIA}.",
        ),
        (
            lambda content: content.replace(b"outcome,", b"stage,", 1),
            "stage_criteria.csv, row 1: column 'stage' is there twice. Remove one of the two. "
            f"The first line must be {CRITERIA}.",
        ),
        (
            lambda content: content + b"\n\nworking,visit,,on site, twice\n",
            "stage_criteria.csv, row 24 (working, visit): has 5 values, the header has 4. Put quotes around a text "
            "with a comma, write a number without one.",
        ),
        (
            lambda content: content + b'working,visit,,"on\nsite"\nworking,visit,,here,,\n',
            "stage_criteria.csv, row 23 (working, visit): has 6 values, the header has 4. The last ones are empty: "
            "delete them.",
        ),
        (
            lambda content: content + b"working,call,NULL,\n",
            "stage_criteria.csv, row 22 (stage 'working'): outcome 'NULL' would be read as an empty cell. Leave it "
            "empty, or write another word.",
        ),
        (
            lambda content: content + "working,call,연결,\n".encode("cp949"),
            f"stage_criteria.csv, row 22: is not UTF-8, as a spreadsheet's plain CSV is not. {SAVE}",
        ),
        (
            lambda content: "stage,activity_type,outcome,description\nworking,café,,".encode("cp1252"),
            f"stage_criteria.csv, row 2: is not UTF-8, as a spreadsheet's plain CSV is not. {SAVE}",
        ),
    ],
)
def test_a_file_that_would_be_misread_is_told_with_its_remedy(
    project: Path, change: Callable[[bytes], bytes], told: str
) -> None:
    assert told_of(project, change) == [told]


def test_a_renamed_file_is_told_its_name(project: Path) -> None:
    path = path_of(project, "stages")
    path.rename(path.with_name("stages (2).csv"))
    assert list(seed_faults(project)) == [
        "stages (2).csv: has the columns of stages.csv, which is missing. Rename it to stages.csv."
    ]


def test_an_ending_in_capitals_is_told(project: Path) -> None:
    path = path_of(project, "stages")
    path.rename(path.with_name("stages.CSV"))
    assert list(seed_faults(project)) == [
        "stages.CSV: has the columns of stages.csv, which is missing. Rename it to stages.csv."
    ]


def test_a_missing_a_strange_and_a_doubled_file_are_told_together(project: Path) -> None:
    path_of(project, "holidays").unlink()
    path = path_of(project, "stages")
    (path.parent / "notes.csv").write_text("who,what\n")
    shutil.copy(path, path.parent.parent / "market" / "stages.csv")
    assert list(seed_faults(project)) == [
        "stages.csv: is there twice, in market and process. Remove one of the two.",
        "notes.csv: is no seed, no YAML file in seeds describes it. Move it out of seeds, or give it the name of the "
        "seed it is.",
        "holidays.csv: is missing. Put it back; if you want none of it, with its first line alone, region,holiday_on.",
    ]


def test_every_fault_of_every_file_is_told(project: Path) -> None:
    path = path_of(project, "reps")
    path.write_bytes(path.read_bytes() + b"rep80,A,csm,customer_success,,2025-01-01,,1,000\nrep81,null,csm\n")
    told = told_of(project, lambda content: content.replace(b",", b";"))
    assert len(told) == 3
    assert told[-1].startswith("stage_criteria.csv: has semicolons")


def test_a_yaml_that_cannot_be_read_is_told(project: Path) -> None:
    path = path_of(project, "stages").with_suffix(".yml")
    path.write_text("seeds: [", encoding="utf-8")
    assert any(told.startswith("stages.yml: is no YAML") for told in seed_faults(project))
