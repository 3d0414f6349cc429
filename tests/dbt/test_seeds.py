"""The seeds: their shape, and what a wrong edit is told. How models use them belongs elsewhere.

All wrong edits are made in two copies of the seeds, so that they cost two runs of dbt.
"""

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
WRONG_EDITS = Path(__file__).with_name("wrong_seed_edits.yml")
PORTABLE_TYPE = r"varchar|integer|boolean|date|decimal\(18,[248]\)"
BYTE_ORDER_MARK = "\ufeff"
# A plan that pays a part of full pay alone, a weight of another scale, a target of somebody who is no longer listed.
UNUSUAL_ROWS = {
    "compensation_plans": "csm,won_deals,0.5,100,,,,,marginal",
    "health_weights": "contract,10",
    "targets": "2030-01-01,rep,long-gone,,won_deals,1",
}
SPREADSHEET_ROWS = '\n1e5,,NA\r\n01,,TRUE\n001,,"전시, ""봄"" の展示会"\r\n,,\n'

HEADERS = {
    "activity_types": "activity_type category is_buyer_act points",
    "business_hours": "region time_zone weekday opens closes",
    "campaign_spend": "period_month campaign_id lead_source amount",
    "compensation_plans": "team kpi weight variable_pay threshold accelerator_from accelerator_rate cap tiering",
    "exchange_rates": "currency rate_to_reporting",
    "fit_rules": "attribute value points",
    "health_weights": "component weight",
    "holidays": "region holiday_on",
    "job_levels": "pattern job_level",
    "lead_sources": "lead_source motion label",
    "lost_reasons": "reason category is_no_decision is_excluded",
    "next_actions": "trigger stage missing_criterion action channel content owner_role due_hours",
    "public_domains": "company_domain",
    "recycle_rules": "from_stage reason min_days max_cycles min_fit_grade needs_new_act priority",
    "recycling_costs": "activity_type cost_amount",
    "reps": "rep_id name team department manager_id started_on ended_on capacity",
    "score_feature_allow": "feature why",
    "score_grades": "axis grade min_points",
    "segments": "segment min_employees",
    "stage_criteria": "stage activity_type outcome description",
    "stages": "stage rank kind stay department sla_hours default_win_rate label_en label_ko label_ja exit_criterion",
    "target_accounts": "company_domain industry owner_id",
    "targets": "period_month scope scope_id stage kpi target",
}

SHIPPED_TYPES = (
    "product_used survey_answered support_ticket_opened support_ticket_solved feedback_given opportunity_accepted "
    "opportunity_rejected forecast_called form_submit content_download email_click email_reply seminar_attended "
    "exhibition_visit inbound_call business_card_received demo_request contact_request pricing_request call meeting "
    "problem_confirmed requirements_shared vendor_preferred terms_agreed approval_filed onboarding_completed "
    "first_value_reached"
)


@dataclass(frozen=True)
class WrongEdit:
    """A row put at the end of a seed, or in place of the row that begins with `replaces`.

    `told` is what must be said of it after file, row number and key; empty where the edit only
    sets the scene for another one.
    """

    seed: str
    row: str
    replaces: str = ""
    key: str = ""
    told: str = ""


def wrong_edits(section: str) -> list[WrongEdit]:
    """The edits of one section of wrong_seed_edits.yml, in its order."""
    seeds = yaml.safe_load(WRONG_EDITS.read_text(encoding="utf-8"))[section]
    return [WrongEdit(seed, **edit) for seed, edits in seeds.items() for edit in edits]


def copy_seeds(project: Path) -> None:
    """A dbt project of the seeds, their macros and their tests alone."""
    for folder in ("seeds", "macros", "tests/seeds", "tests/generic"):
        shutil.copytree(DBT_PROJECT / folder, project / folder)
    shutil.copy(DBT_PROJECT / "dbt_project.yml", project)
    output = {
        "type": "duckdb",
        "path": str(project / "build.duckdb"),
        "schema": "main",
        "settings": {"preserve_insertion_order": False},
    }
    profile = {"revloop": {"target": "duckdb", "outputs": {"duckdb": output}}}
    (project / "profiles.yml").write_text(yaml.safe_dump(profile))


def run_dbt(project: Path, command: str, *words: str) -> dict[str, tuple[str, str]]:
    """Node name -> (status, what it says): messages of a failed test, or the error of a seed."""
    # Imported here: dbt takes seconds to import, and half of these tests do without.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    kept = ["--target-path", str(project / "target"), "--log-path", str(project / "logs")]
    try:
        run = dbtRunner().invoke(["--quiet", command, *words, *folders, *kept])
    finally:
        DuckDBConnectionManager.close_all_connections()
    if run.exception:
        raise run.exception
    with duckdb.connect(str(project / "build.duckdb"), read_only=True) as connection:
        return {
            result.node.name: (
                str(result.status),
                "\n".join(row[0] for row in connection.sql(result.node.compiled_code).fetchall())
                if result.status == "fail"
                else str(result.message),
            )
            for result in run.result
        }


