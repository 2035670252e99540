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

totals as (

    select * from {{ ref('fct_control_total') }}

    union all

    select
        'invoices' as chain,
        4 as level_order,
        'level' as step_kind,
        'mart' as step,
        currency,
        cast(sum(n_invoices) as bigint) as n_rows,
        null as n_keys,
        cast(sum({{ convert_to_minor_units('invoiced_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    group by currency

    union all

    select
        'invoice_lines' as chain,
        5 as level_order,
        'level' as step_kind,
        'mart' as step,
        currency,
        null as n_rows,
        null as n_keys,
        cast(sum({{ convert_to_minor_units('billed_net_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    group by currency

    union all

    select
        'credit_notes' as chain,
        5 as level_order,
        'level' as step_kind,
        'mart' as step,
        currency,
        null as n_rows,
        null as n_keys,
        cast(sum({{ convert_to_minor_units('credited_net_amount', 1, 'exponent') }}) as bigint) as amount_minor,
    from revenue_months
    where exists (select 1 from {{ ref('fct_control_total') }} as followed where followed.chain = 'credit_notes')
    group by currency

),

-- a currency of which nothing is left has no row at a level, and still a level of zero
chain_levels as (

    select distinct
        chain,
        level_order,
        step,
    from totals
    where step_kind = 'level'

),

chain_currencies as (

    select distinct
        chain,
        currency,
    from totals

),

levels as (

    select
        chain_levels.chain,
        chain_levels.level_order,
        'level' as step_kind,
        chain_levels.step,
        chain_currencies.currency,
        -- sums without rows: the level counts no rows at all
        case when bool_or(totals.n_rows is not null) over level_of_chain then coalesce(totals.n_rows, 0) end as n_rows,
        case when bool_or(totals.n_keys is not null) over level_of_chain then coalesce(totals.n_keys, 0) end as n_keys,
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
    window level_of_chain as (partition by chain_levels.chain, chain_levels.level_order)

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
