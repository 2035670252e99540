-- One row per ticket that had been merged into another one by the as-of day: into which, at the end of the chain. The
-- target lists its sources; a source that no ticket lists carries the tag of a merge and leads nowhere.
with recursive tickets as (

    select * from {{ ref('int_identity__ticket_field') }}

),

tagged as (

    select distinct cast(ticket_id as varchar) as ticket_id
    from {{ ref('stg_zendesk__ticket_tag') }}
    where lower(trim(tag)) = 'closed_by_merge'

),

listed as (

    select
        ticket_id as target_id,
        unnest({{ split_id_list('merged_ticket_ids') }}) as bare_id,
    from tickets

),

-- a source has one target; where two list it, the one with the smaller id stands
edges as (

    select
        sources.ticket_id as source_id,
        min(listed.target_id) as target_id,
    from listed
    inner join tickets as sources on {{ scope_like('listed.bare_id', 'listed.target_id') }} = sources.ticket_id
    where sources.is_merge_known and listed.target_id != sources.ticket_id
    group by sources.ticket_id

),

-- A chain longer than ten, or one that runs in a circle, stops here.
chain as (

    select
        source_id,
        target_id,
        1 as hops,
    from edges

    union all

    select
        chain.source_id,
        edges.target_id,
        chain.hops + 1 as hops,
    from chain
    inner join edges on chain.target_id = edges.source_id
    where chain.hops < 10 and chain.source_id != chain.target_id

),

-- of tickets merged in a circle the one with the smallest id stays
ends as (

    select
        source_id,
        case
            when bool_or(source_id = target_id) then min(target_id)
            else arg_max(target_id, hops)
        end as target_id,
    from chain
    group by source_id

),

final as (

    select
        tickets.ticket_id,
        ends.target_id as merged_into_ticket_id,
        case
            when ends.source_id is null then 'tag'
            when tagged.ticket_id is null then 'listed'
            else 'tag_and_list'
        end as merge_evidence,
    from tickets
    left join ends on tickets.ticket_id = ends.source_id
    left join tagged on tickets.ticket_id = tagged.ticket_id
    where
        tickets.is_merge_known
        and (tagged.ticket_id is not null or ends.source_id is not null)
        and tickets.ticket_id is distinct from ends.target_id

)

select * from final
