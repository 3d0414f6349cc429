"""The SQL functions that the expressions of mappings call, and the countries that they join.

What a value is made of is decided in `expressions`.
"""

import json

import duckdb
import pyarrow as pa

from ingest.errors import did_you_mean
from ingest.mapped.countries import countries
from ingest.sql import single_value

# Comparing costs a thousand times what reading does.
_MOST_COMPARED = 1_000
_SUFFIX = "".join(
    f" || 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'[1 + {' + '.join(bits)}]"
    for chunk in range(3)
    for bits in [[f"(x[{5 * chunk + place + 1}] between 'A' and 'Z')::integer * {1 << place}" for place in range(5)]]
)

# A sum that cannot be made is told in the words that make it, so that the judgement refuses it by them.
_MACROS = f"""
create or replace temp macro salesforce_id(x) as
    case when regexp_full_match(x, '[0-9A-Za-z]{{15}}') then x{_SUFFIX} else x end;
create or replace temp macro domain_of(x) as
    coalesce(nullif(regexp_extract(lower(x),
        '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@?#]*@)?(?:www\\.)?([^/:?#@\\s]+)', 1), ''), x);
create or replace temp macro moved(x, months, days) as x + to_months(months) + to_days(days);
create or replace temp macro later(x, months, days, zone) as
    case when x is null or months is null or days is null then null
    when read_integer(months) is null or read_integer(days) is null
        or read_integer(months) not between -12000 and 12000 or read_integer(days) not between -366000 and 366000
        then x || ' plus ' || months || ' months and ' || days || ' days'
    when length(x) = 10 and read_date(x) is not null then
        cast(cast(moved(read_date(x), read_integer(months)::integer, read_integer(days)::integer) as date) as varchar)
    when read_timestamp(x) is not null then cast(timezone(zone, moved(
        timezone(zone, read_timestamp(x)), read_integer(months)::integer, read_integer(days)::integer)) as varchar)
    else x end;
create or replace temp macro quotient(x, divisor) as
    case when coalesce(read_decimal(divisor), 0) <> 0
    then try_cast(cast(read_decimal(x) as double) / cast(read_decimal(divisor) as double) as decimal(28, 6)) end;
create or replace temp macro divided(x, divisor) as
    case when divisor is null then null when read_decimal(x) is null then x
    else coalesce(cast(quotient(x, divisor) as varchar), x || ' divided by ' || divisor) end;
"""


def create_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions, and the table of countries, known to a connection that has the macros of `ingest.macros`."""
    # Two exports may come in on one connection.
    if not single_value(connection, "select count(*) from duckdb_functions() where function_name = 'nearest_in'"):
        connection.create_function("nearest_in", _Nearest().__call__, ["VARCHAR", "VARCHAR"], "VARCHAR")
    connection.execute(_MACROS)
    names, codes = zip(*countries(), strict=True)
    create_table(connection, "mapped_countries", dict(zip(names, codes, strict=True)))


def create_table(connection: duckdb.DuckDBPyConnection, name: str, values: dict[str, str | None]) -> None:
    """Make a table (given, value) that is joined by what a text is in lower case and trimmed."""
    given, made = pa.array(values.keys(), pa.string()), pa.array(values.values(), pa.string())
    connection.register("listed_values", pa.table({"given": given, "value": made}))
    connection.execute(
        f"create or replace temp table {name} as "
        "select lower(nfc_normalize(coalesce(clean_text(given), ''))) as given, any_value(clean_text(value)) as value "
        "from listed_values group by all"
    )
    connection.unregister("listed_values")


class _Nearest:
    """What a refused value was meant to be; of a column of which all values are refused, only for the first of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, given: str, listed: str) -> str:
        key = (given, listed)
        if key not in self._known and len(self._known) < _MOST_COMPARED:
            self._known[key] = did_you_mean(given, json.loads(listed))
        return self._known.get(key, "")
