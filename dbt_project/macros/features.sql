{# What a score looks at in an act, of the activity and the row of activity_types.csv that lists its type. #}
{% macro act_facts(activities, activity_types) -%}
    {{ activities }}.channel,
    {{ activities }}.content_id,
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
Counts over whole local days before scored_at: name of the feature: what counts, within how many days. Shares of the one
scan of acts, so that each costs a comparison.
#}
{% macro counted_acts() -%}
    {{ return({
        'buyer_acts_7d': ('is_buyer_act', 7),
        'buyer_acts_30d': ('is_buyer_act', 30),
        'buyer_acts_90d': ('is_buyer_act', 90),
        'web_acts_30d': ("is_buyer_act and category = 'web'", 30),
        'web_acts_90d': ("is_buyer_act and category = 'web'", 90),
        'content_acts_30d': ("is_buyer_act and category = 'content'", 30),
        'content_acts_90d': ("is_buyer_act and category = 'content'", 90),
        'email_acts_30d': ("is_buyer_act and category = 'email'", 30),
        'email_acts_90d': ("is_buyer_act and category = 'email'", 90),
        'event_acts_90d': ("is_buyer_act and category = 'event'", 90),
        'inquiry_acts_7d': ("is_buyer_act and category = 'inquiry'", 7),
        'inquiry_acts_30d': ("is_buyer_act and category = 'inquiry'", 30),
        'inquiry_acts_90d': ("is_buyer_act and category = 'inquiry'", 90),
        'voice_acts_90d': ("is_buyer_act and category = 'voice'", 90),
        'averse_acts_90d': ('points < 0', 90),
        'meetings_held_90d': ('is_meeting_held', 90),
        'calls_connected_90d': ('is_call_connected', 90),
        'acts_by_us_30d': ('is_by_us', 30),
        'acts_by_us_90d': ('is_by_us', 90),
    }) }}
{%- endmacro %}
