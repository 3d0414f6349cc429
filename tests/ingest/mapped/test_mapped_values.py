"""What a text of a source becomes: each word of the language, with what it does not fit left for the judgement."""

from typing import Any

import pytest

BASE = """
{top}
objects:
  deals:
    files: deals
    key: Id
    rows:
      - feed: activities
        columns:
          activity_id: Id
          lead_id: {{constant: a}}
          activity_type: {{constant: note}}
          occurred_at: {at}
          {column}: {value}
"""


def made(
    company: Any,
    value: str,
    text: str,
    *,
    column: str = "content_id",
    at: str = "{constant: 2025-01-01}",
    top: str = "",
) -> Any:
    """What a column is made of one text: a value, or what is wrong with it."""
    company.map("crm", BASE.format(top=top, at=at, column=column, value=value))
    quoted = text.replace('"', '""')
    company.write("crm/deals.csv", f'Id,x,y,z\n1,"{quoted}",two,\n')
    company.load()
    found = company.rows(f"select {column}::varchar from raw.activities")
    return found[0][0] if found else company.quarantined("detail")[0][0]


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("x", "  Jane ", "Jane"),
        ("X", "a", "a"),
        ("{column: [nowhere, x, y]}", "a", "a"),
        ("{column: [z, x]}", "a", "a"),
        ("{column: 'x*'}", "a", "a"),
        ("{constant: fixed}", "a", "fixed"),
        ("{join: [x, z, y], with: '-'}", "a", None),
        ("{join: [x, y]}", "a", "a two"),
        ("{column: z, default: {column: y, as: upper}}", "a", "TWO"),
        ("{column: x, first_of_list: ';'}", " ; ;b;c", "b"),
        ("{column: x, as: lower}", "ÄB", "äb"),
        ("{column: x, table: {values: {Jane Doe: rep01}}}", "jane DOE ", "rep01"),
        ("{column: x, table: {values: {Jane Doe: rep01}}}", "John", "John"),
        ("{column: x, table: {values: {Jane Doe: rep01}, otherwise: empty}}", "John", None),
        ("{column: x, table: {values: {Jane Doe: }, otherwise: keep}}", "Jane Doe", None),
        ("{column: x, table: {values: {Jane Doe: rep01}, otherwise: {constant: rep00}}}", "John", "rep00"),
        ("{column: x, table: {values: {Jane Doe: rep01}, otherwise: {constant: rep00}}}", "", None),
        ("{column: x, table: {values: {'': none}, otherwise: keep}}", " ", "none"),
        (
            "{column: x, table: {values: {Jane Doe: rep01}, otherwise: refuse}}",
            "Jane Do",
            "content_id: 'Jane Do' is not in the mapping's table; did you mean 'Jane Doe'?",
        ),
        ("{column: x, table: {values: {Jane Doe: rep01}, otherwise: refuse}}", "", None),
        ("{column: x, as: salesforce_id}", "003A00000012abC", "003A00000012abCIAQ"),
        ("{column: x, as: salesforce_id}", "003A00000012abc", "003A00000012abcIAA"),
        ("{column: x, as: salesforce_id}", "003A00000012abCIAQ", "003A00000012abCIAQ"),
        ("{column: x, as: salesforce_id}", "17", "17"),
        ("{column: x, as: domain}", "https://www.Acme.example:8080/kr?a=b@c", "acme.example"),
        ("{column: x, as: domain}", "jane@mail.acme.example", "mail.acme.example"),
        ("{column: x, as: domain}", "acme.example", "acme.example"),
    ],
)
def test_a_text_becomes_what_the_mapping_says(company: Any, value: str, text: str, expected: str | None) -> None:
    assert made(company, value, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("South Korea", "KR"),
        ("대한민국", "KR"),
        ("한국", "KR"),
        ("韓国", "KR"),
        ("Korea, Republic of", "KR"),
        ("kor", "KR"),
        ("kr", "KR"),
        ("UNITED STATES", "US"),
        ("USA", "US"),
        ("アメリカ合衆国", "US"),
        ("uk", "GB"),
        ("독일", "DE"),
        ("Viet Nam", "VN"),
        ("C\u00f4te d\u2019Ivoire", "CI"),
        ("Atlantis", None),
    ],
)
def test_a_country_is_known_by_its_names(company: Any, text: str, expected: str | None) -> None:
    company.map(
        "crm",
        "objects: {people: {files: p, key: Id, rows: [{feed: leads, columns: "
        "{lead_id: Id, created_at: {constant: 2025-01-01}, country: {column: c, as: country}}}]}}",
    )
    company.write("crm/p.csv", f'Id,c\n1,"{text}"\n')
    company.load()
    kept = None if expected else f'{{"invalid_country":"{text}"}}'
    assert company.rows("select country, _extra from raw.leads") == [(expected, kept)]


