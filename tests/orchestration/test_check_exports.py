"""`revloop check` of a CRM's own exports, told by their own columns, and the mapping that it suggests for them."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from ingest.mapped.reading import read_mapping
from orchestration.checking import run
from orchestration.checking.findings import Chapter
from orchestration.checking.suggest import suggest
from orchestration.settings import Settings
from tests.conftest import ROOT, Workplace
from tests.dbt_runs import STAGES
from tests.ingest.mapped.workbook_files import workbook
from tests.mappings import hubspot, pipedrive
from tests.mappings.written import write
from tests.orchestration.conftest import Said


@pytest.fixture
def exported(workplace: Workplace) -> Workplace:
    """A workplace into whose landing folder HubSpot's exports were put."""
    write(workplace.landing / "hubspot", hubspot.exports())
    return workplace


def check(workplace: Workplace, *words: str | Path) -> Said:
    """What a check says, without its funnel, which takes seconds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run, "_funnel", lambda *given: Chapter("the funnel"))
        done = workplace.revloop("check", "--as-of", "2026-07-01", *words)
    assert done.returncode in (0, 1), done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def line_with(said: Said, *words: str) -> str:
    """The one line that has these words."""
    [line] = [line for line in said.out.splitlines() if all(word in line for word in words)]
    return line


def export_of(workplace: Workplace, view: str) -> Path:
    """The file of one of HubSpot's views."""
    [path] = (workplace.landing / "hubspot").glob(f"*{view}*")
    return path


def edited(path: Path, *edits: tuple[str, str]) -> None:
    """Change the text of a file."""
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def suggested(workplace: Workplace, *files: Path) -> str:
    """The mapping that is suggested for files, which loads."""
    done = workplace.revloop("check", "--suggest", *files)
    assert done.returncode == 0, done.stderr
    place = workplace.folder / "suggested.yml"
    place.write_text(done.stdout, encoding="utf-8")
    read_mapping(place, STAGES)
    return done.stdout


def test_exports_are_counted_by_their_own_rows(exported: Workplace) -> None:
    said = check(exported)
    assert line_with(said, "contacts-2026-07-01.csv, contacts of hubspot: 60 rows; 6", " accepted, 0 refused")
    assert re.search(r"deals of hubspot: 20 rows; \d+ activities, \d+ contracts accepted, 0 refused", said.out)
    assert line_with(said, "companies of hubspot: 20 rows, only looked up")
    assert "in hubspot" not in line_with(said, "1 of 18 columns not used: `Associated Company`")
    assert line_with(said, "there is no time zone", "put the zone of your CRM into hubspot.yml (`zone`)")


def test_what_only_withdraws_is_counted_apart(workplace: Workplace) -> None:
    head = "activity_id,lead_id,activity_type,occurred_at,is_deleted"
    workplace.land("activities/a.csv", f"{head}\na,x,note,2026-01-01,no\nb,x,note,2027-01-01,yes\n")
    said = check(workplace)
    assert line_with(said, "note: 1 of these activities only withdraw what may have been told before")
    assert "in the future" not in said.out


def test_a_refusal_names_the_column_and_the_mapping_to_mend(exported: Workplace) -> None:
    edited(export_of(exported, "deals"), ("Contract Sent", "Neogtiation"), ('"2026-01-26 10:22"', '"26/13/2026"'))
    edited(export_of(exported, "deals"), ('"Closed Lost"', '"거래 실패"'))
    said = check(exported)
    line = line_with(said, "stage (from `Deal Stage`) '거래 실패' is no opportunity phase")
    assert "; it reads like lost: put it into a table of what is won or lost of hubspot.yml" in line
    line = line_with(said, "stage (from `Deal Stage`) 'Neogtiation' is no opportunity phase")
    assert "put the value into a table of hubspot.yml" in line
    assert line_with(said, "occurred_at (from", "'26/13/2026' is no timestamp")


