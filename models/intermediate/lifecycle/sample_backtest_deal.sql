-- One row per scored origin and opportunity of sample_backtest_week: its segment by the rules of that day, and what the
-- baselines tell deals apart by.
with deals as (

    select distinct opportunity_id
    from {{ ref('sample_backtest_week') }}

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_segment') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

final as (

    select
        segments.origin_on,
        segments.opportunity_id,
        segments.segment_id,
        coalesce(accounts.industry, 'unknown') as industry,
    from deals
    inner join segments on deals.opportunity_id = segments.opportunity_id
    inner join states on deals.opportunity_id = states.opportunity_id
    left join accounts on states.account_id = accounts.account_id

)

select * from final
