-- One row per episode of care as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with episode as (

    select * from {{ source('raw_ssda903', 'episodes') }}
    where
        load_id in (
            select submission.load_id from {{ source('ledger', 'load') }} as submission
            where submission.status in ('accepted', 'superseded')
        )

),

typed as (

    select
        load_id,
        la_code,
        collection_year,
        row_number_in_file,
        line_number,
        child_key,
        {{ parse_date('decom') }} as episode_start_date,
        {{ parse_date('dec') }} as episode_end_date,
        {{ code('rne') }} as reason_new_episode_code,
        {{ code('ls') }} as legal_status_code,
        {{ code('cin') }} as category_of_need_code,
        {{ code('place') }} as placement_type_code,
        {{ code('place_provider') }} as placement_provider_code,
        {{ code('rec') }} as reason_episode_ceased_code,
        {{ code('reason_place_change') }} as reason_placement_change_code,
        home_post_sector as home_sector,
        pl_post_sector as placement_sector,
        {{ code('urn') }} as placement_urn,
        {{ unreadable_fields([
            'decom', 'rne', 'ls', 'cin', 'place', 'place_provider', 'dec', 'rec',
            'reason_place_change', 'home_post_sector', 'pl_post_sector', 'urn'
        ]) }} as unreadable_fields
    from episode

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_key,
        typed.episode_start_date,
        typed.episode_end_date,
        typed.reason_new_episode_code,
        reason_new_episode.label as reason_new_episode_label,
        {{ is_code_valid('reason_new_episode') }} as is_reason_new_episode_code_valid,
        typed.legal_status_code,
        legal_status.label as legal_status_label,
        {{ is_code_valid('legal_status') }} as is_legal_status_code_valid,
        typed.category_of_need_code,
        category_of_need.label as category_of_need_label,
        {{ is_code_valid('category_of_need') }} as is_category_of_need_code_valid,
        typed.placement_type_code,
        placement_type.label as placement_type_label,
        {{ is_code_valid('placement_type') }} as is_placement_type_code_valid,
        typed.placement_provider_code,
        placement_provider.label as placement_provider_label,
        {{ is_code_valid('placement_provider') }} as is_placement_provider_code_valid,
        typed.reason_episode_ceased_code,
        reason_episode_ceased.label as reason_episode_ceased_label,
        {{ is_code_valid('reason_episode_ceased') }} as is_reason_episode_ceased_code_valid,
        typed.reason_placement_change_code,
        reason_placement_change.label as reason_placement_change_label,
        {{ is_code_valid('reason_placement_change') }} as is_reason_placement_change_code_valid,
        typed.home_sector,
        typed.placement_sector,
        typed.placement_urn,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_reason_new_episode') }} as reason_new_episode
        on typed.reason_new_episode_code = reason_new_episode.code
    left join {{ ref('code_legal_status') }} as legal_status
        on typed.legal_status_code = legal_status.code
    left join {{ ref('code_category_of_need') }} as category_of_need
        on typed.category_of_need_code = category_of_need.code
    left join {{ ref('code_placement_type') }} as placement_type
        on typed.placement_type_code = placement_type.code
    left join {{ ref('code_placement_provider') }} as placement_provider
        on typed.placement_provider_code = placement_provider.code
    left join {{ ref('code_reason_episode_ceased') }} as reason_episode_ceased
        on typed.reason_episode_ceased_code = reason_episode_ceased.code
    left join {{ ref('code_reason_placement_change') }} as reason_placement_change
        on typed.reason_placement_change_code = reason_placement_change.code

)

select * from labelled