def test_a_column_that_is_misspelt_and_an_id_that_was_cut_are_told(exported: Workplace) -> None:
    edited(export_of(exported, "contacts"), ('"Last Modified Date"', '"Last Modfied Date"'))
    edited(export_of(exported, "deals"), ('"20000000001"', '"2.00E+10"'))
    said = check(exported)
    assert line_with(said, "look: the file has no column 'Last Modified Date'; did you mean 'Last Modfied Date'?")
    assert line_with(said, "Record ID has ids that a spreadsheet cut, as '2.00E+10'")
    assert "look: " in line_with(said, "opportunity_id (from `Record ID`) '2.00E+10' was cut by a spreadsheet")


def test_a_point_that_may_be_one_of_thousands_is_looked_at(exported: Workplace, tmp_path: Path) -> None:
    deals = export_of(exported, "deals")
    lines = deals.read_text(encoding="utf-8").splitlines(keepends=True)
    place = lines[0].split(",").index('"Amount"')
    for number, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        lines[number] = ",".join([*cells[:place], f'"{number}.000"', *cells[place + 1 :]])
    deals.write_text("".join(lines))
    line = line_with(check(exported), "look: `Amount` '1.000' in 20 rows, as in row 1, is read as 1: if its point")
    assert """write `decimals: "1.234,50"` into hubspot.yml, else `decimals: "1234.50"`""" in line
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copy(ROOT / "ingest" / "mappings" / "hubspot.yml", mine)
    edited(mine / "hubspot.yml", ("\ntables:\n", '\ndecimals: "1234.50"\ntables:\n'))
    assert "is read as 1:" not in check(exported, "--mappings", mine).out


def test_an_export_that_nothing_takes_is_looked_at(exported: Workplace) -> None:
    export_of(exported, "deals").rename(exported.landing / "hubspot" / "pipeline.csv")
    (exported.landing / "hubspott").mkdir()
    export_of(exported, "contacts").rename(exported.landing / "contacts.csv")
    said = check(exported)
    line = line_with(said, "look: contacts.csv (it is none of the feeds' folders")
    assert line.endswith(f"put it into {exported.landing / 'hubspot'}, by its columns it is contacts of hubspot")
    assert "look: " in line_with(said, "hubspot/pipeline.csv (no object of the mapping hubspot has such a name")
    assert "did you mean 'hubspot'?" in line_with(said, "hubspott/")


def test_exports_that_no_mapping_reads_are_told_what_writes_one(exported: Workplace) -> None:
    (exported.landing / "our crm").mkdir()
    (exported.landing / "our crm" / "고객.csv").write_text(
        "고객번호,이름,등록일\n1,김하나,2026-01-05\n", encoding="utf-8"
    )
    (exported.landing / "old").mkdir()
    export_of(exported, "deals").rename(exported.landing / "old" / "deals.csv")
    (exported.landing / "notes").mkdir()
    (exported.landing / "notes" / "readme.md").write_text("hello")
    (exported.landing / "고객.csv").write_text("고객번호,이름,등록일\n1,김하나,2026-01-05\n", encoding="utf-8")
    said = check(exported)
    line = line_with(said, "look: our crm/ (it is none of the feeds' folders")
    told = f"`revloop check --suggest '{exported.landing}/our crm'/* --out 'mappings/our crm.yml'` writes a mapping"
    assert told in line
    assert line.endswith("and `--mappings mappings` reads by it")
    line = line_with(said, "look: old/ (it is none of the feeds' folders")
    assert line.endswith(
        f"put what lies in it into {exported.landing / 'hubspot'}, by their columns they are of hubspot"
    )
    assert "--suggest" not in line_with(said, "look: notes/")
    assert f"put it into {exported.landing / 'ourcrm'}; `revloop check --suggest " in line_with(
        said, "look: 고객.csv ("
    )


def test_an_export_in_a_feeds_folder_is_told_where_it_belongs(exported: Workplace) -> None:
    (exported.landing / "leads").mkdir()
    export_of(exported, "contacts").rename(exported.landing / "leads" / "contacts.csv")
    line = line_with(check(exported), "every row is refused, as the file lacks `lead_id`, `created_at`")
    assert line.endswith("or put it into <landing>/hubspot, by its columns it is contacts of hubspot")


