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

{#
The features of fct_lead_features, in its order: what each is called in words, as a factor of a score is told, and
whether it is a text. No two are called alike.
#}
{% macro score_features() -%}
    {{ return({
        'industry': {'words': 'industry', 'is_text': true},
        'country': {'words': 'country', 'is_text': true},
        'employee_band': {'words': 'company size', 'is_text': true},
        'job_level': {'words': 'job level', 'is_text': true},
        'lead_source': {'words': 'lead source', 'is_text': true},
        'motion': {'words': 'inbound or outbound', 'is_text': true},
        'has_company_domain': {'words': 'company domain known'},
        'is_target_account': {'words': 'target account'},
        'was_customer': {'words': 'former customer'},
        'known_attributes': {'words': 'attributes known'},
        'fit_points': {'words': 'fit points'},
        'behaviour_points': {'words': 'behaviour points'},
        'buyer_acts_7d': {'words': 'acts by the buyer in 7 days'},
        'buyer_acts_30d': {'words': 'acts by the buyer in 30 days'},
        'buyer_acts_90d': {'words': 'acts by the buyer in 90 days'},
        'web_acts_30d': {'words': 'web visits in 30 days'},
        'web_acts_90d': {'words': 'web visits in 90 days'},
        'content_acts_30d': {'words': 'contents asked for in 30 days'},
        'content_acts_90d': {'words': 'contents asked for in 90 days'},
        'email_acts_30d': {'words': 'email clicks and replies in 30 days'},
        'email_acts_90d': {'words': 'email clicks and replies in 90 days'},
        'event_acts_90d': {'words': 'events in 90 days'},
        'inquiry_acts_7d': {'words': 'inquiries in 7 days'},
        'inquiry_acts_30d': {'words': 'inquiries in 30 days'},
        'inquiry_acts_90d': {'words': 'inquiries in 90 days'},
        'voice_acts_90d': {'words': 'surveys and feedback in 90 days'},
        'averse_acts_90d': {'words': 'signs of disinterest in 90 days'},
        'meetings_held_90d': {'words': 'meetings held in 90 days'},
        'calls_connected_90d': {'words': 'calls connected in 90 days'},
        'acts_by_us_30d': {'words': 'acts by us in 30 days'},
        'acts_by_us_90d': {'words': 'acts by us in 90 days'},
        'act_kinds_90d': {'words': 'kinds of acts in 90 days'},
        'days_since_captured': {'words': 'days since captured'},
        'days_since_buyer_act': {'words': 'days since the last act by the buyer'},
        'days_since_act_by_us': {'words': 'days since the last act by us'},
    }) }}
{%- endmacro %}
