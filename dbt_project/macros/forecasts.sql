{# Month ends on which the forecast is made anew and held against what came. #}
{% macro backtest_origins() %}{{ return(24) }}{% endmacro %}

{# What a forecast must beat, and a column of int_forecast_baselines each. #}
{% macro baseline_methods() %}{{ return(['static_weights', 'last_year', 'run_rate']) }}{% endmacro %}

{# Below so many origins nothing is said of whether a forecast beats its baselines. #}
{% macro least_origins() %}{{ return(8) }}{% endmacro %}

{# Whether an opportunity entered a phase early enough to be judged: 180 days of 24 hours before an instant. #}
{% macro is_matured(entered_at, instant) -%}
    {{ entered_at }} <= {{ instant }} - interval '4320 hours'
{%- endmacro %}

{# What is known of an opportunity at an origin, but for its segment. #}
{% macro forecast_facts() -%}
    {{ return([
        'created_at', 'status', 'closed_at', 'is_excluded', 'phase', 'phase_entered_at',
        'p1_entered_at', 'p2_entered_at', 'p3_entered_at', 'p4_entered_at', 'p5_entered_at',
        'amount', 'amount_at_close', 'expected_close_on', 'forecast_category', 'called_outcome', 'called_amount',
    ]) }}
{%- endmacro %}

{# A condition on an activity: it tells of an opportunity, or calls one. #}
{% macro tells_of_opportunity(of='') -%}
    {{ of }}opportunity_id is not null
    and (left({{ of }}activity_type, 12) = 'opportunity_' or {{ of }}activity_type = 'forecast_called')
{%- endmacro %}

{#
A select of the activities that tells_of_opportunity means as they were known at each origin: nearly all have one
version, those that have several, `corrections`, are ranked for each origin.
#}
{% macro opportunity_activities_by_origin(versions, corrections, origins) %}
{%- set columns = [
    'activity_id', 'lead_id', 'activity_type', 'occurred_at', 'opportunity_id', 'outcome', 'stage', 'reason', 'amount',
    'currency', 'expected_close_on',
] %}
    with corrected_ids as (
        select distinct activity_id
        from {{ corrections }}
        where {{ tells_of_opportunity() }}
    ),

    corrected_versions as (
        select corrections.*
        from {{ corrections }} as corrections
        inner join corrected_ids on corrections.activity_id = corrected_ids.activity_id
    ),

    corrected as (
        {{ versions_by_origin('corrected_versions', 'activity_id', origins) }}
    )

    select
        origins.origin_at,
        versions.{{ columns | join(',\n        versions.') }}
    from {{ versions }} as versions
    inner join {{ origins }} as origins on greatest(versions._loaded_at, versions.occurred_at) <= origins.origin_at
    left join {{ corrections }} as corrections on versions.activity_id = corrections.activity_id
    where corrections.activity_id is null and not versions.is_deleted and {{ tells_of_opportunity('versions.') }}
    union all
    select
        origin_at,
        {{ columns | join(',\n        ') }}
    from corrected
    where occurred_at <= origin_at and not is_deleted and {{ tells_of_opportunity() }}
{% endmacro %}

{#
A select of the opportunities of which anything was learnt after an origin that it had happened by, or was ever
corrected, so that they may have been known at some origin as they are not today: their activities, the contracts that
name them, and their leads, which must have one segment (`leads` are their versions with it), no merge and no end, and be
there before what is told of them. It may name one too many.
#}
{% macro restless_opportunities(activities, corrections, contracts, leads, origins) %}
    with mentions as (
        select
            versions.opportunity_id,
            versions.lead_id,
            versions.activity_id,
            versions.occurred_at,
            versions._loaded_at as loaded_at
        from {{ activities }} as versions
        where {{ tells_of_opportunity('versions.') }}
    ),

    targets as (
        select distinct merged_into_lead_id as lead_id
        from {{ leads }}
        where merged_into_lead_id is not null
    ),

    telling_leads as (
        select distinct lead_id from mentions
    ),

    steady_leads as (
        select
            versions.lead_id,
            max(versions.created_at) as created_at,
            min(versions._loaded_at) as loaded_at
        from {{ leads }} as versions
        inner join telling_leads on versions.lead_id = telling_leads.lead_id
        left join targets on versions.lead_id = targets.lead_id
        where targets.lead_id is null
        group by versions.lead_id
        having
            min(versions.segment) = max(versions.segment)
            and not bool_or(versions.is_deleted or versions.merged_into_lead_id is not null)
    ),

    facts as (
        select
            mentions.opportunity_id,
            corrections.activity_id is not null
            or steady_leads.lead_id is null
            or steady_leads.created_at > mentions.occurred_at as is_corrected,
            mentions.occurred_at as happened_at,
            greatest(mentions.loaded_at, steady_leads.loaded_at) as learnt_at
        from mentions
        left join (select distinct activity_id from {{ corrections }}) as corrections
            on mentions.activity_id = corrections.activity_id
        left join steady_leads on mentions.lead_id = steady_leads.lead_id
        union all
        select
            opportunity_id,
            count(*) over (partition by contract_id) > 1 as is_corrected,
            signed_at as happened_at,
            _loaded_at as learnt_at
        from {{ contracts }}
    )

    select opportunity_id from facts
    where is_corrected and opportunity_id is not null
    union
    select facts.opportunity_id
    from facts
    inner join {{ origins }} as origins
        on facts.happened_at <= origins.origin_at and facts.learnt_at > origins.origin_at
    where facts.opportunity_id is not null
{% endmacro %}

{# A select of the first signature that was known, at each origin, to name one of some opportunities. #}
{% macro signatures_by_origin(contracts, opportunities, origins) %}
    with naming_ids as (
        select distinct contracts.contract_id
        from {{ contracts }} as contracts
        inner join {{ opportunities }} as opportunities on contracts.opportunity_id = opportunities.opportunity_id
    ),

    naming_versions as (
        select contracts.*
        from {{ contracts }} as contracts
        inner join naming_ids on contracts.contract_id = naming_ids.contract_id
    ),

    known as (
        {{ versions_by_origin('naming_versions', 'contract_id', origins) }}
    ),

    numbered as (
        select
            origin_at,
            opportunity_id,
            contract_id,
            signed_at,
            row_number() over (partition by origin_at, opportunity_id order by signed_at, contract_id) as signing_number
        from known
        where not is_deleted and signed_at <= origin_at and opportunity_id is not null
    )

    select * from numbered
    where signing_number = 1
{% endmacro %}

{# Of a table of origins: keep those that a night does not make anew, and add those that it does. #}
{% macro get_incremental_new_origins_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where
        {{ is_new('origin_at') }}
        or origin_at not in (
            select origins.origin_at from {{ ref('int_forecast_origins') }} as origins
            where origins.knowledge = 'then'
        );

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{#
The rest of a union of int_forecast_changes, counted by times: the model's own rows of the origins that are kept, whose
sums these change.
#}
{% macro and_of_kept_origins(columns) -%}
    {#- It depends on them also in nights that do not ask. -#}
    {%- set origins = ref('int_forecast_origins') if model.resource_type == 'model' -%}
    {%- if is_increment() -%}
        union all
        select {{ columns | join(', ') }}
        from {{ this }}
        where forecast_as_of in (select kept.forecast_as_of from {{ origins }} as kept where kept.is_kept)
    {%- endif -%}
{%- endmacro %}

{# An amount, not negative, times one whole number over another, rounded half away from zero to cents: exact. #}
{% macro cents_share(amount, times, of) -%}
    {%- set cents = '2 * cast(100 * ' ~ amount ~ ' as ' ~ type_wide_integer() ~ ') * ' ~ times ~ ' + ' ~ of -%}
    cast(cast({{ whole_quotient(cents, '2 * ' ~ of) }} as decimal(20, 0)) * 0.01 as decimal(18, 2))
{%- endmacro %}

{# An amount times a phase win rate, as int_forecast_phase_rates gives it, to cents. #}
{% macro weighted_amount(amount, rates) -%}
    case
        when {{ rates }}.matured_opportunities > 0
            then {{ cents_share(amount, rates ~ '.won_opportunities', rates ~ '.matured_opportunities') }}
        else cast(round({{ amount }} * {{ rates }}.default_win_rate, 2) as decimal(18, 2))
    end
{%- endmacro %}

{# A select of the slices of a sum by segment: each of `segments`, and all of them. #}
{% macro segment_slices(segments) %}
    select
        'all' as segment,
        segment as of_segment
    from {{ segments }}
    union all
    select
        segment,
        segment as of_segment
    from {{ segments }}
{% endmacro %}

{#
A select of how an opportunity stood from one thing that was said of it to the next: a row per span `[stands_from,
stands_until)` of those that take time, from its first activity on, the last one without an end. `states` are events as
opportunity_states tells them, with naming_lead_id (null for signatures), amount, expected_close_on and is_excluded (of
a loss); `calls` what people called it (occurred_at, activity_id, outcome, amount). Both have the columns of `told_by`.
#}
{% macro opportunity_spans(states, calls, told_by) %}
{%- set keys = told_by | join(', ') -%}
{%- set order = 'partition by ' ~ keys ~ ' order by occurred_at, event_id, event_type' -%}
    select
        {{ keys }},
        occurred_at as stands_from,
        ends_at as stands_until,
        lead_id,
        created_at,
        status,
        case when status <> {{ open_status() }} then changed_at end as closed_at,
        status = {{ lost_status() }} and is_excluded as is_excluded,
        phase,
        phase_entered_at,
        {%- for phase in phase_codes() %}
        {{ phase }}_entered_at,
        {%- endfor %}
        amount,
        case when status <> {{ open_status() }} then coalesce(amount_at_change, amount_after_change) end
            as amount_at_close,
        expected_close_on,
        coalesce(
            called_outcome,
            case
                when phase in ({{ commit_phases() }}) then 'commit'
                when phase in ({{ best_case_phases() }}) then 'best_case'
                else 'pipeline'
            end
        ) as forecast_category,
        called_outcome,
        called_amount
    from (
        select
            *,
            case when told_outcome in ('pipeline', 'best_case', 'commit') then told_outcome end as called_outcome,
            nullif(told_call, -1) as called_amount,
            {{ last_known('case when occurred_at = changed_at then amount end') }} over since_change
                as amount_at_change,
            {{ first_known('case when occurred_at > changed_at then told_amount end') }} over since_change
                as amount_after_change
        from (
            select
                {{ keys }},
                occurred_at,
                event_id,
                event_type,
                lead(occurred_at) over in_order as ends_at,
                {{ first_known('naming_lead_id') }} over so_far as lead_id,
                {{ first_known('told_at') }} over so_far as created_at,
                {{ last_known('status') }} over so_far as status,
                {{ last_known('phase') }} over so_far as phase,
                {{ last_known('changed_at') }} over so_far as changed_at,
                count(changed_at) over so_far as change_number,
                {{ last_known('is_excluded') }} over so_far as is_excluded,
                {{ last_known('stay_began_at') }} over so_far as phase_entered_at,
                {%- for phase in phase_codes() %}
                {{ first_known("case when phase = '" ~ phase ~ "' then stay_began_at end") }} over so_far
                    as {{ phase }}_entered_at,
                {%- endfor %}
                {{ last_known('amount') }} over so_far as amount,
                amount as told_amount,
                {{ last_known('expected_close_on') }} over so_far as expected_close_on,
                {{ last_known('told_outcome') }} over so_far as told_outcome,
                {{ last_known('told_call') }} over so_far as told_call
            from (
                select
                    {{ keys }},
                    occurred_at,
                    event_id,
                    event_type,
                    occurred_at as told_at,
                    naming_lead_id,
                    status,
                    phase,
                    case when status <> status_before then occurred_at end as changed_at,
                    case when status <> status_before then is_excluded end as is_excluded,
                    case
                        when
                            event_number = 1
                            or (
                                status = {{ open_status() }}
                                and (status_before <> {{ open_status() }} or phase <> phase_before)
                            )
                            then occurred_at
                    end as stay_began_at,
                    amount,
                    expected_close_on,
                    cast(null as varchar) as told_outcome,
                    cast(null as decimal(18, 2)) as told_call
                from {{ states }}
                union all
                select
                    {{ keys }},
                    occurred_at,
                    activity_id as event_id,
                    'forecast_called' as event_type,
                    null as told_at,
                    null as naming_lead_id,
                    null as status,
                    null as phase,
                    null as changed_at,
                    null as is_excluded,
                    null as stay_began_at,
                    null as amount,
                    null as expected_close_on,
                    -- The last call counts also in what it leaves out.
                    coalesce(outcome, '') as told_outcome,
                    coalesce(amount, -1) as told_call
                from {{ calls }}
            ) as told
            window
                in_order as ({{ order }}),
                so_far as ({{ order }} rows between unbounded preceding and current row)
        ) as running
        window
            since_change as (
                partition by {{ keys }}, change_number
                order by occurred_at, event_id, event_type
                rows between unbounded preceding and current row
            )
    ) as closed
    where lead_id is not null and (ends_at is null or ends_at > occurred_at)
{% endmacro %}
