-- The missing and away incidents of the current returns: one row per child, year, start date and kind.
with missing as (

    select * from {{ ref('stg_ssda903__missing') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'missing.child_key', 'missing.collection_year', date_or_row('missing', 'missing_start_date'), 'missing.missing_type_code'
        ]) }} as missing_spell_key,
        {{ surrogate_key(['missing.child_key', 'missing.collection_year']) }} as child_year_key,
        submission.reference_date,
        missing.*
    from missing
    inner join submission on missing.load_id = submission.load_id

)

-- the same start and kind twice for a child: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by missing_spell_key order by row_number_in_file desc) = 1
