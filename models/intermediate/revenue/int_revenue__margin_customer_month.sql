-- One row per customer and month with a margin line or with MRR: components of contribution margin in reporting-currency
-- cents, whether all of them are known, and where the month lies in the customer's life. Sums of a component hold what is
-- known of it; the flags say whether that is all.
with margin_lines as (

    select * from {{ ref('fct_margin_line') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

support_accounts as (

    select * from {{ ref('int_identity__support_account') }}

),

-- what the company delivers at all, and since when
delivered as (

    select
        min(month_on) filter (where component = 'support' and amount_cents is not null) as support_from_on,
        min(month_on) filter (where component = 'payment_fees') as fees_from_on,
        min(month_on) filter (where component = 'onboarding') as onboarding_from_on,
    from margin_lines

),

keys as (

    select
        customer_id,
        month_on,
    from margin_lines

    union

    select
        customer_id,
        month_on,
    from customer_months
    where is_active

),

summed as (

    select
        customer_id,
        month_on,
        {% for component in [
            'recognised', 'credit_note', 'refund', 'dispute', 'cost_of_service', 'support', 'payment_fees', 'onboarding'
        ] -%}
            coalesce(sum(amount_cents) filter (where component = '{{ component }}'), 0) as {{ component }}_cents,
        {% endfor -%}
        coalesce(sum(list_cents), 0) as list_cents,
        coalesce(sum(discount_cents), 0) as discount_cents,
        coalesce(sum(list_cents) filter (where revenue_kind = 'recurring'), 0) as recurring_list_cents,
        coalesce(
            sum(amount_cents) filter (where revenue_kind = 'services' and component in ('recognised', 'credit_note')), 0
        ) as services_revenue_cents,
        coalesce(sum(amount_cents) filter (where revenue_kind = 'services'), 0) as services_margin_cents,
        coalesce(sum(amount_cents) filter (where revenue_kind = 'recurring'), 0) as recurring_margin_cents,
        coalesce(sum(amount_cents), 0) as known_cents,
        count(*) filter (where amount_cents is null and component in ('recognised', 'credit_note', 'refund', 'dispute'))
            as n_without_rate,
        count(*) filter (where amount_cents is null and component = 'cost_of_service') as n_without_cost,
        count(*) filter (where amount_cents is null and component = 'support') as n_without_support_rate,
        count(*) filter (where component = 'support') as n_support,
        count(*) filter (where amount_cents is null and component in ('payment_fees', 'onboarding'))
            as n_without_cost_rate,
    from margin_lines
    group by customer_id, month_on

),

first_earned as (

    select
        customer_id,
        min(month_on) as first_month_on,
    from margin_lines
    where component = 'recognised'
    group by customer_id

),

-- the first whole month of life; without MRR, the one after the first month that earned something
lives as (

    select
        first_earned.customer_id,
        case
            when customers.started_on = {{ month_start('customers.started_on') }} then customers.started_on
            else {{ add_months(
                month_start('coalesce(customers.started_on, first_earned.first_month_on)'), 1
            ) }}
        end as entry_from_on,
    from first_earned
    left join customers on first_earned.customer_id = customers.customer_id

),

judged as (

    select
        keys.customer_id,
        case when keys.customer_id = 'unplaced' then 'unplaced' else coalesce(segments.segment_id, 'unassigned') end
            as segment_id,
        keys.month_on,
        lives.entry_from_on,
        {{ add_months('lives.entry_from_on', 3) }} as entry_until_on,
        coalesce(customer_months.is_active, false) as is_active,
        summed.* exclude (customer_id, month_on),
        coalesce(summed.n_without_rate, 0) = 0 as has_fx_rate,
        coalesce(summed.n_without_cost, 0) = 0 as is_margin_known,
        -- what leads to no customer is known as far as its documents are; a customer without a sign at the support desk is not
        coalesce(summed.n_without_support_rate, 0) = 0
        and coalesce(keys.month_on >= delivered.support_from_on, false)
        and (
            keys.customer_id = 'unplaced'
            or coalesce(summed.n_support, 0) > 0
            or support_accounts.account_id is not null
        ) as is_support_known,
        coalesce(summed.n_without_cost_rate, 0) = 0 as is_other_cost_known,
        coalesce(keys.month_on >= delivered.fees_from_on, false) as has_fees,
        coalesce(keys.month_on >= delivered.onboarding_from_on, false) as has_onboarding,
    from keys
    cross join delivered
    left join summed on keys.customer_id = summed.customer_id and keys.month_on = summed.month_on
    left join customer_months on keys.customer_id = customer_months.customer_id and keys.month_on = customer_months.month_on
    left join segments on keys.customer_id = segments.customer_id
    left join support_accounts on keys.customer_id = support_accounts.account_id
    left join lives on keys.customer_id = lives.customer_id

),

final as (

    select
        customer_id,
        segment_id,
        month_on,
        entry_from_on,
        entry_until_on,
        is_active,
        has_fx_rate,
        is_margin_known,
        is_support_known,
        is_other_cost_known,
        has_fees,
        has_onboarding,
        has_fx_rate and is_margin_known and is_support_known and is_other_cost_known as is_measured,
        {% for measure in [
            'list', 'discount', 'recognised', 'credit_note', 'refund', 'dispute', 'cost_of_service', 'support', 'payment_fees',
            'onboarding', 'recurring_list', 'recurring_margin', 'services_revenue', 'services_margin', 'known'
        ] -%}
            cast(coalesce({{ measure }}_cents, 0) as bigint) as {{ measure }}_cents,
        {% endfor %}
    from judged

)

select * from final
