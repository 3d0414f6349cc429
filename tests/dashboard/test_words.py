"""What the product ships is said in the reader's language; what it cannot say in it, it marks as English."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from playwright.sync_api import Browser

from orchestration.dashboard import queries
from tests.dashboard.conftest import Change
from tests.dashboard.seen import opened

VALUES = yaml.safe_load((Path(queries.__file__).parent / "words" / "values.yml").read_text(encoding="utf-8"))
PROJECT = Path(__file__).parents[2] / "dbt_project"
CLOSED = [
    ("process/next_actions", "action"),
    ("process/next_actions", "trigger"),
    ("process/next_actions", "missing_criterion"),
    ("process/next_actions", "channel"),
    ("process/lost_reasons", "reason"),
    ("process/activity_types", "activity_type"),
    ("recycling/recycle_rules", "reason"),
    ("market/lead_sources", "lead_source"),
    ("market/segments", "segment"),
]
NAMES = """() => [...document.querySelectorAll('.js-plotly-plot')]
  .flatMap((plot) => plot.layout.yaxis.ticktext || [])"""
HANGUL, KANA_OR_KANJI = re.compile("[가-힣]"), re.compile("[ぁ-んァ-ン一-龯]")


def shipped(seed: str, column: str) -> Iterator[str]:
    with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        yield from {row[column] for row in csv.DictReader(file) if row[column]}


@pytest.mark.parametrize(("seed", "column"), CLOSED)
def test_every_code_that_is_shipped_has_its_words(seed: str, column: str) -> None:
    stages = set(shipped("process/stages", "stage"))
    assert set(shipped(seed, column)) - stages <= VALUES.keys()


def test_every_factor_of_a_score_has_its_words() -> None:
    text = (PROJECT / "macros" / "features.sql").read_text(encoding="utf-8")
    factors = set(re.findall(r"'words': '([^']+)'", text))
    assert len(factors) > 30
    assert factors <= VALUES.keys()


def test_words_stand_in_the_order_of_the_alphabet() -> None:
    assert list(VALUES) == sorted(VALUES, key=lambda word: (word.lower(), word))


@pytest.mark.parametrize(("language", "letters"), [("ko", HANGUL), ("ja", KANA_OR_KANJI)])
def test_actions_and_their_reasons_are_said_in_the_readers_language(
    language: str, letters: re.Pattern[str], site: Path, browser: Browser
) -> None:
    with opened(browser, site / "index.html", lang=language) as seen:
        lines = seen.page.locator("[data-draws=table]:has(th:nth-child(7)) tbody tr").filter(
            has=seen.page.locator("td")
        )
        texts = [line.locator("td").all_inner_texts() for line in lines.all() if line.locator("td").count() == 6]
        assert len(texts) > 10
        for _, action, _, _, _, reason in texts:
            assert letters.search(action), action
            assert letters.search(reason), reason
    with opened(browser, site / "scores.html", lang=language) as seen:
        names = seen.page.evaluate(NAMES)
        assert any(letters.search(name) for name in names)
        assert "days since captured" not in seen.page.locator("main").inner_text()


def in_the_last_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    """An alert of each kind, of a segment and of the company; a month that was restated."""
    alerts = ", ".join(
        f"('{kpi}', '{scope}', '{of}', {denominator}, {value}, {low}, {high}, 'In English.')"
        for kpi, scope, of, denominator, value, low, high in (
            ("captured_entered", "company", "all", "null", 1200, 138.2, 1015.8),
            ("p1_entered", "segment", "smb", "null", 4, 9.5, 30.5),
            ("p2_conversion_30d", "segment", "smb", 74, 0.243, 0.01, 0.118),
            ("logo_churn_rate", "company", "all", 310, 0.05, 0.0, 0.031),
            ("of_another_kind", "company", "all", 310, 0.05, 0.0, 0.031),
        )
    )
    as_of = "(select arg_max(as_of, refresh_number)::date from marts.fct_refreshes)"
    connection.execute(
        "insert into marts.fct_alerts (kpi, scope, scope_id, denominator, value, usual_low, usual_high, sentence, "
        f"alert_date, period_start, numerator, median_value) select *, {as_of} - 3, {as_of} - 9, 1, 1 "
        f"from (values {alerts})"
    )
    connection.execute(
        "update marts.kpi_restatements set is_news = true, difference = 1, cause = 'data' "
        "where measure = 'balance:captured' or measure = 'closing_mrr'"
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ko", ["한 주 동안 확보 유입 1,200건, 평소 138.2~1,015.8", "비율 24.3%, 평소 1%~11.8%", "해지율 5%"]),
        ("ja", ["1週間に", "1,200件、通常は138.2", "30日以内の前進は24.3%", "解約率は5%"]),
        ("en", ["In English."]),
    ],
)
def test_alerts_are_told_of_their_columns(
    language: str, said: list[str], changed: Callable[[Change], Path], browser: Browser
) -> None:
    site = changed(in_the_last_weeks)
    with opened(browser, site / "index.html", lang=language) as seen:
        part = seen.page.locator(".parts > div", has=seen.page.locator("dt .explain")).nth(1)
        text = part.inner_text()
        for words in said:
            assert words in text
        english = part.locator("bdi", has_text="In English.")
        assert english.count() == (5 if language == "en" else 1)
        assert english.first.get_attribute("lang") == (None if language == "en" else "en")
        assert seen.complaints == []


def test_a_measure_is_called_by_its_column_and_its_stage(changed: Callable[[Change], Path], browser: Browser) -> None:
    with opened(browser, changed(in_the_last_weeks) / "data.html", lang="en") as seen:
        text = seen.page.locator("main").inner_text()
        assert "balance:captured" not in text
        assert "There now: Captured" in text
        assert "closing_mrr" not in text
