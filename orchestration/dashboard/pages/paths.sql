-- name: refreshes
-- mart: fct_refreshes
-- key: refresh_id
select refresh_id, as_of, checks_count
from marts.fct_refreshes
order by refresh_id desc
