-- A failure means: a record that nothing else calls for may be left without an action.
select
    'next_actions.csv: no row of trigger score is for any stage. '
    || 'Add one with stage and missing_criterion empty.' as message
from {{ ref('next_actions') }}
where trigger = 'score' and stage is null and missing_criterion is null
having count(*) = 0