SEOUL = "zone: Asia/Seoul"
BERLIN = "zone: Europe/Berlin"
DAYS_FIRST = 'dates: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]'


@pytest.mark.parametrize(
    ("top", "text", "expected"),
    [
        ("", "2025-03-26 01:19", "2025-03-26 01:19:00+00"),
        (SEOUL, "2025-03-26 01:19", "2025-03-25 16:19:00+00"),
        (SEOUL, "2025-03-26", "2025-03-25 15:00:00+00"),
        (SEOUL, "2025-03-26T01:19:00.5Z", "2025-03-26 01:19:00.5+00"),
        (SEOUL, "2025-03-26 01:19+02", "2025-03-25 23:19:00+00"),
        (DAYS_FIRST, "26/03/2025 01:19", "2025-03-26 01:19:00+00"),
        (DAYS_FIRST, "6/3/2025 1:19", "2025-03-06 01:19:00+00"),
        (DAYS_FIRST, "26/03/2025", "2025-03-26 00:00:00+00"),
        (f"{SEOUL}\n{DAYS_FIRST}", "26/03/2025 01:19", "2025-03-25 16:19:00+00"),
        # What a workbook keeps as a date comes as ISO, whatever the texts beside it are like.
        (f"{SEOUL}\n{DAYS_FIRST}", "2025-03-26 01:19:00", "2025-03-25 16:19:00+00"),
        ('dates: ["%m/%d/%Y %I:%M %p"]', "03/26/2025 01:19 PM", "2025-03-26 13:19:00+00"),
        ('dates: ["%d %B %Y", "%Y.%m.%d %H:%M:%S%z"]', "26 March 2025", "2025-03-26 00:00:00+00"),
        ('dates: ["%d %B %Y", "%Y.%m.%d %H:%M:%S%z"]', "2025.03.26 10:00:00+09", "2025-03-26 01:00:00+00"),
        # A local time that is left out counts an hour on, of one that comes twice the second, as in the models.
        (BERLIN, "2025-03-30 02:30", "2025-03-30 01:30:00+00"),
        (BERLIN, "2025-10-26 02:30", "2025-10-26 01:30:00+00"),
        (DAYS_FIRST, "31/02/2025", "occurred_at: '31/02/2025' is no timestamp"),
        (DAYS_FIRST, "26/03/25 01:19", "occurred_at: '0025-03-26 01:19:00' is outside the years 1900 to 2200"),
        (SEOUL, "yesterday", "occurred_at: 'yesterday' is no timestamp"),
        (SEOUL, "", "occurred_at is empty"),
    ],
)
def test_a_time_is_read_by_the_formats_and_the_zone(company: Any, top: str, text: str, expected: str) -> None:
    assert made(company, "{constant: c}", text, at="x", top=top) is not None
    found = company.rows("select occurred_at::varchar from raw.activities") or company.quarantined("detail")
    assert found == [(expected,)]


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("x", "2025-03-26", "2025-03-26"),
        ("x", "26/03/2025", "2025-03-26"),
        ("x", "26/03/2025 00:00", "2025-03-26"),
        ("x", "26/03/2025 10:22", "expected_close_on: '2025-03-26 10:22:00' is no date"),
        ("{column: x, as: day}", "26/03/2025 10:22", "2025-03-26"),
        ("{column: x, as: day}", "2025-03-26T20:22:00Z", "2025-03-27"),
        ("{column: x, as: day}", "soon", "expected_close_on: 'soon' is no date"),
        ("{column: x, plus: {months: 1}}", "2025-01-31", "2025-02-28"),
        ("{column: x, plus: {months: 12, days: -1}}", "26/03/2025", "2026-03-25"),
        ("{column: x, as: day, plus: {days: 1}}", "26/03/2025 23:59", "2025-03-27"),
        (
            "{column: x, plus: {months: y}}",
            "2025-01-31",
            "expected_close_on: '2025-01-31 plus two months and 0 days' is no date",
        ),
        ("{column: x, plus: {months: z}}", "2025-01-31", None),
        (
            "{column: x, plus: {days: -9223372036854775808}}",
            "2025-01-31",
            "expected_close_on: '2025-01-31 plus 0 months and -9223372036854775808 days' is no date",
        ),
        (
            "{column: x, plus: {months: 12000, days: 366000}}",
            "9999-12-31",
            "expected_close_on: '12002-01-27' is no date",
        ),
        ("{column: x, plus: {months: -12000}}", "0500-01-31", "expected_close_on: '0501-01-31 (BC)' is no date"),
    ],
)
def test_a_day_is_read_and_moved(company: Any, value: str, text: str, expected: str | None) -> None:
    assert made(company, value, text, column="expected_close_on", top=f"{SEOUL}\n{DAYS_FIRST}") == expected


