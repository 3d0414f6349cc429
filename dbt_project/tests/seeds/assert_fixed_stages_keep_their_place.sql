-- A failure means: a stage the marts name is gone, or the path no longer runs in its order.
{%- set fixed = {
    'success': [
        'captured', 'mql', 'p1', 'p2', 'p3', 'p4', 'p5', 'onboarding', 'adopted', 'renewed'
    ],
    'detour': ['recycled', 'disqualified', 'lost', 'churned'],
} %}

with numbered as (
    select * from {{ seed_rows(ref('stages')) }} as seed
),

fixed_stages as (
    {% for kind, stages in fixed.items() %}
        {% set outer = loop %}
        {% for stage in stages %}
            select
                '{{ stage }}' as stage,
                '{{ kind }}' as kind,
                {{ loop.index }} as place
            {{ 'union all' if not (loop.last and outer.last) }}
        {% endfor %}
    {% endfor %}
),

fixed_path as (
    select
        numbered.seed_row,
        numbered.stage,
        numbered.rank,
        lag(numbered.stage) over (order by fixed_stages.place) as stage_before,
        lag(numbered.rank) over (order by fixed_stages.place) as rank_before
    from fixed_stages
    inner join numbered on fixed_stages.stage = numbered.stage
    where fixed_stages.kind = 'success'
),

same_ranks as (
    select
        *,
        min(seed_row) over (partition by rank) as first_row
    from numbered
    where rank is not null
),

first_stage as (
    select min(rank) as rank from numbered
)

select
    {{ seed_sentence(
        'stages.csv: stage {fixed_stages.stage} is missing. Put its row back.'
    ) }} as message
from fixed_stages
left join numbered on fixed_stages.stage = numbered.stage
where numbered.stage is null

union all

select
    {{ seed_message(
        'stages', ['numbered.stage'],
        'kind {numbered.kind} is wrong, it is a {fixed_stages.kind} stage. Set it back.'
    ) }} as message
from numbered
inner join fixed_stages on numbered.stage = fixed_stages.stage
where numbered.kind <> fixed_stages.kind

union all

select
    {{ seed_message(
        'stages', ['stage'],
        'rank {rank} is also that of row {!first_row}. Give each stage its own.'
    ) }} as message
from same_ranks
where seed_row > first_row

union all

select
    {{ seed_message(
        'stages', ['stage'],
        'rank {rank} is not above rank {rank_before} of stage {stage_before}. Raise it.'
    ) }} as message
from fixed_path
where rank <= rank_before

union all

select
    {{ seed_message(
        'stages', ['stage'],
        'rank {rank} is below that of captured, where every lead begins. Raise it.'
    ) }} as message
from numbered
where
    rank = (select first_stage.rank from first_stage)
    and stage <> 'captured'
