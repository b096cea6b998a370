-- Who may have the 18 to 25 travel concession at each snapshot date, by each set of rules: care_leavers.md 5.
with young_person as (

    select * from {{ ref('int_measure__care_leaver_status') }}

),

rule_set as (

    select
        rule_set,
        bool_or(is_default) as is_default
    from {{ ref('config_concession_rule_set') }}
    group by rule_set

),

-- the statuses that a set of rules takes
taken as (

    select
        rule_set,
        status
    from {{ ref('config_concession_rule_set') }}

),

authority as (

    select la_code from {{ ref('ref_authority') }}

),

holder as (

    select distinct
        young_person.person_key,
        young_person.snapshot_date
    from young_person
    inner join {{ ref('ref_concession_register') }} as register
        on
            young_person.person_key = register.person_key
            and young_person.snapshot_date between register.valid_from_date and register.valid_to_date
    where register.status = 'issued'

),

-- Only the month of a birthday is known. By the last day of that month it has passed for sure.
dated as (

    select
        *,
        snapshot_date >= birthday_18_date
        and snapshot_date < last_day(birthday_18_date) as is_in_month_of_18,
        snapshot_date >= birthday_26_date
        and snapshot_date < last_day(birthday_26_date) as is_in_month_of_26
    from young_person

),

judged as (

    select
        dated.*,
        rule_set.rule_set,
        rule_set.is_default as is_default_rule_set,
        -- the first rule that fails
        case
            when dated.snapshot_date < dated.birthday_18_date then 'too_young'
            when dated.is_in_month_of_26 then 'month_uncertain'
            when dated.snapshot_date >= dated.birthday_26_date then 'too_old'
            when dated.status = 'unknown' then 'history_short'
            when taken.status is null then 'not_qualified'
            when authority.la_code is null then 'not_london'
            when dated.is_left_or_died then 'left_or_died'
            when holder.person_key is not null then 'has_card'
        end as reason
    from dated
    cross join rule_set
    left join taken on rule_set.rule_set = taken.rule_set and dated.status = taken.status
    left join authority on dated.la_code = authority.la_code
    left join holder on dated.person_key = holder.person_key and dated.snapshot_date = holder.snapshot_date

)

select
    person_key,
    child_key,
    la_code,
    collection_year,
    snapshot_date,
    rule_set,
    is_default_rule_set,
    age,
    status,
    case
        when reason is null then 'true'
        when reason in ('month_uncertain', 'history_short') then 'unknown'
        else 'false'
    end as eligible,
    reason,
    is_in_month_of_18 or is_in_month_of_26 as is_month_uncertain,
    coalesce(reason, 'has_card') = 'has_card' as is_counted,
    {{ days_later('birthday_26_date', -1) }} as valid_to_date,
    is_listed_in_any_year,
    uasc_former
from judged
