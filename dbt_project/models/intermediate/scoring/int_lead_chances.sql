{{ config(materialized='view') }}

{% set features = score_features() %}
{#- A factor's place by name, so that a greater code is a greater contribution or, of two as great, the earlier one. -#}
{% set names = [] %}
{% for feature in features.values() %}{% do names.append(feature['words']) %}{% endfor %}
{% set names = names | sort(case_sensitive=true) %}
{% set places = 64 %}

with live as (
    select * from {{ source('scoring', 'models') }}
    where is_live
),

features as (
    select features.*
    from {{ ref('fct_lead_features') }} as features
    inner join live on features.scored_at = {{ as_of() }}
),

-- Contributions have nine decimals: as whole numbers their sum does not depend on order.
whole_terms as (
    select
        terms.feature,
        terms.low,
        terms.high,
        terms.value_text,
        terms.is_missing,
        cast(round(terms.contribution * 1000000000) as bigint) as contribution,
        case terms.feature
            {% for name, feature in features.items() -%}
                when '{{ name }}' then {{ places - 1 - names.index(feature['words']) }}
            {% endfor -%}
        end as place
    from {{ source('scoring', 'terms') }} as terms
    inner join live on terms.model_version = live.model_version
),

-- The size of a contribution, its place by name and its sign in one number.
terms as (
    select
        *,
        (abs(contribution) * {{ places }} + place) * 2 + case when contribution < 0 then 1 else 0 end as code
    from whole_terms
),

calibration_bins as (
    select
        bins.low,
        bins.high,
        lag(bins.greatest_probability) over (order by bins.bin) as above_probability,
        case
            when row_number() over (order by bins.bin desc) > 1 then bins.greatest_probability
        end as up_to_probability
    from {{ source('scoring', 'calibration_bins') }} as bins
    inner join live on bins.model_version = live.model_version
    where bins.segment = 'all'
),

-- A feature has far fewer values than there are leads: each is looked up once.
{% for name, feature in features.items() -%}
    of_{{ name }} as (
        select
            found.value,
            {% if feature.is_text -%}
                coalesce(named.contribution, others.contribution) as contribution,
                coalesce(named.code, others.code) as code
            {%- else -%}
                ranges.contribution,
                ranges.code
            {%- endif %}
        from (
            select distinct {{ name }} as value
            from features
            where {{ name }} is not null
        ) as found
        {% if feature.is_text -%}
            left join terms as named on named.feature = '{{ name }}' and found.value = named.value_text
            left join terms as others
                on others.feature = '{{ name }}' and not others.is_missing and others.value_text is null
        {%- else -%}
            inner join terms as ranges
                on
                    ranges.feature = '{{ name }}'
                    and not ranges.is_missing
                    and (ranges.low is null or cast(found.value as double) >= ranges.low)
                    and (ranges.high is null or cast(found.value as double) < ranges.high)
        {%- endif %}
    ),

{% endfor -%}
missing as (
    select
        {% for name in features -%}
            max(case when feature = '{{ name }}' then contribution end) as {{ name }},
            max(case when feature = '{{ name }}' then code end) as code_{{ name }},
        {% endfor -%}
        count(*) as feature_count
    from terms
    where is_missing
),

coded as (
    select
        features.lead_id,
        {% for name in features -%}
            features.{{ name }},
            case when features.{{ name }} is null then missing.code_{{ name }} else of_{{ name }}.code end
                as code_{{ name }},
        {% endfor -%}
        live.intercept,
        {% for name in features -%}
            coalesce(
                case when features.{{ name }} is null then missing.{{ name }} else of_{{ name }}.contribution end, 0
            ){{ ' + ' if not loop.last }}
        {%- endfor %} as contributions
    from features
    cross join live
    cross join missing
    {% for name in features -%}
        left join of_{{ name }} on features.{{ name }} = of_{{ name }}.value
    {% endfor %}
),

{% for place in [1, 2, 3] -%}
    placed_{{ place }} as (
        select
            *,
            greatest(
                {% for name in features -%}
                    {% if place == 1 -%} code_{{ name }}
                    {%- else -%} case when code_{{ name }} < factor_{{ place - 1 }} then code_{{ name }} end
                    {%- endif -%}
                    {{ ', ' if not loop.last }}
                {%- endfor %}
            ) as factor_{{ place }}
        from {{ 'coded' if place == 1 else 'placed_' ~ (place - 1) }}
    ),

{% endfor -%}
chances as (
    select
        lead_id,
        {% for place in [1, 2, 3] -%}
            case {{ whole_quotient('factor_' ~ place, 2) }} % {{ places }}
                {% for feature in features.values() -%}
                    when {{ places - 1 - names.index(feature['words']) }} then '{{ feature['words'] }}'
                {% endfor -%}
            end as factor_{{ place }}_name,
            case {{ whole_quotient('factor_' ~ place, 2) }} % {{ places }}
                {% for name, feature in features.items() -%}
                    when {{ places - 1 - names.index(feature['words']) }} then cast({{ name }} as varchar)
                {% endfor -%}
            end as factor_{{ place }}_value,
            case when factor_{{ place }} % 2 = 1 then -1 else 1 end
            * cast({{ whole_quotient('factor_' ~ place, 2 * places) }} as double) / 1000000000
                as factor_{{ place }}_contribution,
        {% endfor -%}
        1 / (1 + exp(-greatest(least(intercept + contributions / 1000000000.0, 500), -500))) as opportunity_probability
    from placed_3
),

bounded as (
    select
        chances.*,
        calibration_bins.low as probability_low,
        calibration_bins.high as probability_high
    from chances
    left join calibration_bins
        on
            (
                calibration_bins.above_probability is null
                or chances.opportunity_probability > calibration_bins.above_probability
            )
            and (
                calibration_bins.up_to_probability is null
                or chances.opportunity_probability <= calibration_bins.up_to_probability
            )
)

select * from bounded
