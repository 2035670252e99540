-- One row per cost of winning customers and customer it is shared to; one row without customer, and with the reason, for a
-- cost that nobody can be shown to have caused. Weights of a cost sum to 10,000 and its shares to the cost, to the cent.
with items as (

    select * from {{ ref('int_cost__acquisition_item') }}

),

scopes as (

    select * from {{ ref('int_cost__start_scope') }}

),

candidates as (

    select
        items.cost_item_id,
        scopes.customer_id,
        scopes.share_e4,
        sum(scopes.share_e4) over (
            partition by items.cost_item_id order by scopes.customer_id
            rows between unbounded preceding and current row
        ) as share_until_e4,
        sum(scopes.share_e4) over (partition by items.cost_item_id) as share_total_e4,
    from items
    inner join scopes
        on
            items.scope_kind = scopes.scope_kind
            and items.scope_key = scopes.scope_key
            and items.calendar_quarter = scopes.calendar_quarter
    where items.scope_problem is null

),

weighted as (

    select
        cost_item_id,
        customer_id,
        {{ allocate_cumulative('10000', '0', 'share_until_e4 - share_e4', 'share_total_e4') }} as weight_before_e4,
        {{ allocate_cumulative('10000', '0', 'share_until_e4', 'share_total_e4') }} as weight_until_e4,
    from candidates

),

final as (

    select
        items.cost_item_id,
        items.item_type,
        items.pool,
        items.month_on,
        items.campaign_id,
        items.channel,
        items.owner_user_id,
        items.segment_key,
        items.currency,
        items.is_assumed,
        items.scope_kind as basis,
        weighted.customer_id,
        case
            when weighted.customer_id is null then coalesce(
                items.scope_problem,
                case when items.scope_kind = 'all' then 'no_start_in_quarter' else items.scope_kind || '_without_start' end
            )
        end as unallocated_reason,
        -- a cost without customer is one row with the whole weight
        cast(coalesce(weighted.weight_until_e4 - weighted.weight_before_e4, 10000) as integer) as weight_e4,
        case
            when weighted.customer_id is null then items.cost_cents
            else {{ allocate_cumulative(
                'items.cost_cents', 'weighted.weight_before_e4', 'weighted.weight_until_e4', '10000'
            ) }}
        end as cost_cents,
    from items
    left join weighted
        on items.cost_item_id = weighted.cost_item_id and weighted.weight_until_e4 > weighted.weight_before_e4

)

select * from final