def test_an_export_is_known_by_its_header_wherever_it_lies(exported: Workplace, tmp_path: Path) -> None:
    away = tmp_path / "downloads"
    away.mkdir()
    shutil.copy(export_of(exported, "deals"), away / "x.csv")
    said = check(exported, away / "x.csv")
    assert line_with(said, f"{away}/x.csv, deals of hubspot: 20 rows")
    assert line_with(said, "taken for deals of hubspot, as 17 of its 20 columns are known there")
    assert line_with(said, "it looks things up in `contacts`, of which no file is here")


def test_what_is_suggested_for_a_file_saved_again_lets_every_row_in(workplace: Workplace, tmp_path: Path) -> None:
    write(workplace.landing / "pipedrive", pipedrive.exports())
    assert re.search(r"people of pipedrive: 60 rows; 0 leads accepted, 60 refused", check(workplace).out)
    mine = tmp_path / "mine"
    mine.mkdir()
    done = workplace.revloop("check", "--suggest", "--out", mine / "pipedrive.yml")
    assert done.returncode == 0, done.stderr
    text = (mine / "pipedrive.yml").read_text(encoding="utf-8")
    assert '"Emma Clark": rep05  # 80 rows' in text
    assert 'dates: [iso, "%d/%m/%Y %H:%M", "%d/%m/%Y"]' in text
    assert text.count("# ? zone: Asia/Seoul") == 1
    said = check(workplace, "--mappings", mine)
    assert "people of pipedrive: 60 rows; 60 leads accepted, 0 refused" in said.out
    assert not re.search(r"[1-9]\d* refused", said.out)
    again = workplace.revloop("check", "--suggest", "--out", mine / "pipedrive.yml")
    assert "is there already" in again.stderr


@pytest.mark.whole
def test_from_exports_to_a_funnel_with_nothing_left_to_look_at(exported: Workplace, tmp_path: Path) -> None:
    first = exported.revloop("check", "--as-of", "2026-07-01")
    assert first.returncode == 1
    assert "owner_id (from `Contact owner`) 'Emma Clark' in 15 rows" in first.stdout
    assert "did you mean 'rep05'? put it into the table `owners` of hubspot.yml" in first.stdout
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "hubspot.yml").write_text(suggested(exported).replace("# ? zone: ", "zone: "))
    second = exported.revloop("check", "--as-of", "2026-07-01", "--mappings", mine)
    assert second.returncode == 0, second.stdout
    assert "60 leads as of 2026-07-01 00:00 UTC" in second.stdout
    assert re.search(r"20 opportunities: \d+ open, 4 won, \d lost", second.stdout)
    assert second.stdout.endswith("all is well; nothing was loaded\n")


def test_other_names_of_columns_and_values_that_are_new_go_in(exported: Workplace) -> None:
    contacts, deals = export_of(exported, "contacts"), export_of(exported, "deals")
    edited(contacts, ('"Create Date"', '"Created date"'), ('"Contact owner"', '"Contact Owner Name"'))
    edited(deals, ("Contract Sent", "Negotiation"), ("Presentation Scheduled", "Demo, scheduled"))
    text = suggested(exported, contacts.rename(contacts.with_name("people 2026-07-01.csv")), deals)
    assert 'created_at: {column: [Create Date, "Created date"]}' in text
    assert 'files: ["*contact*", "people*"]' in text
    assert re.search(r'\n      "Negotiation": p4  # \d+ rows?', text)
    assert '"Jane Doe"' not in text


