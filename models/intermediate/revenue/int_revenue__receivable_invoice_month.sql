-- One row per invoice and complete month in which it moved or stood open: opening, movements and closing in minor units, and in
-- reporting-currency cents. What is open is carried at the rate of each month end; what a moving rate does to it stands in the
-- two fx columns and nowhere else.
with movements as (

    select * from {{ ref('fct_receivable_movement') }}
    where month_on <= {{ last_complete_month() }}

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}

),

{%- set kinds = ['invoiced', 'customer_balance', 'credit_note', 'payment', 'write_off'] %}

moved as (

    select
        invoice_id,
        customer_id,
        currency,
        billed_on,
        month_on,
        sum(amount_minor) as moved_minor,
        {% for kind in kinds -%}
            sum(case when movement = '{{ kind }}' then amount_minor else 0 end) as {{ kind }}_minor,
        {% endfor -%}
        -- a month without a rate is unknown, not zero
        case when bool_and(has_fx_rate) then sum(amount_cents) end as moved_cents,
        {% for kind in kinds -%}
            case
                when count(*) filter (where movement = '{{ kind }}' and amount_cents is null) = 0
                    then coalesce(sum(case when movement = '{{ kind }}' then amount_cents end), 0)
            end as {{ kind }}_cents,
        {% endfor -%}
    from movements
    group by invoice_id, customer_id, currency, billed_on, month_on

),

summed as (

    select
        *,
        sum(moved_minor) over (
            partition by invoice_id order by month_on rows between unbounded preceding and current row
        ) as closing_minor,
        lead(month_on) over (partition by invoice_id order by month_on) as next_moved_on,
    from moved

),

carried_months as (

    select
        summed.invoice_id,
        summed.customer_id,
        summed.currency,
        summed.billed_on,
        rates.month_on,
        summed.closing_minor,
    from summed
    inner join rates
        on
            summed.currency = rates.currency
            and summed.month_on < rates.month_on
            and coalesce(summed.next_moved_on, date '9999-12-31') > rates.month_on
            and rates.is_complete_month
    where summed.closing_minor != 0

),

unioned as (

    select
        invoice_id,
        customer_id,
        currency,
        billed_on,
        month_on,
        closing_minor - moved_minor as opening_minor,
        moved_minor,
        {% for kind in kinds -%}
            {{ kind }}_minor,
        {% endfor -%}
        closing_minor,
        moved_cents,
        {% for kind in kinds -%}
            {{ kind }}_cents,
        {% endfor -%}
    from summed

    union all

    select
        invoice_id,
        customer_id,
        currency,
        billed_on,
        month_on,
        closing_minor as opening_minor,
        0 as moved_minor,
        {% for kind in kinds -%}
            0 as {{ kind }}_minor,
        {% endfor -%}
        closing_minor,
        0 as moved_cents,
        {% for kind in kinds -%}
            0 as {{ kind }}_cents,
        {% endfor -%}
    from carried_months

),

valued as (

    select
        unioned.*,
        rates.is_complete_month,
        case when unioned.opening_minor = 0 then 0 else {{ convert_minor_units(
            'unioned.opening_minor', 'rates.exponent', 'before.rate_to_reporting', 'rates.reporting_exponent'
        ) }} end as opening_cents,
        case when unioned.closing_minor = 0 then 0 else {{ convert_minor_units(
            'unioned.closing_minor', 'rates.exponent', 'rates.rate_to_reporting', 'rates.reporting_exponent'
        ) }} end as closing_cents,
    from unioned
    inner join rates on unioned.currency = rates.currency and unioned.month_on = rates.month_on
    left join rates as before
        on unioned.currency = before.currency and {{ add_months('unioned.month_on', -1) }} = before.month_on

),

final as (

    select
        invoice_id,
        customer_id,
        currency,
        month_on,
        billed_on,
        {{ days_between('billed_on', add_months('month_on', 1)) }} - 1 as days_since_billed,
        cast(opening_minor as bigint) as opening_minor,
        {% for kind in kinds -%}
            cast({{ kind }}_minor as bigint) as {{ kind }}_minor,
        {% endfor -%}
        cast(closing_minor as bigint) as closing_minor,
        cast(opening_cents as bigint) as opening_cents,
        {% for kind in kinds -%}
            cast({{ kind }}_cents as bigint) as {{ kind }}_cents,
        {% endfor -%}
        cast(case when closing_minor = 0 then closing_cents - opening_cents - moved_cents else 0 end as bigint)
            as fx_realised_cents,
        cast(case when closing_minor != 0 then closing_cents - opening_cents - moved_cents else 0 end as bigint)
            as fx_unrealised_cents,
        cast(closing_cents as bigint) as closing_cents,
    from valued

)

select * from final