def make_edits(project: Path, edits: list[WrongEdit]) -> dict[WrongEdit, str]:
    """Make the edits; return the sentence that each must be told."""
    sentences = {}
    for edit in edits:
        (path,) = (project / "seeds").rglob(f"{edit.seed}.csv")
        lines = path.read_text(encoding="utf-8").splitlines()
        position = len(lines)
        if edit.replaces:
            position = next(i for i, line in enumerate(lines) if line.startswith(edit.replaces))
        lines[position : position + 1] = [edit.row]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        row = len(list(csv.reader(lines[:position]))) + 1
        place = f", row {row} ({edit.key}): " if edit.key else ": "
        sentences[edit] = f"{edit.seed}.csv{place}{edit.told}"
    return sentences


@pytest.fixture(scope="module")
def good_seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str, str]]]:
    """The shipped seeds, one as a spreadsheet would save it, some with unusual rows, built; with the results of dbt."""
    project = tmp_path_factory.mktemp("good")
    copy_seeds(project)
    for seed, row in UNUSUAL_ROWS.items():
        (path,) = (project / "seeds").rglob(f"{seed}.csv")
        path.write_text(path.read_text(encoding="utf-8").replace("contract,0.10\n", "") + f"{row}\n", encoding="utf-8")
    (path,) = (project / "seeds").rglob("lead_sources.csv")
    resaved = path.read_text(encoding="utf-8") + SPREADSHEET_ROWS
    path.write_text(BYTE_ORDER_MARK + resaved, encoding="utf-8", newline="")
    return project, run_dbt(project, "build")


@pytest.fixture(scope="module")
def told_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[WrongEdit], tuple[str, str]]:
    """The sentence an edit must be told, and all that dbt told about the seeds it was made in."""
    answers: dict[WrongEdit, tuple[str, str]] = {}
    for edits, command in ((WRONG_ROWS, "build"), (WRONG_CELLS, "seed")):
        project = tmp_path_factory.mktemp(command)
        copy_seeds(project)
        sentences = make_edits(project, edits)
        everything = "\n".join(said for _, said in run_dbt(project, command).values())
        answers |= {edit: (sentence, everything) for edit, sentence in sentences.items()}
    return answers.__getitem__


# agate warns of the column that one of the wrong headers lacks.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not match the name of any column")

WRONG_ROWS, WRONG_CELLS = wrong_edits("wrong_rows"), wrong_edits("wrong_cells")


@pytest.mark.parametrize(
    "edit",
    [edit for edit in WRONG_ROWS + WRONG_CELLS if edit.told],
    ids=lambda edit: f"{edit.seed}: {edit.row}",
)
def test_a_wrong_edit_is_told_its_file_row_and_remedy(
    edit: WrongEdit, told_of: Callable[[WrongEdit], tuple[str, str]]
) -> None:
    sentence, everything = told_of(edit)
    assert sentence in everything


@pytest.mark.parametrize(
    "edit",
    [edit for edit in WRONG_ROWS + WRONG_CELLS if edit.told and edit.key],
    ids=lambda edit: f"{edit.seed}: {edit.row}",
)
def test_one_mistake_is_told_once(edit: WrongEdit, told_of: Callable[[WrongEdit], tuple[str, str]]) -> None:
    sentence, everything = told_of(edit)
    place = sentence.partition(" (")[0]
    lines = [line.strip() for line in everything.splitlines()]
    [told] = [line for line in lines if line.startswith(f"{place} (")]
    assert told.startswith(sentence)


def test_nothing_else_is_told(told_of: Callable[[WrongEdit], tuple[str, str]]) -> None:
    answers = [told_of(edit) for edit in WRONG_ROWS + WRONG_CELLS if edit.told]
    sentences = tuple(sentence for sentence, _ in answers)
    lines = {line.strip() for _, everything in answers for line in everything.splitlines()}
    told = {line for line in lines if re.match(rf"({'|'.join(HEADERS)})\.csv\b", line)}
    assert {line for line in told if not line.startswith(sentences)} == set()


@pytest.mark.parametrize(
    ("currency", "told"),
    [
        (
            "EUR",
            "exchange_rates.csv, row 3 (currency 'EUR'): rate_to_reporting '1.08' is that of the reporting currency "
            "(var reporting_currency), which is 1. Divide every rate of the file by 1.08, or set the var to the "
            "currency that has rate 1.",
        ),
        (
            "SEK",
            "exchange_rates.csv: the reporting currency 'SEK' (var reporting_currency) has no row. Add it with rate 1, "
            "and state every other rate as the value of one unit in SEK.",
        ),
    ],
)
def test_the_reporting_currency_has_rate_1(
    currency: str, told: str, good_seeds: tuple[Path, dict[str, tuple[str, str]]], tmp_path: Path
) -> None:
    project = tmp_path / "restated"
    shutil.copytree(good_seeds[0], project)
    profile = (project / "profiles.yml").read_text().replace(str(good_seeds[0]), str(project))
    (project / "profiles.yml").write_text(profile)
    rule = "assert_reporting_currency_is_the_unit"
    said = run_dbt(project, "test", "--select", rule, "--vars", f"reporting_currency: {currency}")
    assert said == {rule: ("fail", told)}