def test_a_stage_of_ones_own_is_told_until_the_list_names_its_column(exported: Workplace, tmp_path: Path) -> None:
    edited(export_of(exported, "deals"), ("Presentation Scheduled", "Demo done"), ("Qualified To Buy", "Verbal (yes)"))
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copy(ROOT / "ingest" / "mappings" / "hubspot.yml", mine)
    edited(mine / "hubspot.yml", ("Presentation Scheduled: p3", "Demo done: p3"), ("Qualified To Buy", "Verbal (yes)"))
    edited(mine / "hubspot.yml", ("stage: Verbal (yes)", "stage: Verbal"), ('ntered "Verbal (yes)', 'ntered "Verbal'))
    line = line_with(check(exported, "--mappings", mine), "look: no rule reads")
    assert line.startswith(
        '  look: no rule reads `Date entered "Demo done (Sales Pipeline)"`, so what it tells is missing'
    )
    assert (
        """{stage: "Demo done", entered: "Date entered \\"Demo done (*", earlier: "Date entered 'Demo done (*"}"""
        in line
    )


def test_a_stage_of_ones_own_is_named_by_the_suggestion(exported: Workplace, tmp_path: Path) -> None:
    edited(export_of(exported, "deals"), ("Presentation Scheduled", "Demo done"), ("Contract Sent", "Demo"))
    mine = tmp_path / "mine"
    mine.mkdir()
    text = suggested(exported)
    assert text.count('- stage: "Demo done"\n') == 1
    (mine / "hubspot.yml").write_text(text, encoding="utf-8")
    edited(
        mine / "hubspot.yml",
        ('"Demo done": p2', '"Demo done": p3'),
        ('"Demo": p2', '"Demo": p5'),
    )
    said = check(exported, "--mappings", mine)
    assert "no rule reads" not in said.out
    assert re.search(r"deals of hubspot: 20 rows; \d+ activities, \d+ contracts accepted, 0 refused", said.out)
    shutil.copy(ROOT / "ingest" / "mappings" / "hubspot.yml", mine)
    edited(export_of(exported, "deals"), ("Demo done", "Presentation Scheduled"), ("Demo", "Contract Sent"))
    assert line_with(said, "deals of hubspot: 20 rows") == line_with(
        check(exported, "--mappings", mine), "deals of hubspot: 20 rows"
    )


def test_won_and_lost_stages_of_ones_own_are_placed_by_the_suggestion(exported: Workplace, tmp_path: Path) -> None:
    expected = line_with(check(exported), "deals of hubspot: 20 rows")
    edited(export_of(exported, "deals"), ("Closed Won", "계약 완료"), ("Closed Lost", "Deal lost"))
    mine = tmp_path / "mine"
    mine.mkdir()
    text = suggested(exported)
    assert re.search(r'outcomes:\n    values:\n(      .*\n)*      "계약 완료": won  # \d rows\n', text)
    assert text.count('"Date entered \\"Deal lost (*"') == 1
    assert "CODE  # " not in text[text.index("phases:") : text.index("lifecycle:")]
    (mine / "hubspot.yml").write_text(text, encoding="utf-8")
    said = check(exported, "--mappings", mine)
    assert "no rule reads" not in said.out
    assert line_with(said, "deals of hubspot: 20 rows") == expected


def test_a_file_that_no_mapping_knows_is_matched_by_its_names(workplace: Workplace, tmp_path: Path) -> None:
    odd = tmp_path / "Kontakte 2026.csv"
    odd.write_bytes("Kontakt-ID;Angelegt am;E-Mail;x\nK1;26.03.2025 10:22;a;1\nK2;3.4.2025 9:00;b;2\n".encode("utf-16"))
    text = suggested(workplace, odd)
    assert 'files: "Kontakte*"' in text
    assert 'lead_id: "Kontakt-ID"  # ? by what it holds' in text
    assert 'created_at: "Angelegt am"  # ? by what it holds' in text
    assert 'email: "E-Mail"' in text
    assert 'dates: [iso, "%d.%m.%Y %H:%M"]' in text
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "ourcrm.yml").write_text(text, encoding="utf-8")
    (workplace.landing / "ourcrm").mkdir()
    shutil.copy(odd, workplace.landing / "ourcrm")
    assert "2 rows; 2 leads accepted, 0 refused" in check(workplace, "--mappings", tmp_path / "mine").out


