{{ config(materialized='view') }}

{% set features = score_features() %}
{#- A factor's place by name, so that a greater code is a greater contribution or, of two as great, the earlier one. -#}
{% set words = [] %}
{% for feature in features.values() %}{% do words.append(feature['words']) %}{% endfor %}
{% set words = words | sort(case_sensitive=true) %}
{% set places = 64 %}
{#- The features by what they tell of, and of each of these the columns that hold its greatest codes. -#}
{% set subjects = {} %}
{% for name, feature in features.items() %}
    {% do subjects.setdefault(feature['tells_of'], []).append(name) %}
{% endfor %}
{% set subject_codes = [] %}
{% for subject, names in subjects.items() %}
    {% for place in range(1, [3, names | length] | min + 1) %}
        {% do subject_codes.append(subject ~ '_' ~ place) %}
    {% endfor %}
{% endfor %}

with live as (
    select * from {{ source('scoring', 'models') }}
    where is_live
),

-- Each reader looks at few of its columns: read again for each, less is held than if all were shared.
features as not materialized (
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
                when '{{ name }}' then {{ places - 1 - words.index(feature['words']) }}
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

-- Many leads are alike in all that tells of a subject, and a feature has few values: each is looked up once.
{% for subject, names in subjects.items() -%}
    found_{{ subject }} as (
        select distinct {{ names | join(', ') }}
        from features
    ),

    {% for name in names -%}
        of_{{ name }} as (
            select
                found.value,
                {% if features[name].is_text -%}
                    coalesce(named.contribution, others.contribution) as contribution,
                    coalesce(named.code, others.code) as code
                {%- else -%}
                    ranges.contribution,
                    ranges.code
                {%- endif %}
            from (
                select distinct {{ name }} as value
                from found_{{ subject }}
                where {{ name }} is not null
            ) as found
            {% if features[name].is_text -%}
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
    coded_{{ subject }} as (
        select
            {% for name in names -%}
                found.{{ name }},
                case when found.{{ name }} is null then missing.code_{{ name }} else of_{{ name }}.code end
                    as code_{{ name }},
            {% endfor -%}
            {% for name in names -%}
                coalesce(
                    case when found.{{ name }} is null then missing.{{ name }} else of_{{ name }}.contribution end, 0
                ){{ ' + ' if not loop.last }}
            {%- endfor %} as contributions
        from found_{{ subject }} as found
        cross join missing
        {% for name in names -%}
            left join of_{{ name }} on found.{{ name }} = of_{{ name }}.value
        {% endfor %}
    ),

    {{ subject }} as (
        select
            {{ names | join(', ') }},
            {% for code in subject_codes if code[:-2] == subject -%}
                {{ code }},
                case {{ whole_quotient(code, 2) }} % {{ places }}
                    {% for name in names -%}
                        when {{ places - 1 - words.index(features[name]['words']) }} then cast({{ name }} as varchar)
                    {% endfor -%}
                end as {{ code }}_value,
            {% endfor -%}
            contributions
        from {{ with_greatest_three('coded_' ~ subject, ('code_' ~ names | join(',code_')).split(','), subject) }}
    ),

{% endfor -%}
summed as (
    select
        features.lead_id,
        {% for subject, names in subjects.items() -%}
            {% for code in subject_codes if code[:-2] == subject -%}
                {{ code }},
                {{ code ~ '_value' if names | length > 1 else 'features.' ~ names[0] }} as {{ code }}_value,
            {% endfor -%}
        {% endfor -%}
        live.intercept,
        {{ subjects | join('.contributions + ') }}.contributions as contributions
    from features
    cross join live
    {% for subject, names in subjects.items() -%}
        inner join {{ subject }}
            on
                {% for name in names -%}
                    {{ 'and ' if not loop.first }}{{ same('features.' ~ name, subject ~ '.' ~ name) }}
                {% endfor -%}
    {% endfor %}
),

chances as (
    select
        lead_id,
        {% for place in [1, 2, 3] -%}
            case {{ whole_quotient('factor_' ~ place, 2) }} % {{ places }}
                {% for feature in features.values() -%}
                    when {{ places - 1 - words.index(feature['words']) }} then '{{ feature['words'] }}'
                {% endfor -%}
            end as factor_{{ place }}_name,
            case factor_{{ place }}
                {% for code in subject_codes -%}
                    when {{ code }} then cast({{ code }}_value as varchar)
                {% endfor -%}
            end as factor_{{ place }}_value,
            case when factor_{{ place }} % 2 = 1 then -1 else 1 end
            * cast({{ whole_quotient('factor_' ~ place, 2 * places) }} as double) / 1000000000
                as factor_{{ place }}_contribution,
        {% endfor -%}
        1 / (1 + exp(-greatest(least(intercept + contributions / 1000000000.0, 500), -500))) as opportunity_probability
    from {{ with_greatest_three('summed', subject_codes, 'factor') }}
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
