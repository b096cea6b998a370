-- Every referral episode of the current submissions: its place in the file, and the key of the referral it is.
-- Blocks with the same child and referral date are one referral (timelines.md 3), and what hangs under any is its own.
with cin_detail as (

    select * from {{ ref('stg_cin_census__cin_detail') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

)

select
    {{ surrogate_key([
        'cin_detail.child_key', 'cin_detail.collection_year', date_or_row('cin_detail', 'referral_date')
    ]) }} as referral_key,
    {{ surrogate_key(['cin_detail.child_key', 'cin_detail.collection_year']) }} as child_year_key,
    cin_detail.load_id,
    cin_detail.child_seq,
    cin_detail.cin_details_seq,
    cin_detail.referral_date,
    submission.reference_date
from cin_detail
inner join submission on cin_detail.load_id = submission.load_id
