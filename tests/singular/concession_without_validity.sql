-- What: somebody may have the travel concession and the card would no longer be valid on the day, or is outside 18 to
--       25, or the answer and its reason do not go together.
-- When it matters: always (care_leavers.md 8); a card would be refused at the first ride.
-- How to resolve: look at the ages and rules of fct_travel_concession; the last day of a card is the day before the
--       26th birthday, and is valid itself.
select
    person_key,
    snapshot_date,
    rule_set
from {{ ref('fct_travel_concession') }}
where
    (
        eligible = 'true'
        and (valid_to_date < snapshot_date or age not between 18 and 25 or reason is not null or not is_counted)
    )
    or (eligible <> 'true' and reason is null)
