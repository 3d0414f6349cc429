"""A project of which nothing changed is not parsed again; one of which anything did is."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder

from ingest.errors import RevloopError
from orchestration import kept_parse
from orchestration.catalogs import Catalogs
from orchestration.dbt_runner import DbtProject
from tests.conftest import Workplace
from tests.dbt_runs import read_manifest

READER = "model.revloop.fct_stage_transitions"


def catalogs_in(data: Path) -> Catalogs:
    return Catalogs(data, data / "store.duckdb", data / "night", "1GB")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of which only the files matter."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "target").mkdir()
    (folder / "profiles.yml").write_text("path: \"{{ env_var( 'REVLOOP_BUILD', 'data') }}/{{ env_var(\"OTHER\") }}\"")
    (folder / "models" / "a.sql").write_text("select 1")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "stages.csv").write_text("stage\n")
    (folder / "target" / "manifest.json").write_text("{}")
    return folder


def change_a_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "models" / "a.sql").write_text("select 2")


def rename_a_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "models" / "a.sql").rename(project / "models" / "b.sql")


def add_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "new.yml").write_text("")


def ask_another_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", "elsewhere")


def tell_dbt_otherwise(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "other")


def change_a_version(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parse, "version", lambda name: "9.9")


def change_python(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version", "9.9")


def change_the_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parse, "code_version", lambda project: "other")


CHANGES: Mapping[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    change.__name__: change
    for change in (
        change_a_model,
        rename_a_model,
        add_a_file,
        ask_another_environment,
        tell_dbt_otherwise,
        change_a_version,
        change_python,
        change_the_code,
    )
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_dbt_reads_makes_it_another_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    before = kept_parse.identity(project)
    change(project, monkeypatch)
    assert kept_parse.identity(project) != before


def test_what_dbt_writes_and_what_it_does_not_ask_for_changes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_parse.identity(project)
    (project / "target" / "manifest.json").write_text("{'other': 1}")
    monkeypatch.setenv("UNASKED", "elsewhere")
    monkeypatch.setenv("REVLOOP_BUILD", "elsewhere")
    assert kept_parse.identity(project) == before


def test_what_a_seed_says_changes_nothing_that_is_parsed(project: Path) -> None:
    before = kept_parse.identity(project)
    (project / "seeds" / "stages.csv").write_text("stage\nlead\n")
    assert kept_parse.identity(project) == before
    (project / "seeds" / "other.csv").write_text("stage\nlead\n")
    assert kept_parse.identity(project) != before


def test_only_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / kept_parse.FILE
    identity, other = b"a" * 32, b"b" * 32
    assert kept_parse.read(file, identity) is None
    kept_parse.write(file, identity, kept_parse.Parsed(Manifest(), {"nodes": {}}))
    assert file.stat().st_mode & 0o077 == 0
    kept = kept_parse.read(file, identity)
    assert kept is not None
    assert (kept.manifest.nodes, kept.content) == ({}, {"nodes": {}})
    assert kept_parse.read(file, other) is None
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(damaged)
        assert kept_parse.read(file, identity) is None


def test_a_project_is_parsed_once_and_again_when_a_file_changes(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    parses: list[Path] = []
    parse_anew = DbtProject._parse_anew

    def counted(project: DbtProject, target: Path) -> kept_parse.Parsed:
        parses.append(target)
        return parse_anew(project, target)

    monkeypatch.setattr(DbtProject, "_parse_anew", counted)
    target = workplace.data / "dbt"
    target.mkdir(parents=True)

    def parsed(data: Path = workplace.data) -> kept_parse.Parsed:
        return DbtProject(workplace.project, target, catalogs_in(data)).parsed

    first = parsed()
    again = parsed(workplace.data / "moved")
    assert parses == [target]
    assert again.content == first.content
    assert again.manifest.nodes.keys() == first.manifest.nodes.keys()
    # This one dbt itself has parsed, and looked things up in it.
    (workplace.project / "models" / "new.sql").write_text("select * from {{ ref('dim_leads') }}")
    assert "model.revloop.new" in parsed().content["nodes"]
    assert parses == [target, target]
    manifest = parsed().manifest
    assert parses == [target, target]
    for found in (
        manifest.ref_lookup.find("new", None, None, manifest),
        manifest.source_lookup.find("raw.leads", None, manifest),
        manifest.doc_lookup.find("__overview__", None, manifest),
    ):
        assert found is not None
    assert "model.revloop.new" in manifest.flat_graph["nodes"]


def test_a_parse_trusts_nothing_that_dbt_kept_of_another(workplace: Workplace) -> None:
    """Where macros changed that call each other, dbt may leave what a model read before, and the night stops at it."""
    target = workplace.data / "dbt"
    target.mkdir(parents=True)
    parses = []
    for text in ("select 1 as a", "select 2 as a"):
        (workplace.project / "models" / "new.sql").write_text(text)
        parses.append(DbtProject(workplace.project, target, catalogs_in(workplace.data)).parse(target))
        kept = read_manifest(target)
        kept.nodes[READER].depends_on.nodes.clear()
        (target / "partial_parse.msgpack").write_bytes(kept.to_msgpack(extended_mashumaro_encoder))
    for parsed in parses:
        assert parsed.content["nodes"][READER]["depends_on"]["nodes"]


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_seed_that_cannot_be_read_is_told_of_whatever_is_kept(workplace: Workplace, is_taken: bool) -> None:
    target = workplace.data / "dbt"
    target.mkdir(parents=True)
    parsed = DbtProject(workplace.project, target, catalogs_in(workplace.data)).parse()
    workplace.seed("stages").write_bytes(b"stage\n\xff\n")
    project = DbtProject(workplace.project, target, catalogs_in(workplace.data))
    with pytest.raises(RevloopError, match=r"stages\.csv"):
        project.take(parsed) if is_taken else project.parse()


def test_who_only_looks_keeps_nothing(workplace: Workplace, tmp_path: Path) -> None:
    target = workplace.data / "dbt"
    DbtProject(workplace.project, target, catalogs_in(workplace.data)).parse(tmp_path)
    assert not workplace.data.exists()
