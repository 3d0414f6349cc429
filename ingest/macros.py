"""The SQL macros with which texts are trimmed and read, each NULL where the text is not of its type.

Which column is read by which macro is in `values`.
"""

import duckdb

from ingest.json_lines import DEEPEST_LEVEL, is_too_deep
from ingest.sql import literal
from ingest.texts import TRIMMED

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_MIDNIGHT = r"00:00(?::00(?:\.0+)?)?"
_OFFSET = r"[+-](?:(?:0[0-9]|1[0-7])(?::?[0-5][0-9])?|18(?::?00)?)"
_ZONE = rf"(?: ?(?:[Zz]|UTC|{_OFFSET}))"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
# What the engine's own cast takes as it stands, which is most of all, and everything else.
_PLAIN_TIMESTAMP = rf"{_DAY}(?:[T ]{_CLOCK}(?:Z|{_OFFSET})?)?"
_TIMESTAMP = rf"{_DAY}[Tt ]{_CLOCK}{_ZONE}?"
_DAY_AT_MIDNIGHT = rf"{_DAY}[Tt ]{_MIDNIGHT}{_ZONE}?"
_CUT_ID = r"[0-9]\.[0-9]+E[+-][0-9]+"
_JSON_STRING = r'"(?:\\.|[^"\\])*"'

# Trimming by a set of characters is slow, so it is left to values whose first or last
# character is, by a cheap comparison, white space or not far from it.
_MACROS = f"""
create or replace temp macro borders_on_space(c) as
    c < '!' or (c >= chr(133) and c < chr(161)) or (c >= chr(5760) and c < chr(5761))
    or (c >= chr(8192) and c < chr(12289)) or (c >= chr(65279) and c < chr(65280));
create or replace temp macro clean_text(x) as
    case when borders_on_space(x) or borders_on_space(x[-1])
    then nullif(trim(x, {literal(TRIMMED)}), '') else x end;
create or replace temp macro read_boolean(x) as
    case when lower(x) in ('true', 't', 'yes', 'y', '1') then true
    when lower(x) in ('false', 'f', 'no', 'n', '0') then false end;
create or replace temp macro read_integer(x) as
    case when regexp_full_match(x, '-?[0-9]+(\\.0+)?')
    then try_cast(split_part(x, '.', 1) as bigint) end;
create or replace temp macro without_idle_zeros(x) as
    regexp_replace(regexp_replace(regexp_replace(
        x, '^(-?)0+([0-9])', '\\1\\2'), '(\\.[0-9]*?)0+$', '\\1'), '\\.$', '');
create or replace temp macro cast_decimal(x) as
    case when regexp_full_match(x, '-?[0-9]{{1,12}}(\\.[0-9]{{1,18}})?')
    then cast(x as decimal(38, 18)) end;
create or replace temp macro read_decimal(x) as
    case when regexp_full_match(x, '-?[0-9]+(\\.[0-9]+)?')
    then coalesce(cast_decimal(x), cast_decimal(without_idle_zeros(x))) end;
create or replace temp macro plain_timestamp(x) as
    regexp_replace(regexp_replace(upper(x), ' ?(Z|UTC)$', 'Z'), ' ([+-])', '\\1');
create or replace temp macro read_timestamp(x) as
    case when regexp_full_match(x, '{_PLAIN_TIMESTAMP}') then try_cast(x as timestamptz)
    when regexp_full_match(x, '{_TIMESTAMP}') then try_cast(plain_timestamp(x) as timestamptz) end;
create or replace temp macro read_date(x) as
    case when regexp_full_match(x, '{_DAY}') then try_cast(x as date)
    when regexp_full_match(x, '{_DAY_AT_MIDNIGHT}') then try_cast(left(x, 10) as date) end;
create or replace temp macro never_comes(x) as
    x = 'infinity' or (starts_with(x, '9999') and read_timestamp(x) is not null);
create or replace temp macro is_cut_id(x) as x like '_.%E%' and regexp_full_match(x, '{_CUT_ID}');
create or replace temp macro opening_brackets(x) as
    2 * length(x) - length(replace(x, '{{', '')) - length(replace(x, '[', ''));
create or replace temp macro read_json_object(x) as
    case when json_type(case when json_valid(x) then x end) = 'OBJECT'
    and not regexp_matches(
        regexp_replace(x, '{_JSON_STRING}', '""', 'g'), '(?i)nan|inf|,\\s*[}}\\]]'
    )
    and not case when length(x) > 2 * {DEEPEST_LEVEL} and opening_brackets(x) > {DEEPEST_LEVEL}
        then is_too_deep(x) else false end then x end;
create or replace temp macro with_blanked(extra, blanked) as
    case when blanked is null then extra when extra is null then blanked
    when contains(extra, '"invalid_') then cast(json_merge_patch(extra, blanked) as varchar)
    else extra[:-2] || ',' || blanked[2:] end;
create or replace temp macro exponent_digits(x) as
    replace(regexp_extract(x, '^-?([0-9.]+)e', 1), '.', '');
create or replace temp macro exponent(x) as cast(regexp_extract(x, 'e(.*)$', 1) as integer);
create or replace temp macro plain_number(x) as
    case when contains(x, 'e') then
        case when starts_with(x, '-') then '-' else '' end
        || case when exponent(x) >= 0 then rpad(exponent_digits(x), exponent(x) + 1, '0')
        else '0.' || repeat('0', -exponent(x) - 1) || exponent_digits(x) end
    when contains(x, '.') then regexp_replace(rtrim(rtrim(x, '0'), '.'), '^-0$', '0')
    else x end;
"""


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros, and the function that they call, known to a connection."""
    connection.create_function("is_too_deep", is_too_deep, ["VARCHAR"], "BOOLEAN")
    connection.execute(_MACROS)
