"""Where the command is run: under a locale that knows no Korean, in folders of any name."""

import os
import subprocess
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration.settings import Settings
from tests.conftest import REVLOOP, Workplace
from tests.orchestration.conftest import LEADS

NO_UTF8 = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run_in_ascii(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `revloop` in a folder, in an environment that has no UTF-8 and names no folders."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REVLOOP_", "PYTHON"))}
    return subprocess.run(
        [REVLOOP, *words],
        cwd=folder,
        env={**kept, **NO_UTF8},
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
    )


@pytest.mark.whole
def test_a_night_runs_in_a_folder_of_any_name_whatever_the_locale(tmp_path: Path) -> None:
    folder = tmp_path / '한국 it\'s 100% {{ "x" }}'
    folder.mkdir()
    workplace = Workplace(folder)
    workplace.land("leads/리드 it's {{ 1%.csv", LEADS.replace("Ada Lang", "김철수"))
    done = run_in_ascii(folder, "refresh", "--as-of", "2026-03-01")
    assert done.returncode == 0, done.stderr
    assert f"published {workplace.published}" in done.stdout
    assert workplace.rows("select count(*) from marts.dim_leads") == [(2,)]
    looked = run_in_ascii(folder, "status")
    assert "look: quarantine holds 1 row of leads/리드 it's {{ 1%.csv" in looked.stdout
    written = run_in_ascii(folder, "quarantine", "--out", "밖.csv")
    assert written.returncode == 0, written.stderr
    assert "broken@example.com" in (folder / "밖.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [["status"], ["refresh"], ["deliver"], ["erase", "--lead-id", "x"]], ids=" ".join)
def test_a_data_folder_whose_name_is_no_utf8_is_refused_in_a_line(tmp_path: Path, words: list[str]) -> None:
    folder = tmp_path / os.fsdecode(b"latin\xe9")
    (folder / "landing").mkdir(parents=True)
    done = run_in_ascii(folder, *words)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"revloop: the data folder {tmp_path}/latin\\xe9/data has a name that is no UTF-8: name another with --data"
    ]
    assert [path.name for path in folder.iterdir()] == ["landing"]


@pytest.mark.parametrize("text", ["rw-r-----", "0o640", "64", "0750", "0240", "4640", "0648", " 0640"])
def test_a_mode_of_pay_that_is_none_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("REVLOOP_PAY_MODE", text)
    with pytest.raises(RevloopError) as refused:
        Settings.read()
    [line] = refused.value.causes
    assert line.startswith(f"REVLOOP_PAY_MODE is {text!r}: give the mode of a file")


@pytest.mark.parametrize(("text", "mode"), [("", 0o600), ("0640", 0o640), ("440", 0o440), ("0644", 0o644)])
def test_pay_is_its_owners_alone_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, text: str, mode: int
) -> None:
    monkeypatch.setenv("REVLOOP_PAY_MODE", text)
    assert Settings.read().pay_mode == mode
