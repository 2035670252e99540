-- One row per change of the segments, segment before and segment after that share deals: what moved, in words and shares.
with changes as (

    select * from {{ ref('stg_predictions__segment_change') }}

),

versions as (

    select * from {{ ref('stg_predictions__segment_version') }}

),

rules as (

    select * from {{ ref('fct_segment_rule') }}

),

kinds as (

    select
        changes.*,
        case
            when changes.from_segment_id = changes.to_segment_id then 'kept'
            when before.segment_id is null or after.segment_id is null then 'new'
            else 'moved'
        end as change_kind,
    from changes
    -- is the segment after known to the version before, and the segment before to the version after?
    left join rules as before
        on changes.from_version = before.segment_version and changes.to_segment_id = before.segment_id
    left join rules as after
        on changes.to_version = after.segment_version and changes.from_segment_id = after.segment_id

),

final as (

    select
        kinds.changed_on,
        kinds.from_version,
        kinds.to_version,
        kinds.from_segment_id,
        kinds.to_segment_id,
        kinds.change_kind,
        kinds.n_deals,
        kinds.share_of_from,
        kinds.share_of_to,
        from_rules.rule_sentence as from_rule_sentence,
        to_rules.rule_sentence as to_rule_sentence,
        versions.reason,
        format(
            '{} of 100 deals of {} {} {} ({} deals)', cast(round(100 * kinds.share_of_from) as integer), kinds.from_segment_id,
            case when kinds.change_kind = 'kept' then 'stay in' else 'are now in' end, kinds.to_segment_id, kinds.n_deals
        ) as sentence,
        {{ as_of_date() }} as as_of_date,
    from kinds
    left join versions on kinds.changed_on = versions.frozen_on
    left join rules as from_rules
        on kinds.from_version = from_rules.segment_version and kinds.from_segment_id = from_rules.segment_id
    left join rules as to_rules
        on kinds.to_version = to_rules.segment_version and kinds.to_segment_id = to_rules.segment_id

)

select * from final