def test_the_shipped_seeds_and_unusual_rows_pass(good_seeds: tuple[Path, dict[str, tuple[str, str]]]) -> None:
    _, results = good_seeds
    assert {name: r for name, r in results.items() if r[0] not in ("pass", "success")} == {}
    assert set(HEADERS) <= set(results)


@pytest.mark.parametrize("seed", HEADERS)
def test_every_cell_arrives_as_the_file_says_it(seed: str, good_seeds: tuple[Path, dict[str, tuple[str, str]]]) -> None:
    project, _ = good_seeds
    (path,) = (project / "seeds").rglob(f"{seed}.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(row)][1:]
    with duckdb.connect(str(project / "build.duckdb"), read_only=True) as connection:
        loaded = connection.sql(f"select * from seeds.{seed} order by rowid").fetchall()
    assert [[as_value(cell) for cell in row] for row in loaded] == [
        [as_value(cell or None) for cell in row] for row in rows
    ]


def test_a_text_stays_a_text_and_an_empty_cell_is_null(
    good_seeds: tuple[Path, dict[str, tuple[str, str]]],
) -> None:
    project, _ = good_seeds
    with duckdb.connect(str(project / "build.duckdb"), read_only=True) as connection:
        last = connection.sql("select * from seeds.lead_sources order by rowid desc limit 3")
        assert last.fetchall() == [("001", None, '전시, "봄" の展示会'), ("01", None, "TRUE"), ("1e5", None, "NA")]


@pytest.mark.parametrize("seed", HEADERS)
def test_a_seed_has_its_columns_each_described_and_typed(seed: str) -> None:
    (path,) = SEEDS.rglob(f"{seed}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    (described,) = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["seeds"]
    types = described["config"]["column_types"]
    assert header == list(types) == HEADERS[seed].split()
    assert [column["name"] for column in described["columns"]] == header
    assert all(column["description"].strip() for column in described["columns"])
    assert all(re.fullmatch(PORTABLE_TYPE, column_type) for column_type in types.values())
    assert described["name"] == seed
    assert described["description"].startswith("One row per ")


def rows_of(seed: str) -> list[dict[str, str]]:
    (path,) = SEEDS.rglob(f"{seed}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("seed", "column", "listed"),
    [
        ("activity_types", "activity_type", SHIPPED_TYPES),
        (
            "lead_sources",
            "lead_source",
            "website seminar exhibition business_card call_center referral partner event organic_search paid_search "
            "direct_traffic social display email cold_call cold_email target_account other unknown",
        ),
        ("exchange_rates", "currency", "USD EUR GBP JPY KRW BRL"),
        (
            "lost_reasons",
            "reason",
            "no_decision.status_quo no_decision.indecision no_decision.no_budget_process competitor price timing "
            "fit_gap lost_contact disqualified_late duplicate admin",
        ),
        (
            "public_domains",
            "company_domain",
            "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com naver.com daum.net "
            "hanmail.net yahoo.co.jp qq.com 163.com gmx.de web.de",
        ),
        ("stages", "stage", "captured engaged mql working p1 p2 p3 p4 p5 onboarding adopted renewed"),
        ("segments", "segment", "smb mid_market enterprise"),
    ],
)
def test_what_is_shipped_at_least(seed: str, column: str, listed: str) -> None:
    assert set(listed.split()) <= {row[column] for row in rows_of(seed)}


@pytest.mark.parametrize("seed", ["business_hours", "holidays", "score_feature_allow"])
def test_what_is_shipped_empty(seed: str) -> None:
    assert rows_of(seed) == []


def test_the_phases_are_field_sales_to_act_on_and_have_their_win_rate() -> None:
    phases = ("p1", "p2", "p3", "p4", "p5")
    assert "account_executive" not in {row["owner_role"] for row in rows_of("next_actions")}
    assert {row["owner_role"] for row in rows_of("next_actions") if row["stage"] in phases} == {"field_sales"}
    assert all(row["default_win_rate"] for row in rows_of("stages") if row["stage"] in phases)


def test_there_are_no_other_seeds() -> None:
    assert {path.stem for path in SEEDS.rglob("*.csv")} == set(HEADERS)
    assert {path.stem for path in SEEDS.rglob("*.yml")} == set(HEADERS)


def as_value(cell: object) -> object:
    """A number by its value, everything else by its text, so that file and table compare."""
    try:
        return None if cell is None else float(str(cell))
    except ValueError:
        return str(cell).replace("True", "true").replace("False", "false")
