{#
The kpis that departments answer for, in their order: here and nowhere else. A new one is a row here and the counts behind
it in the step that its subject has (int_lead_kpis_counted, int_opportunities_credited, int_customers_credited,
int_kpi_medians).
measure: what the actual is. volume (a count or an amount: the numerator), rate and cost (numerator over denominator),
median (of days or hours).
direction: what attains. high (more is better), low_rate (a share that must be low), low_cost (money or time).
next_stage_days: within how many local days a volume's cohort is looked for in the next stage; none where it is not.
is_credited: whether its cases name persons, so that kpi_reps has it too.
#}
{% macro department_kpis() %}
    {{ return([
        {'kpi': 'inbound_leads', 'department': 'marketing', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 90, 'is_credited': false,
         'definition': 'Leads of an inbound source by the month of their first signal; later cycles do not count again.'},
        {'kpi': 'mqls', 'department': 'marketing', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 90, 'is_credited': false,
         'definition': 'Cycles that entered mql itself, skipped ones aside, by the month they reached it.'},
        {'kpi': 'recycled_leads', 'department': 'marketing', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Returns from recycled or churned to the path, and from lost by a new opportunity, by their month.'},
        {'kpi': 'cost_per_lead', 'department': 'marketing', 'measure': 'cost', 'direction': 'low_cost',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Campaign spend of the month without outbound sources, not prorated / inbound_leads.'},
        {'kpi': 'cost_per_opportunity', 'department': 'marketing', 'measure': 'cost', 'direction': 'low_cost',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Campaign spend of the month without outbound sources, not prorated / opportunities_created_inbound.'},
        {'kpi': 'opportunities_created', 'department': 'inside_sales', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 180, 'is_credited': true,
         'definition': 'Opportunities by the month they were created: inbound, outbound and those without a motion.'},
        {'kpi': 'opportunities_created_inbound', 'department': 'inside_sales', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 180, 'is_credited': true,
         'definition': 'Opportunities of leads of an inbound source by the month they were created.'},
        {'kpi': 'opportunities_created_outbound', 'department': 'inside_sales', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 180, 'is_credited': true,
         'definition': 'Opportunities of leads of an outbound source by the month they were created.'},
        {'kpi': 'response_hours_median', 'department': 'inside_sales', 'measure': 'median', 'direction': 'low_cost',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Median hours, in business hours where there are any, from each entry into mql in the month to the next act by us, or to leaving mql if earlier; unanswered ones wait until as_of (Kaplan-Meier).'},
        {'kpi': 'sla_compliance', 'department': 'inside_sales', 'measure': 'rate', 'direction': 'high',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Of the stays in stages with a limit of the department whose deadline came in the month, the share that was left by then.'},
        {'kpi': 'won_deals', 'department': 'field_sales', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': 365, 'is_credited': true,
         'definition': 'Opportunities that are won, by the month they were closed.'},
        {'kpi': 'won_amount', 'department': 'field_sales', 'measure': 'volume', 'direction': 'high',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Yearly amount at the close of the opportunities that are won, by the month they were closed.'},
        {'kpi': 'win_rate', 'department': 'field_sales', 'measure': 'rate', 'direction': 'high',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Won / (won + lost) by the month of closing, without losses for excluded reasons.'},
        {'kpi': 'no_decision_rate', 'department': 'field_sales', 'measure': 'rate', 'direction': 'low_rate',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Losses to no decision / (won + lost) by the month of closing, without losses for excluded reasons.'},
        {'kpi': 'sales_cycle_days_median', 'department': 'field_sales', 'measure': 'median', 'direction': 'low_cost',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Median days from creation to closing of the opportunities won in the month.'},
        {'kpi': 'logo_churn_rate', 'department': 'customer_success', 'measure': 'rate', 'direction': 'low_rate',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Customers with MRR at the previous close that have none at this one / customers with MRR at the previous close.'},
        {'kpi': 'grr', 'department': 'customer_success', 'measure': 'rate', 'direction': 'high',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Sum of the smaller MRR of both closes / MRR at the previous close, over customers with MRR at the previous close.'},
        {'kpi': 'nrr', 'department': 'customer_success', 'measure': 'rate', 'direction': 'high',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'MRR at the close / MRR at the previous close, over customers with MRR at the previous close.'},
        {'kpi': 'onboarding_days_median', 'department': 'customer_success', 'measure': 'median', 'direction': 'low_cost',
         'next_stage_days': none, 'is_credited': false,
         'definition': 'Median days from entering onboarding in the month to reaching adopted in the same cycle; those not there yet count until as_of (Kaplan-Meier).'},
        {'kpi': 'renewal_rate', 'department': 'customer_success', 'measure': 'rate', 'direction': 'high',
         'next_stage_days': none, 'is_credited': true,
         'definition': 'Renewed MRR at the old price / old MRR of the renewals due in the month and by as_of.'},
    ]) }}
{% endmacro %}

{# One field of a kpi. #}
{% macro kpi_field(kpi, field) -%}
    {%- for listed in department_kpis() if listed.kpi == kpi -%} {{ return(listed[field]) }} {%- endfor -%}
    {{ exceptions.raise_compiler_error("'" ~ kpi ~ "' is no kpi. Add it to department_kpis in macros/kpis.sql.") }}
{%- endmacro %}

{# Within how many local days a kpi's cohort is looked for in the next stage. #}
{% macro next_stage_days(kpi) %}{{ return(kpi_field(kpi, 'next_stage_days')) }}{% endmacro %}

{#
How much of a target was attained, 1 where it was met: what should be high as a share of the target, a share that should
be low by what it leaves free, cost and time the other way about. Null where the target is missing or what is divided by
is 0; a target of 0 % is one for a share that should be low, and no target for cost and time.
#}
{% macro attainment(direction, actual, target) -%}
    case {{ direction }}
        when 'high' then {{ ratio(actual, target) }}
        when 'low_rate' then {{ ratio('1 - ' ~ actual, '1 - ' ~ target) }}
        when 'low_cost' then {{ ratio('nullif(' ~ target ~ ', 0)', actual) }}
    end
{%- endmacro %}

{# The figure of a kpi by what it measures: a volume without a case is 0, a rate of none is null. #}
{% macro kpi_actual(measure, numerator, denominator, middle) -%}
    case {{ measure }}
        when 'volume' then cast(coalesce({{ numerator }}, 0) as double)
        when 'median' then {{ middle }}
        else {{ ratio(numerator, denominator) }}
    end
{%- endmacro %}

{# Who is credited: what names nobody is a row of its own. #}
{% macro credited_to(person) %}coalesce({{ person }}, {{ nobody() }}){% endmacro %}
{% macro nobody() %}'unassigned'{% endmacro %}

{# What two columns of a kpi step are: counts and amounts alike, added up without a rounding. #}
{% macro kpi_number(expression) %}cast({{ expression }} as decimal(18, 2)){% endmacro %}
