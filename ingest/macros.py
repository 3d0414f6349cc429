"""The SQL macros with which texts are trimmed and read, each NULL where the text is not of its type.

Which column is read by which macro is in `values`.
"""

from ingest.sql import literal

# What Python's str.strip takes away.
_WHITE_SPACE_CODES = (
    9,
    10,
    11,
    12,
    13,
    *range(28, 33),
    133,
    160,
    5760,
    *range(8192, 8203),
    8232,
    8233,
    8239,
    8287,
    12288,
)
WHITE_SPACE = "".join(map(chr, _WHITE_SPACE_CODES))

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_OFFSET = r"(?:Z|[+-](?:(?:0[0-9]|1[0-7])(?::?[0-5][0-9])?|18(?::?00)?))"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = rf"{_DAY}(?:[T ]{_CLOCK}{_OFFSET}?)?"
_JSON_STRING = r'"(?:\\.|[^"\\])*"'

# Trimming by a set of characters is slow, so it is left to values whose first or last
# character is, by a cheap comparison, white space or not far from it.
MACROS = f"""
create or replace temp macro borders_on_space(c) as
    c < '!' or (c >= chr(133) and c < chr(161)) or (c >= chr(5760) and c < chr(5761))
    or (c >= chr(8192) and c < chr(12289));
create or replace temp macro clean_text(x) as
    case when borders_on_space(x) or borders_on_space(x[-1])
    then nullif(trim(x, {literal(WHITE_SPACE)}), '') else x end;
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
create or replace temp macro read_timestamp(x) as
    case when regexp_full_match(x, '{_TIMESTAMP}') then try_cast(x as timestamptz) end;
create or replace temp macro read_date(x) as
    case when regexp_full_match(x, '{_DAY}') then try_cast(x as date) end;
create or replace temp macro read_json_object(x) as
    case when json_type(case when json_valid(x) then x end) = 'OBJECT'
    and not regexp_matches(
        regexp_replace(x, '{_JSON_STRING}', '""', 'g'), '(?i)nan|inf|,\\s*[}}\\]]'
    ) then x end;
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