def test_the_values_of_a_file_that_no_mapping_knows_get_a_table(workplace: Workplace, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "Aktion-Nr,lead_id,Activity type,occurred_at,Country,outcome\n"
        "1,a,Call,2026-01-01T10:00Z,Korea,Connected\n2,a,Fax sent,2026-01-01T10:00Z,Korea,connected\n"
    )
    text = suggested(workplace, log)
    assert 'activity_type: {column: "Activity type", table: types}' in text
    assert re.search(r'types:\n +values:\n +"Call": call  # 1 row', text)
    assert '# ? "Fax sent": CODE  # 1 row' in text
    assert '"Connected": connected  # 2 rows' in text


def test_a_stranger_among_exports_gets_an_object_of_its_own(exported: Workplace, tmp_path: Path) -> None:
    odd, other = tmp_path / "deals.csv", tmp_path / "a" / "deals.csv"
    odd.write_text("Vertrag;Unterzeichnet;Preis;Kunde\nV1;2026-03-01;1.200,00;K1\nV2;2026-03-02;90,00;K2\n")
    other.parent.mkdir()
    other.write_text("q,w\n1,2\n")
    files = sorted((exported.landing / "hubspot").iterdir())
    text = suggested(exported, *files, odd, other)
    assert "\n  deals_2:\n" in text
    assert "\n  deals_3:\n" in text
    assert "\n  deals:\n" in text


def test_a_workbook_goes_through_a_check_and_a_broken_one_is_told(workplace: Workplace, tmp_path: Path) -> None:
    head = ["Record ID", "Email", "Create Date", "Last Modified Date", "Lifecycle Stage"]
    good = workbook({"All": [head, ["1", "a@b.example", datetime(2026, 1, 5), datetime(2026, 1, 6), "Lead"]]})
    folder = workplace.landing / "hubspot"
    folder.mkdir(parents=True)
    for name, content in {"contacts": good, "contacts-cut": good[: len(good) // 2], "contacts-none": b""}.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    said = check(workplace)
    assert line_with(said, "contacts.xlsx, contacts of hubspot: 1 row; 1 leads, 0 activities accepted, 0 refused")
    assert line_with(said, "refused whole: the file", "it is damaged or cut off (", "export it again, or save it anew")
    assert line_with(said, "refused whole: the file cannot be read as an Excel workbook: it is empty: export it again")
    text = suggested(workplace)
    assert "# contacts.xlsx as contacts\n" in text
    assert f"# Left out: {folder}/contacts-none.xlsx cannot be read as an Excel workbook: it is empty" in text
    done = workplace.revloop("check", "--suggest", folder / "contacts-none.xlsx")
    assert done.returncode == 1
    assert re.fullmatch(
        r"revloop: there is no file .*contacts-none.xlsx .* it is empty: export it again\n", done.stderr
    )


def test_there_is_nothing_to_suggest_for_feeds(workplace: Workplace) -> None:
    workplace.land("leads/a.csv", "lead_id,created_at\na,2026-01-01\n")
    done = workplace.revloop("check", "--suggest")
    assert done.returncode == 1
    assert "there is no file to suggest a mapping for" in done.stderr
    assert workplace.revloop("check", "--out", "x.yml").returncode == 2


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@example(header=["", "a\n\x05\u2028*#: {}", "&x *y", "#"], row=["'", '"', "\x85"])
@given(header=st.lists(cells, min_size=1, max_size=6), row=st.lists(cells, min_size=1, max_size=6))
def test_whatever_a_file_holds_the_suggestion_loads(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], row: list[str]
) -> None:

    def line(texts: list[str]) -> str:
        return ",".join('"' + text.replace('"', '""') + '"' for text in texts) + "\n"

    folder = tmp_path_factory.mktemp("any")
    path = folder / "any.csv"
    path.write_text(line(["Record ID", "Deal Stage", *header]) + line(["1", *row]), encoding="utf-8", newline="")
    surroundings = Settings(ROOT / "dbt_project", folder, folder / "data", "500MB", None, "a test")
    place = folder / "suggested.yml"
    place.write_text(suggest(surroundings, [path]), encoding="utf-8")
    read_mapping(place, STAGES)
