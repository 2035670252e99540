-- One row per chain of billing documents, step and currency, from the raw table to the marts. A level must be the level
-- before it less all that is left out between the two; what is missing or too much stands in the gap.
with currencies as (

    select * from {{ ref('dim_currency') }}

),

revenue_months as (

    select
        reconciliation.*,
        currencies.exponent,
    from {{ ref('mart_revenue_reconciliation') }} as reconciliation
    inner join currencies on reconciliation.currency = currencies.currency

),

followed as (

    select * from {{ ref('fct_control_total') }}

),

-- the levels a chain has, stated and not found: nothing left of a level is a level of zero
chain_levels as (

    {% for chain in list_control_chains() -%}
        {% for level in chain.levels -%}
            select
                '{{ chain.chain }}' as chain,
                {{ loop.index }} as level_order,
                '{{ level }}' as step,
            {{ 'union all' if not loop.last }}
        {% endfor -%}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

followed_chains as (

    select distinct chain
    from followed

),

in_marts as (

    select
        'invoices' as chain,
        currency,
        cast(sum(n_invoices) as bigint) as n_rows,
        cast(sum({{ convert_to_minor_units('invoiced_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    group by currency

    union all

    select
        'invoice_lines' as chain,
        currency,
        null as n_rows,
        cast(sum({{ convert_to_minor_units('billed_net_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    group by currency

    union all

    select
        'credit_notes' as chain,
        currency,
        null as n_rows,
        cast(sum({{ convert_to_minor_units('credited_net_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    group by currency

),

totals as (

    select * from followed

    union all

    -- a company that lacks a table has no such chain, and the marts say 0 for it
    select
        in_marts.chain,
        chain_levels.level_order,
        'level' as step_kind,
        'mart' as step,
        in_marts.currency,
        in_marts.n_rows,
        null as n_keys,
        in_marts.amount_minor,
    from in_marts
    inner join chain_levels on in_marts.chain = chain_levels.chain and chain_levels.step = 'mart'
    where in_marts.chain in (select followed_chains.chain from followed_chains)

),

chain_currencies as (

    select distinct
        chain,
        currency,
    from totals
    where step <> 'mart' or amount_minor <> 0

),

levels as (

    select
        chain_levels.chain,
        chain_levels.level_order,
        'level' as step_kind,
        chain_levels.step,
        chain_currencies.currency,
        -- revenue lines are sums of documents, and so is what follows them
        case
            when chain_levels.step in ('raw', 'staging', 'fact') or chain_levels.chain = 'invoices'
                then coalesce(totals.n_rows, 0)
        end as n_rows,
        case when chain_levels.step in ('raw', 'staging', 'fact') then coalesce(totals.n_keys, 0) end as n_keys,
        case when chain_currencies.currency <> '' then coalesce(totals.amount_minor, 0) end as amount_minor,
    from chain_levels
    inner join chain_currencies on chain_levels.chain = chain_currencies.chain
    left join totals
        on
            chain_levels.chain = totals.chain
            and chain_levels.step = totals.step
            and chain_levels.level_order = totals.level_order
            and chain_currencies.currency = totals.currency
            and totals.step_kind = 'level'

),

left_out as (

    select
        chain,
        level_order,
        currency,
        sum(n_rows) as n_rows,
        sum(n_keys) as n_keys,
        sum(amount_minor) as amount_minor,
    from totals
    where step_kind = 'left_out'
    group by chain, level_order, currency

),

expected as (

    select
        levels.*,
        lag(levels.n_rows) over level_by_level - coalesce(left_out.n_rows, 0) as expected_rows,
        lag(levels.n_keys) over level_by_level - coalesce(left_out.n_keys, 0) as expected_keys,
        lag(levels.amount_minor) over level_by_level - coalesce(left_out.amount_minor, 0) as expected_minor,
    from levels
    left join left_out
        on
            levels.chain = left_out.chain
            and levels.level_order = left_out.level_order
            and levels.currency = left_out.currency
    window level_by_level as (partition by levels.chain, levels.currency order by levels.level_order)

),

unioned as (

    select
        chain,
        level_order,
        step_kind,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
        n_rows - expected_rows as gap_rows,
        n_keys - expected_keys as gap_keys,
        amount_minor - expected_minor as gap_minor,
    from expected

    union all

    select
        chain,
        level_order,
        step_kind,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
        null as gap_rows,
        null as gap_keys,
        null as gap_minor,
    from totals
    where step_kind = 'left_out'

),

final as (

    select
        unioned.chain,
        cast(unioned.level_order as integer) as level_order,
        unioned.step_kind,
        unioned.step,
        unioned.currency,
        cast(unioned.n_rows as bigint) as n_rows,
        cast(unioned.n_keys as bigint) as n_keys,
        cast(unioned.amount_minor as bigint) as amount_minor,
        {{ convert_to_major_units('unioned.amount_minor', 'currencies.exponent') }} as amount,
        cast(unioned.gap_rows as bigint) as gap_rows,
        cast(unioned.gap_keys as bigint) as gap_keys,
        cast(unioned.gap_minor as bigint) as gap_minor,
        coalesce(unioned.gap_rows, 0) <> 0
        or coalesce(unioned.gap_keys, 0) <> 0
        or coalesce(unioned.gap_minor, 0) <> 0 as is_broken,
        {{ as_of_date() }} as as_of_date,
    from unioned
    left join currencies on unioned.currency = currencies.currency

)

select * from final
