-- One row per opportunity of sample_backtest_week: what the baselines tell deals apart by.
with deals as (

    select distinct opportunity_id
    from {{ ref('sample_backtest_week') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

final as (

    select
        deals.opportunity_id,
        coalesce(accounts.industry, 'unknown') as industry,
    from deals
    inner join states on deals.opportunity_id = states.opportunity_id
    left join accounts on states.account_id = accounts.account_id

)

select * from final
