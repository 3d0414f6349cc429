{# What a score looks at in an act, of the activity and the row of activity_types.csv that lists its type. #}
{% macro act_facts(activities, activity_types) -%}
    {{ activity_types }}.category,
    coalesce({{ activity_types }}.points, 0) as points,
    coalesce({{ activity_types }}.is_buyer_act, false) as is_buyer_act,
    {{ activities }}.actor_id is not null
    and coalesce({{ activity_types }}.category not in ({{ reporting_categories() }}), true) as is_by_us,
    {{ activities }}.activity_type = 'meeting' and coalesce({{ activities }}.outcome = 'held', false) as is_meeting_held,
    {{ activities }}.activity_type = 'call' and coalesce({{ activities }}.outcome = 'connected', false)
        as is_call_connected
{%- endmacro %}

{#
Counts over whole local days before scored_at: name of the feature: what counts, more than how many days before, and up to
how many. No act counts twice, so that a feature tells what it adds by itself. Shares of the one scan of acts, so that each
costs a comparison.
#}
{% macro counted_acts() -%}
    {{ return({
        'buyer_acts_7d': ('is_buyer_act', 0, 7),
        'buyer_acts_8_30d': ('is_buyer_act', 7, 30),
        'buyer_acts_31_90d': ('is_buyer_act', 30, 90),
        'web_acts_30d': ("is_buyer_act and category = 'web'", 0, 30),
        'web_acts_31_90d': ("is_buyer_act and category = 'web'", 30, 90),
        'content_acts_30d': ("is_buyer_act and category = 'content'", 0, 30),
        'content_acts_31_90d': ("is_buyer_act and category = 'content'", 30, 90),
        'email_acts_30d': ("is_buyer_act and category = 'email'", 0, 30),
        'email_acts_31_90d': ("is_buyer_act and category = 'email'", 30, 90),
        'event_acts_90d': ("is_buyer_act and category = 'event'", 0, 90),
        'inquiry_acts_7d': ("is_buyer_act and category = 'inquiry'", 0, 7),
        'inquiry_acts_8_30d': ("is_buyer_act and category = 'inquiry'", 7, 30),
        'inquiry_acts_31_90d': ("is_buyer_act and category = 'inquiry'", 30, 90),
        'voice_acts_90d': ("is_buyer_act and category = 'voice'", 0, 90),
        'averse_acts_90d': ('points < 0', 0, 90),
        'meetings_held_90d': ('is_meeting_held', 0, 90),
        'calls_connected_90d': ('is_call_connected', 0, 90),
        'acts_by_us_30d': ('is_by_us', 0, 30),
        'acts_by_us_31_90d': ('is_by_us', 30, 90),
    }) }}
{%- endmacro %}

{# 1 if there were such acts in any of their windows, else 0. #}
{% macro one_if_any(windows, acts) -%}
    {%- set conditions = [] -%}
    {%- for name in counted_acts() if name.startswith(acts ~ '_') -%}
        {%- do conditions.append(windows ~ '.' ~ name ~ ' > 0') -%}
    {%- endfor -%}
    case when {{ conditions | join(' or ') }} then 1 else 0 end
{%- endmacro %}

{#
The features of fct_lead_features, in its order: what each is called in words, as a factor of a score is told, and
what it tells of (leads are often alike in all that tells of one thing, seldom in everything), and whether it is a text. No
two are called alike.
#}
{% macro score_features() -%}
    {{ return({
        'industry': {'words': 'industry', 'tells_of': 'profile', 'is_text': true},
        'country': {'words': 'country', 'tells_of': 'profile', 'is_text': true},
        'employee_band': {'words': 'company size', 'tells_of': 'profile', 'is_text': true},
        'job_level': {'words': 'job level', 'tells_of': 'profile', 'is_text': true},
        'lead_source': {'words': 'lead source', 'tells_of': 'profile', 'is_text': true},
        'motion': {'words': 'inbound or outbound', 'tells_of': 'profile', 'is_text': true},
        'has_company_domain': {'words': 'company domain known', 'tells_of': 'profile'},
        'is_target_account': {'words': 'target account', 'tells_of': 'profile'},
        'was_customer': {'words': 'former customer', 'tells_of': 'profile'},
        'known_attributes': {'words': 'attributes known', 'tells_of': 'profile'},
        'fit_points': {'words': 'fit points', 'tells_of': 'profile'},
        'behaviour_points': {'words': 'behaviour points', 'tells_of': 'points'},
        'buyer_acts_7d': {'words': 'acts by the buyer in 7 days', 'tells_of': 'acts'},
        'buyer_acts_8_30d': {'words': 'acts by the buyer 8 to 30 days ago', 'tells_of': 'acts'},
        'buyer_acts_31_90d': {'words': 'acts by the buyer 31 to 90 days ago', 'tells_of': 'acts'},
        'web_acts_30d': {'words': 'web visits in 30 days', 'tells_of': 'acts'},
        'web_acts_31_90d': {'words': 'web visits 31 to 90 days ago', 'tells_of': 'acts'},
        'content_acts_30d': {'words': 'contents asked for in 30 days', 'tells_of': 'acts'},
        'content_acts_31_90d': {'words': 'contents asked for 31 to 90 days ago', 'tells_of': 'acts'},
        'email_acts_30d': {'words': 'email clicks and replies in 30 days', 'tells_of': 'acts'},
        'email_acts_31_90d': {'words': 'email clicks and replies 31 to 90 days ago', 'tells_of': 'acts'},
        'event_acts_90d': {'words': 'events in 90 days', 'tells_of': 'acts'},
        'inquiry_acts_7d': {'words': 'inquiries in 7 days', 'tells_of': 'acts'},
        'inquiry_acts_8_30d': {'words': 'inquiries 8 to 30 days ago', 'tells_of': 'acts'},
        'inquiry_acts_31_90d': {'words': 'inquiries 31 to 90 days ago', 'tells_of': 'acts'},
        'voice_acts_90d': {'words': 'surveys and feedback in 90 days', 'tells_of': 'acts'},
        'averse_acts_90d': {'words': 'signs of disinterest in 90 days', 'tells_of': 'acts'},
        'meetings_held_90d': {'words': 'meetings held in 90 days', 'tells_of': 'acts'},
        'calls_connected_90d': {'words': 'calls connected in 90 days', 'tells_of': 'acts'},
        'acts_by_us_30d': {'words': 'acts by us in 30 days', 'tells_of': 'acts'},
        'acts_by_us_31_90d': {'words': 'acts by us 31 to 90 days ago', 'tells_of': 'acts'},
        'act_kinds_90d': {'words': 'kinds of acts in 90 days', 'tells_of': 'acts'},
        'days_since_captured': {'words': 'days since captured', 'tells_of': 'capture'},
        'days_since_buyer_act': {'words': 'days since the last act by the buyer', 'tells_of': 'last_buyer_act'},
        'days_since_act_by_us': {'words': 'days since the last act by us', 'tells_of': 'acts'},
    }) }}
{%- endmacro %}

{# The rows of a relation with the three greatest of some of their numbers, none of them twice, as `greatest`_1 to _3. #}
{% macro with_greatest_three(relation, numbers, greatest) -%}
    {%- set found = namespace(rows=relation) -%}
    {%- for place in range(1, [3, numbers | length] | min + 1) -%}
        {%- set found.rows -%}
            (
                select
                    *,
                    {{ 'greatest(' if numbers | length > 1 }}
                    {%- for number in numbers -%}
                        {% if place == 1 -%} {{ number }}
                        {%- else -%} case when {{ number }} < {{ greatest }}_{{ place - 1 }} then {{ number }} end
                        {%- endif -%}
                        {{ ', ' if not loop.last }}
                    {%- endfor -%}
                    {{ ')' if numbers | length > 1 }} as {{ greatest }}_{{ place }}
                from {{ found.rows }}
            ) as placed_{{ place }}
        {%- endset -%}
    {%- endfor -%}
    {{ found.rows }}
{%- endmacro %}
