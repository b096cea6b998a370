-- The pre-proceedings of the current submissions: one row per block.
-- No date of it must be there, so its place in the file is its key.
with pre_proceedings as (

    select * from {{ ref('stg_cin_census__pre_proceedings') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

)

select
    {{ surrogate_key([
        'referral.referral_key', 'pre_proceedings.cin_details_seq', 'pre_proceedings.pre_proceedings_seq'
    ]) }} as pre_proceedings_key,
    referral.referral_key,
    referral.referral_date,
    referral.child_year_key,
    referral.reference_date,
    pre_proceedings.*
from pre_proceedings
inner join referral
    on
        pre_proceedings.load_id = referral.load_id
        and pre_proceedings.child_seq = referral.child_seq
        and pre_proceedings.cin_details_seq = referral.cin_details_seq
