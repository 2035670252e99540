-- One row per customer and CRM campaign that touched it before its deal was decided: first and last touch. A touch is a
-- campaign member that is a contact of the customer or a lead that became it, or the campaign the deal itself names, as far
-- as the row of the deal may speak for the as-of day.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

deals as (

    select * from {{ ref('int_opportunity__state') }}

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}
    where is_row_current and campaign_id is not null

),

campaigns as (

    select * from {{ ref('stg_salesforce__campaign') }}
    where not is_deleted

),

members as (

    select * from {{ ref('stg_salesforce__campaign_member') }}
    where not is_deleted and {{ was_known('created_at') }}

),

contacts as (

    select * from {{ ref('stg_salesforce__contact') }}

),

leads as (

    select * from {{ ref('stg_salesforce__lead') }}
    where is_converted and converted_on <= {{ as_of_date() }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

decisions as (

    select
        customers.customer_id,
        customers.account_id,
        customers.opportunity_id,
        coalesce(deals.closed_at, cast(customers.started_on as timestamp)) as decided_at,
        deals.created_at as deal_created_at,
    from customers
    left join deals on customers.opportunity_id = deals.opportunity_id

),

touches as (

    select
        accounts.canonical_account_id as account_id,
        members.campaign_id,
        members.created_at as touched_at,
    from members
    inner join contacts on members.contact_id = contacts.contact_id
    inner join accounts on contacts.account_id = accounts.account_id

    union all

    select
        accounts.canonical_account_id as account_id,
        members.campaign_id,
        members.created_at as touched_at,
    from members
    inner join leads on members.lead_id = leads.lead_id
    inner join accounts on leads.converted_account_id = accounts.account_id

),

customer_touches as (

    select
        decisions.customer_id,
        touches.campaign_id,
        touches.touched_at,
        decisions.decided_at,
    from decisions
    inner join touches on decisions.account_id = touches.account_id

    union all

    select
        decisions.customer_id,
        present_rows.campaign_id,
        decisions.deal_created_at as touched_at,
        decisions.decided_at,
    from decisions
    inner join present_rows on decisions.opportunity_id = present_rows.opportunity_id

),

final as (

    select
        customer_touches.customer_id,
        customer_touches.campaign_id,
        min(customer_touches.touched_at) as first_touched_at,
        max(customer_touches.touched_at) as last_touched_at,
        {{ days_between('max(customer_touches.touched_at)', 'any_value(customer_touches.decided_at)') }}
            as days_before_decision,
    from customer_touches
    inner join campaigns on customer_touches.campaign_id = campaigns.campaign_id
    where customer_touches.touched_at <= customer_touches.decided_at
    group by customer_touches.customer_id, customer_touches.campaign_id

)

select * from final
