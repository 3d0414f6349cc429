{#
Every difference between engines that the models meet, in one file. `default__` is DuckDB's spelling;
another engine adds its own beside it.
#}

{# A timestamp with time zone from ISO text. #}
{% macro timestamp_literal(text) %}{{ return(adapter.dispatch('timestamp_literal')(text)) }}{% endmacro %}
{% macro default__timestamp_literal(text) %}cast('{{ text }}' as timestamptz){% endmacro %}

{# The local day of an instant, in the reporting time zone. #}
{% macro local_date(instant) %}{{ return(adapter.dispatch('local_date')(instant)) }}{% endmacro %}
{% macro default__local_date(instant) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        {#- The same day without a calendar's rules: ten times cheaper. -#}
        cast(make_timestamp(epoch_us({{ instant }})) as date)
    {%- else -%}
        cast(({{ instant }}) at time zone '{{ var("reporting_timezone") }}' as date)
    {%- endif -%}
{%- endmacro %}

{# The first instant of a local day. Where clocks go back over midnight, midnight comes twice: the earlier one. #}
{% macro local_midnight(day) %}{{ return(adapter.dispatch('local_midnight')(day)) }}{% endmacro %}
{% macro default__local_midnight(day) -%}
    {%- set midnight = "(cast(" ~ day ~ " as timestamp) at time zone '" ~ var("reporting_timezone") ~ "')" -%}
    case
        when {{ local_date(midnight ~ " - interval 1 hour") }} = {{ day }} then {{ midnight }} - interval 1 hour
        else {{ midnight }}
    end
{%- endmacro %}

{# Whole microseconds from one instant to another. #}
{% macro microseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('microseconds_between')(earlier, later)) }}
{%- endmacro %}
{% macro default__microseconds_between(earlier, later) -%}
    {#- A difference of numbers: date_diff asks the calendar of time zones, fifty times as dear. -#}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}

{# Calendar days from one date to another. #}
{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between')(earlier, later)) }}{% endmacro %}
{% macro default__days_between(earlier, later) %}date_diff('day', {{ earlier }}, {{ later }}){% endmacro %}

{# A date moved by whole days. #}
{% macro days_after(day, days) %}{{ return(adapter.dispatch('days_after')(day, days)) }}{% endmacro %}
{% macro default__days_after(day, days) %}cast({{ day }} + cast({{ days }} as integer) as date){% endmacro %}

{# The first day of a date's month, and the last one. #}
{% macro month_of(day) %}cast(date_trunc('month', {{ day }}) as date){% endmacro %}
{% macro month_end(day) %}{{ return(adapter.dispatch('month_end')(day)) }}{% endmacro %}
{% macro default__month_end(day) %}cast(date_trunc('month', {{ day }}) + interval 1 month - interval 1 day as date){% endmacro %}

{# A table expression with one row per day, both ends included, column date_day; no row where an end is null. #}
{% macro day_series(first, last) %}{{ return(adapter.dispatch('day_series')(first, last)) }}{% endmacro %}
{% macro default__day_series(first, last) -%}
    (select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as date_day)
{%- endmacro %}

{# A table expression with one row per whole number from 0, column n. #}
{% macro number_series(last) %}{{ return(adapter.dispatch('number_series')(last)) }}{% endmacro %}
{% macro default__number_series(last) -%}
    (select cast(unnest(generate_series(0, {{ last }})) as integer) as n)
{%- endmacro %}

{# The last value so far that is not null; used as last_known('x') over (...). #}
{% macro last_known(expression) %}{{ return(adapter.dispatch('last_known')(expression)) }}{% endmacro %}
{% macro default__last_known(expression) %}last_value({{ expression }} ignore nulls){% endmacro %}

{# The first value that is not null; used as first_known('x') over (...). #}
{% macro first_known(expression) %}{{ return(adapter.dispatch('first_known')(expression)) }}{% endmacro %}
{% macro default__first_known(expression) %}first_value({{ expression }} ignore nulls){% endmacro %}

{# An integer type of at least 126 bits, for sums that must not depend on the order of rows. #}
{% macro type_wide_integer() %}{{ return(adapter.dispatch('type_wide_integer')()) }}{% endmacro %}
{% macro default__type_wide_integer() %}hugeint{% endmacro %}

{# Two values that are equal, or both null. #}
{% macro same(left, right) %}{{ left }} is not distinct from {{ right }}{% endmacro %}

{# A rate as double, null where the denominator is 0. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{# The first 8 hexadecimal digits of the MD5 of a text, as a share of 2^32. #}
{% macro hash_share(text) %}{{ return(adapter.dispatch('hash_share')(text)) }}{% endmacro %}
{% macro default__hash_share(text) %}(cast('0x' || left(md5({{ text }}), 8) as bigint) / 4294967296.0){% endmacro %}

{#
Money of a contract or an activity (DECIMAL(38,18), not negative) in the reporting currency, rounded once, half away
from zero, to cents. The product of both has more digits than a decimal holds, so whole units and the fraction are
multiplied apart, and of the fraction's product what lies below 8 decimals is cut: it cannot decide a half cent.
#}
{% macro in_reporting_currency(amount, rate) -%}
    {%- set factor = "cast(coalesce(" ~ rate ~ ", 1) as decimal(18, 8))" -%}
    cast(
        cast(floor({{ amount }}) as decimal(20, 0)) * {{ factor }}
        + greatest(
            cast(
                cast({{ amount }} - floor({{ amount }}) as decimal(19, 18)) * {{ factor }} - 0.000000005
                as decimal(28, 8)
            ),
            0
        )
        as decimal(18, 2)
    )
{%- endmacro %}

{# A date moved by whole months. #}
{% macro months_after(day, months) %}{{ return(adapter.dispatch('months_after')(day, months)) }}{% endmacro %}
{% macro default__months_after(day, months) %}cast({{ day }} + to_months(cast({{ months }} as integer)) as date){% endmacro %}

{# A number that tells rows apart by these columns; of a group the sum of it does not depend on order. #}
{% macro fingerprint(columns) %}{{ return(adapter.dispatch('fingerprint')(columns)) }}{% endmacro %}
{% macro default__fingerprint(columns) %}cast(hash({{ columns | join(', ') }}) as hugeint){% endmacro %}

{# A number of 64 bits that is the same for the same text, and nearly always another for another one. #}
{% macro hash64(text) %}{{ return(adapter.dispatch('hash64')(text)) }}{% endmacro %}
{% macro default__hash64(text) %}hash({{ text }}){% endmacro %}

{# The value of an expression on the latest row, of several at once the one with the greatest tie-breaker. #}
{% macro latest(expression, instant, tie) %}{{ return(adapter.dispatch('latest')(expression, instant, tie)) }}{% endmacro %}
{% macro default__latest(expression, instant, tie) -%}
    max_by({{ expression }}, {{ struct_of({'instant': instant, 'tie': tie}) }})
{%- endmacro %}

{# The value of an expression on the earliest row, of several at once the one with the smallest tie-breaker. #}
{% macro earliest(expression, instant, tie) %}{{ return(adapter.dispatch('earliest')(expression, instant, tie)) }}{% endmacro %}
{% macro default__earliest(expression, instant, tie) -%}
    min_by({{ expression }}, {{ struct_of({'instant': instant, 'tie': tie}) }})
{%- endmacro %}

{# A struct from names and expressions; structs compare field by field in this order. #}
{% macro struct_of(fields) %}{{ return(adapter.dispatch('struct_of')(fields)) }}{% endmacro %}
{% macro default__struct_of(fields) -%}
    struct_pack({% for name, expression in fields.items() %}{{ name }} := {{ expression }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Values as texts, one after another; null reads like an empty text. #}
{% macro joined_text(values) %}{{ return(adapter.dispatch('joined_text')(values)) }}{% endmacro %}
{% macro default__joined_text(values) %}concat({{ values | join(', ') }}){% endmacro %}

{# How many times one whole number goes into another, neither negative. #}
{% macro whole_quotient(number, divisor) %}{{ return(adapter.dispatch('whole_quotient')(number, divisor)) }}{% endmacro %}
{% macro default__whole_quotient(number, divisor) %}({{ number }}) // ({{ divisor }}){% endmacro %}

{# An instant moved by whole microseconds. #}
{% macro microseconds_after(instant, microseconds) -%}
    {{ return(adapter.dispatch('microseconds_after')(instant, microseconds)) }}
{%- endmacro %}
{% macro default__microseconds_after(instant, microseconds) -%}
    make_timestamptz(epoch_us({{ instant }}) + {{ microseconds }})
{%- endmacro %}

{# The instant at which clocks of a time zone, a column, show a day and a time of day from 00:00 to 24:00. #}
{% macro zoned_instant(day, time_of_day, time_zone) -%}
    {{ return(adapter.dispatch('zoned_instant')(day, time_of_day, time_zone)) }}
{%- endmacro %}
{% macro default__zoned_instant(day, time_of_day, time_zone) -%}
    (
        cast({{ day }} as timestamp)
        + to_minutes(60 * cast(left({{ time_of_day }}, 2) as integer) + cast(right({{ time_of_day }}, 2) as integer))
    ) at time zone {{ time_zone }}
{%- endmacro %}

{# The day of the week, 1 is Monday and 7 is Sunday. #}
{% macro weekday_of(day) %}{{ return(adapter.dispatch('weekday_of')(day)) }}{% endmacro %}
{% macro default__weekday_of(day) %}cast(extract(isodow from {{ day }}) as integer){% endmacro %}

{# The middle value of a group, the mean of both where there are two. #}
{% macro median(expression) %}{{ return(adapter.dispatch('median')(expression)) }}{% endmacro %}
{% macro default__median(expression) %}median({{ expression }}){% endmacro %}

{# The smallest value of a group that at least half of it do not exceed. #}
{% macro lower_median(expression) %}{{ return(adapter.dispatch('lower_median')(expression)) }}{% endmacro %}
{% macro default__lower_median(expression) %}quantile_disc({{ expression }}, 0.5){% endmacro %}

{# A text without white space and characters without width at both ends. #}
{% macro trimmed(text) %}{{ return(adapter.dispatch('trimmed')(text)) }}{% endmacro %}
{% macro default__trimmed(text) -%}
    {%- set codes = [9, 10, 11, 12, 13, 32, 133, 160, 5760, 8232, 8233, 8239, 8287, 12288, 8288, 65279] -%}
    {%- set codes = codes + range(8192, 8208) | list + range(8234, 8239) | list -%}
    trim({{ text }}, chr({{ codes | join(') || chr(') }}))
{%- endmacro %}

{# The time zones that the engine knows by name, as a subquery with the column zone_name. #}
{% macro time_zone_names() %}{{ return(adapter.dispatch('time_zone_names')()) }}{% endmacro %}
{% macro default__time_zone_names() %}(select distinct name as zone_name from pg_timezone_names()){% endmacro %}

{# A text as it reads to someone who does not mind case, blanks, hyphens and underscores. #}
{% macro folded(text) %}{{ return(adapter.dispatch('folded')(text)) }}{% endmacro %}
{% macro default__folded(text) %}translate(lower({{ text }}), ' -_', ''){% endmacro %}

{# How many letters are to be changed, added, removed or swapped with the next one to make one text of the other. #}
{% macro edit_distance(text, other) %}{{ return(adapter.dispatch('edit_distance')(text, other)) }}{% endmacro %}
{% macro default__edit_distance(text, other) %}damerau_levenshtein({{ text }}, {{ other }}){% endmacro %}

{# A whole number as text, with a comma between thousands. #}
{% macro with_thousands(number) %}{{ return(adapter.dispatch('with_thousands')(number)) }}{% endmacro %}
{% macro default__with_thousands(number) %}format('{:,}', cast({{ number }} as bigint)){% endmacro %}

{# The median distance of a group's values from their median. #}
{% macro median_deviation(value) %}{{ return(adapter.dispatch('median_deviation')(value)) }}{% endmacro %}
{% macro default__median_deviation(value) %}mad({{ value }}){% endmacro %}

{# A number as the decimal that its shortest spelling reads as: 1.1 is 1.1, not what the double holds beyond it. #}
{% macro decimal_as_read(number, digits, scale) -%}
    {{ return(adapter.dispatch('decimal_as_read')(number, digits, scale)) }}
{%- endmacro %}
{% macro default__decimal_as_read(number, digits, scale) -%}
    cast(cast({{ number }} as varchar) as decimal({{ digits }}, {{ scale }}))
{%- endmacro %}

{# The texts of a group in an order, with another between them. #}
{% macro texts_in_order(text, separator, order) -%}
    {{ return(adapter.dispatch('texts_in_order')(text, separator, order)) }}
{%- endmacro %}
{% macro default__texts_in_order(text, separator, order) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order }})
{%- endmacro %}

{# The text of a key of a JSON object, null where it has none or null. #}
{% macro json_text(object, key) %}{{ return(adapter.dispatch('json_text')(object, key)) }}{% endmacro %}
{% macro default__json_text(object, key) %}json_extract_string({{ object }}, '$.{{ key }}'){% endmacro %}
