"""Laws that hold whatever happened: many cases packed into one build as separate leads and customers.

Single cases with known answers stand as unit tests beside the models.
"""

import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws import stories
from tests.laws.conftest import Tell

AS_OF = "2026-03-31T16:30:00+00:00"
LEADS = 300

# An example costs seconds, and a smaller seed is no smaller story: nothing is gained by shrinking.
few = settings(
    database=None,
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
seeds = st.integers(min_value=0, max_value=2**32)
zones = st.sampled_from(["UTC", "Asia/Seoul", "America/Havana", "America/Sao_Paulo", "Asia/Kathmandu"])

STAYS_THAT_DO_NOT_TOUCH = """
    select lead_id, entered_at, exited_at
    from (
        select *, lead(entered_at) over in_order as next_entered_at
        from marts.fct_stage_transitions
        window in_order as (partition by lead_id order by transition_number)
    )
    where exited_at is distinct from next_entered_at or exited_at < entered_at
"""
LEADS_NOT_IN_ONE_STAGE_FROM_THEIR_CAPTURE_ON = """
    select lead_id from marts.dim_leads
    full join (
        select lead_id, min(entered_at) as first_entered_at, count(*) filter (exited_at is null) as open_stays
        from marts.fct_stage_transitions group by lead_id
    ) using (lead_id)
    where captured_at is distinct from first_entered_at or open_stays is distinct from 1
"""
BALANCES_THAT_DO_NOT_ADD_UP = """
    select date_day, stage, segment, lead_source
    from (
        select *, coalesce(
            lag(balance) over (partition by stage, segment, lead_source order by date_day), 0
        ) as balance_before
        from marts.kpi_stage_daily
    )
    where balance <> balance_before + entered - exited
        or exited <> advanced + detoured + regressed
        or balance < 0
"""
COMBINATIONS_WITHOUT_ALL_DAYS_FROM_THEIR_FIRST_MOVEMENT_TO_THE_LAST_DAY = """
    select stage, segment, lead_source
    from marts.kpi_stage_daily
    group by all
    having arg_min(entered, date_day) = 0
        or max(date_day) <> cast(timestamptz '{as_of}' at time zone '{zone}' as date)
        or count(*) <> 1 + max(date_day) - min(date_day)
"""
BALANCES_THAT_ARE_NOT_THE_STAYS_OF_THE_DAY = """
    with days as (select date_day, stage, segment, lead_source, balance from marts.kpi_stage_daily),
    stays as (
        select
            to_stage as stage,
            segment,
            case when lead_source in ('website', 'cold_call', 'seminar') or lead_source is null
                then lead_source else 'unlisted' end as lead_source,
            cast(entered_at at time zone '{zone}' as date) as entered_on,
            cast(exited_at at time zone '{zone}' as date) as exited_on
        from marts.fct_stage_transitions
    )
    select days.*, count(stays.stage) as open_stays
    from days
    left join stays
        on days.stage = stays.stage and days.segment = stays.segment
        and days.lead_source is not distinct from stays.lead_source
        and stays.entered_on <= days.date_day
        and (stays.exited_on is null or stays.exited_on > days.date_day)
    group by all
    having days.balance <> count(stays.stage)
"""
CONVERSIONS_THAT_ARE_NOT_THOSE_OF_THE_MOVES = """
    with success_stages as (
        select stage, rank, lead(rank) over (order by rank) as next_rank from marts.dim_stages where kind = 'success'
    ),
    moves as (
        select moves.*, rank from marts.fct_stage_transitions as moves inner join success_stages on to_stage = stage
    ),
    cycles as (
        select
            lead_id,
            cycle_number,
            segment,
            arg_min(rank, transition_number) as first_rank,
            list({'rank': rank, 'at': entered_at}) as moves
        from moves group by all
    ),
    reached as (
        select
            segment,
            stage,
            list_min([move.at for move in moves if move.rank >= success_stages.rank]) as reached_at,
            list_min([move.at for move in moves if move.rank >= next_rank]) as next_at
        from cycles
        inner join success_stages on success_stages.rank >= first_rank
        where next_rank is not null
    ),
    expected as (
        select
            date_trunc('month', reached_at at time zone '{zone}') as cohort_month,
            stage,
            segment,
            count(*) as cycles,
            count(next_at) as reached_next,
            count(*) filter (
                date_diff('day', (reached_at at time zone '{zone}')::date, (next_at at time zone '{zone}')::date) < 30
            ) as reached_next_30d
        from reached
        where reached_at is not null
        group by all
    )
    select * from (from marts.kpi_stage_conversion where lead_source = 'all') as published
    full join expected using (cohort_month, stage, segment)
    full join (
        select cohort_month, stage, segment, sum(cycles) as cycles_of_sources from marts.kpi_stage_conversion
        where lead_source is distinct from 'all' group by all
    ) using (cohort_month, stage, segment)
    where published.cycles is distinct from expected.cycles
        or published.cycles is distinct from cycles_of_sources
        or published.reached_next is distinct from expected.reached_next
        or published.reached_next_30d is distinct from case when is_mature_30d then expected.reached_next_30d end
"""
CURVES_THAT_FALL_OR_DO_NOT_END_WHERE_THEY_ARE_EXPECTED_TO = """
    with cohorts as (
        select
            cohort_month, milestone, segment, cohort_leads, expected_ultimate,
            coalesce(max(converted), 0) as converted,
            coalesce(sum(expected_new) filter (not is_observed), 0) as expected_new,
            list(expected_rate order by age_period) as curve
        from marts.kpi_maturity_curve group by all
    )
    select * from cohorts
    where abs(expected_ultimate - converted - expected_new) > 1e-9
        or expected_ultimate not between converted - 1e-9 and cohort_leads + 1e-9
        or curve <> list_sort(curve)
        or not curve[-1] between 0 and 1
"""
STAGES_WHOSE_STAYS_ARE_NOT_THOSE_OF_THE_MOVES = """
    with counted as (
        select to_stage as stage, segment, count(*) as stays, count(*) filter (exited_at is null) as open_stays
        from marts.fct_stage_transitions group by all
    ),
    timed as (
        select stage, segment, sum(stays) as stays, sum(open_stays) as open_stays
        from marts.kpi_stage_velocity group by all
    ),
    limited as (
        select
            stage, segment, sum(open) as open,
            bool_and(missed <= deadlines and past_due <= missed and past_due <= open and unanswered <= open)
                as is_nested
        from marts.kpi_sla group by all
    )
    select * from counted
    full join timed using (stage, segment)
    full join limited using (stage, segment)
    where counted.stays is distinct from timed.stays
        or counted.open_stays is distinct from timed.open_stays
        or counted.open_stays is distinct from coalesce(limited.open, 0)
        or not limited.is_nested
"""
CUSTOMERS_WHOSE_MOVEMENTS_DO_NOT_ADD_UP = """
    select customer_id, movement_date
    from (
        select *, coalesce(
            lag(closing_mrr) over (partition by customer_id order by movement_date), 0
        ) as closing_before
        from marts.fct_mrr_movements
    )
    where opening_mrr <> closing_before
        or closing_mrr <> opening_mrr + amount
        or closing_mrr < 0
        or amount = 0
"""
MONTHS_THAT_ARE_NOT_THE_SUM_OF_THEIR_CUSTOMERS = """
    with customer_months as (
        select
            months.period_month,
            movements.customer_id,
            sum(movements.amount) as closing_mrr,
            coalesce(
                sum(movements.amount) filter (movements.movement_date < months.period_month), 0
            ) as opening_mrr
        from marts.kpi_mrr_monthly as months
        inner join marts.fct_mrr_movements as movements
            on movements.movement_date < months.period_month + interval 1 month
        group by months.period_month, movements.customer_id
    ),
    expected as (
        select
            period_month,
            sum(opening_mrr) as opening_mrr,
            sum(closing_mrr) as closing_mrr,
            count(*) filter (closing_mrr > 0) as customers,
            sum(closing_mrr) filter (opening_mrr > 0) / sum(opening_mrr) as nrr,
            sum(least(opening_mrr, closing_mrr)) filter (opening_mrr > 0) / sum(opening_mrr) as grr
        from customer_months group by period_month
    )
    select months.period_month
    from marts.kpi_mrr_monthly as months
    full join expected using (period_month)
    where months.opening_mrr is distinct from expected.opening_mrr
        or months.closing_mrr is distinct from expected.closing_mrr
        or months.customers is distinct from expected.customers
        or not coalesce(abs(months.nrr - expected.nrr) < 1e-9, months.opening_mrr = 0)
        or not coalesce(abs(months.grr - expected.grr) < 1e-9, months.opening_mrr = 0)
        or months.closing_mrr <> months.opening_mrr + months.new_mrr + months.expansion_mrr
            + months.contraction_mrr + months.churn_mrr + months.reactivation_mrr
"""
SCORES_THAT_ARE_NOT_THE_DECAYED_SUM = """
    select scores.lead_id, scores.behaviour_points, expected.points
    from warehouse.marts.fct_lead_scores as scores
    left join (
        select lead_id, sum(
            points * power(0.5, date_diff('day', occurred_on, date '{today}') / {half_life})
        ) as points
        from build.intermediate.int_activities_attached group by lead_id
    ) as expected using (lead_id)
    where abs(scores.behaviour_points - coalesce(expected.points, 0)) > 1e-6
"""


@few
@given(seed=seeds, dice=st.randoms(use_true_random=False), batches=st.integers(min_value=1, max_value=4))
def test_any_order_any_split_and_any_duplicates_give_the_same_marts(
    told: Tell, seed: int, dice: random.Random, batches: int
) -> None:
    story = stories.tell(seed, LEADS)
    in_order = told(story)
    in_order.build(AS_OF)
    otherwise = told(*stories.rearranged(story, random.Random(dice.getrandbits(32)), batches))
    otherwise.build(AS_OF)
    assert otherwise.fingerprint() == in_order.fingerprint()


@few
@given(seed=seeds, zone=zones)
def test_stays_touch_balances_and_cohorts_add_up_and_mrr_opens_as_it_closed(told: Tell, seed: int, zone: str) -> None:
    folder = told(stories.tell(seed, LEADS))
    folder.build(AS_OF, reporting_timezone=zone)
    assert folder.rows("select count(*) > 200 from marts.fct_stage_transitions") == [(True,)]
    assert folder.rows("select count(distinct movement_type) from marts.fct_mrr_movements") == [(5,)]
    assert not folder.rows(STAYS_THAT_DO_NOT_TOUCH)
    assert not folder.rows(LEADS_NOT_IN_ONE_STAGE_FROM_THEIR_CAPTURE_ON)
    assert not folder.rows(BALANCES_THAT_DO_NOT_ADD_UP)
    gaps = COMBINATIONS_WITHOUT_ALL_DAYS_FROM_THEIR_FIRST_MOVEMENT_TO_THE_LAST_DAY
    assert not folder.rows(gaps.format(as_of=AS_OF, zone=zone))
    assert not folder.rows(BALANCES_THAT_ARE_NOT_THE_STAYS_OF_THE_DAY.format(zone=zone))
    assert not folder.rows(CONVERSIONS_THAT_ARE_NOT_THOSE_OF_THE_MOVES.replace("{zone}", zone))
    assert not folder.rows(CURVES_THAT_FALL_OR_DO_NOT_END_WHERE_THEY_ARE_EXPECTED_TO)
    assert not folder.rows(STAGES_WHOSE_STAYS_ARE_NOT_THOSE_OF_THE_MOVES)
    assert not folder.rows(CUSTOMERS_WHOSE_MOVEMENTS_DO_NOT_ADD_UP)
    assert not folder.rows(MONTHS_THAT_ARE_NOT_THE_SUM_OF_THEIR_CUSTOMERS)


@settings(few, max_examples=1)
@given(seed=seeds)
def test_what_occurred_or_was_signed_after_as_of_leaves_no_trace(told: Tell, seed: int) -> None:
    story = stories.tell(seed, LEADS)
    as_of = "2025-10-15T16:30:00+00:00"
    occurred = stories.current_time(story, "activities", "activity_id", "occurred_at")
    signed = stories.current_time(story, "contracts", "contract_id", "signed_at")
    past = {
        "leads": story["leads"],
        "activities": [row for row in story["activities"] if occurred[row["activity_id"]] <= as_of],
        "contracts": [row for row in story["contracts"] if signed[row["contract_id"]] <= as_of],
    }
    assert len(past["activities"]) < len(story["activities"])
    with_the_future, without = told(story), told(past)
    with_the_future.build(as_of)
    without.build(as_of)
    assert with_the_future.fingerprint() == without.fingerprint()


@settings(few, max_examples=1)
@given(seed=seeds, half_life=st.sampled_from([1, 2, 7]))
def test_two_builds_of_the_same_raw_data_are_equal_and_scores_are_decayed_sums(
    told: Tell, seed: int, half_life: int
) -> None:
    folder = told(stories.tell(seed, LEADS))
    folder.build(AS_OF, score_half_life_days=half_life)
    first = folder.fingerprint()
    decayed = SCORES_THAT_ARE_NOT_THE_DECAYED_SUM.format(today=AS_OF[:10], half_life=half_life)
    assert not folder.rows_of_build(decayed)
    folder.build(AS_OF, score_half_life_days=half_life, refresh_id="r2", started_at="2027-01-01T00:00:00Z")
    assert folder.fingerprint() == first
