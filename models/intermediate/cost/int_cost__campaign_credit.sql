-- One row per attribution policy, customer and campaign: the part of the customer that belongs to the campaign, out of
-- 10,000. The parts of a customer sum to 10,000 under every policy.
with touches as (

    select * from {{ ref('int_cost__campaign_touch') }}

),

policies as (

    select * from {{ ref('attribution_policy') }}

),

ranked as (

    select
        policies.policy_key,
        policies.is_chosen,
        touches.customer_id,
        touches.campaign_id,
        row_number() over (
            partition by policies.policy_key, touches.customer_id
            order by touches.first_touched_at, touches.campaign_id
        ) as first_rank,
        row_number() over (
            partition by policies.policy_key, touches.customer_id
            order by touches.last_touched_at desc, touches.campaign_id asc
        ) as last_rank,
        count(*) over (partition by policies.policy_key, touches.customer_id) as n_campaigns,
    from touches
    cross join policies
    where touches.days_before_decision <= policies.lookback_days

),

credited as (

    select
        policy_key,
        is_chosen,
        customer_id,
        campaign_id,
        case policy_key
            when 'linear' then {{ allocate_cumulative('10000', 'first_rank - 1', 'first_rank', 'n_campaigns') }}
            when 'first_touch' then case when first_rank = 1 then 10000 else 0 end
            when 'last_touch' then case when last_rank = 1 then 10000 else 0 end
        end as credit_e4,
    from ranked

),

final as (

    select
        policy_key,
        is_chosen,
        customer_id,
        campaign_id,
        cast(credit_e4 as integer) as credit_e4,
    from credited
    where credit_e4 > 0

)

select * from final