def test_months_are_added_to_a_time_in_its_zone(company: Any) -> None:
    at = "{column: x, plus: {months: 1}}"
    made(company, "{constant: c}", "2025-02-28T16:00:00Z", at=at, top=SEOUL)
    assert company.rows("select occurred_at::varchar from raw.activities") == [("2025-03-31 16:00:00+00",)]


@pytest.mark.parametrize(
    ("sample", "text", "expected"),
    [
        ("1.234,50", "1.234,50", "1234.5"),
        ("1.234,50", "1.234", "1234"),
        ("1.234,50", "12,5", "12.5"),
        ("1.234,50", "1.234.567,89 €", "1234567.89"),
        ("1.234,50", "1234567", "1234567"),
        ("1,234.50", "$1,234.50", "1234.5"),
        ("1,234.50", "₩1,200,000", "1200000"),
        ("1,234.50", "￥ 1,200", "1200"),
        ("1,234.50", "1,23.50", "amount: '1,23.50' is no number"),
        ("1,234.50", "12,345,6", "amount: '12,345,6' is no number"),
        ("1 234,50", "1\u202f234,50", "1234.5"),
        ("1'234.50", "1'234.50", "1234.5"),
        ("1234,50", "1234,5", "1234.5"),
        ("1.234,50", "-€ 5", "amount: '-5' is below 0"),
        ("1,234.50", "€", "amount: '€' is no number"),
        ("", "1,234.50", "amount: '1,234.50' is no number"),
        ("", "$5", "amount: '$5' is no number"),
    ],
)
def test_a_number_is_read_as_the_source_writes_it(company: Any, sample: str, text: str, expected: str) -> None:
    found = made(company, "x", text, column="amount", top=f'decimals: "{sample}"' if sample else "")
    assert (found.rstrip("0").rstrip(".") if "." in found and ":" not in found else found) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("{column: x, divide_by: 12}", "24.000,00", "2000.000000000000000000"),
        ("{column: x, divide_by: 12}", "10.000,00", "833.333333000000000000"),
        ("{column: x, divide_by: z}", "24.000,00", None),
        ("{column: x, divide_by: y}", "24.000,00", "amount: '24000.00 divided by two' is no number"),
        ("{column: x, divide_by: 12}", "many", "amount: 'many' is no number"),
        ("{column: x, divide_by: 0.0}", "5", "amount: '5 divided by 0.0' is no number"),
        (
            "{column: x, divide_by: 0.000000000000000001}",
            "9" * 12,
            f"amount: '{'9' * 12} divided by 0.000000000000000001' is no number",
        ),
    ],
)
def test_a_number_is_divided(company: Any, value: str, text: str, expected: str | None) -> None:
    assert made(company, value, text, column="amount", top='decimals: "1.234,50"') == expected


def test_a_number_of_a_typed_cell_is_not_taken_apart(company: Any) -> None:
    company.map("crm", BASE.format(top='decimals: "1.234,50"', at="{constant: 2025-01-01}", column="amount", value="x"))
    company.write("crm/deals.jsonl", '{"Id": "1", "x": 1.234}\n{"Id": "2", "x": "1.234"}\n{"Id": "3", "x": 1234}\n')
    company.load()
    assert company.rows("select amount::double from raw.activities order by activity_id") == [
        (1.234,),
        (1234.0,),
        (1234.0,),
    ]


def test_in_an_id_nothing_may_be_left_out(company: Any) -> None:
    company.map(
        "crm",
        BASE.format(top="", at="{constant: 2025-01-01}", column="opportunity_id", value="{join: [z, x]}").replace(
            "activity_id: Id", "activity_id: {join: [Id, {constant: created}], with: /}"
        ),
    )
    company.write("crm/deals.csv", "Id,x,z\n1,a,b\n2,a,\n,a,b\n")
    company.load()
    assert company.rows("select activity_id, opportunity_id from raw.activities order by 1") == [
        ("1/created", "b a"),
        ("2/created", None),
    ]
    assert company.quarantined("source_row, reason, detail") == [(3, "missing_required", "activity_id is empty")]
