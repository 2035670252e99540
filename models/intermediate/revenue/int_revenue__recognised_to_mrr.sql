-- One row per subscription, price, billing currency, month and reason: what leads from the recognised revenue of a month to
-- the MRR at its end, in minor units. Recognised revenue plus all rows is MRR by the policy `invoiced`; the way from there to
-- any other policy stands in the bridge between policies. Each reason is counted from the service days of the lines, and
-- what they leave of the difference stands as `unexplained`.
with revenue as (

    select * from {{ ref('fct_revenue_line_month') }}
    where earned_minor != 0 or earned_credit_minor != 0

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

recurring_lines as (

    select * from {{ ref('int_revenue__mrr_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

invoiced as (

    select * from {{ ref('int_revenue__policy_mrr_month') }}
    where policy = 'invoiced'

),

given_back as (

    select
        coalesce(subscription_id, '') as subscription_id,
        coalesce(price_id, '') as price_id,
        currency,
        month_on,
    from {{ ref('int_revenue__mrr_basis_month') }}
    where is_given_back

),

line_months as (

    select
        -- empty keys join like others; a recurring line without a subscription has the key that MRR gave it
        coalesce(recurring_lines.subscription_id, revenue.subscription_id, '') as subscription_id,
        coalesce(revenue.price_id, '') as price_id,
        revenue.currency,
        revenue.month_on,
        revenue.earned_minor,
        revenue.earned_credit_minor,
        recurring_lines.invoice_line_item_id is not null as is_recurring,
        coalesce(recurring_lines.is_metered, false) as is_metered,
        lines.is_proration,
        lines.service_from_on < months.next_month_on and lines.service_until_on >= months.next_month_on as is_in_force,
        months.next_month_on - months.month_on as month_days,
        greatest(
            least(lines.service_until_on, months.next_month_on) - greatest(lines.service_from_on, months.month_on), 0
        ) as served_days,
    from revenue
    inner join lines
        on revenue.invoice_id = lines.invoice_id and revenue.invoice_line_item_id = lines.invoice_line_item_id
    inner join months on revenue.month_on = months.month_on
    left join recurring_lines
        on
            revenue.invoice_id = recurring_lines.invoice_id
            and revenue.invoice_line_item_id = recurring_lines.invoice_line_item_id

),

-- what a line in force at the end of the month would have earned in all days of it
whole as (

    select
        *,
        case
            when is_recurring and not is_metered and is_in_force and served_days > 0
                then {{ round_ratio('(cast(earned_minor as hugeint) * month_days)', 'served_days') }}
            else 0
        end as whole_minor,
    from line_months

),

earned as (

    select
        subscription_id,
        price_id,
        currency,
        month_on,
        sum(earned_credit_minor) as earned_credit_minor,
        sum(case when is_metered then earned_minor else 0 end) as usage_minor,
        sum(case when is_recurring then 0 else earned_minor end) as one_off_minor,
        sum(case when is_recurring and not is_metered then earned_minor else 0 end) as recurring_minor,
        bool_or(whole_minor != 0) as is_in_force,
        sum(whole_minor) as whole_minor,
        -- Months have 28 to 31 days and MRR is a twelfth of a year: at most an eighth apart. A unit lost to rounding grows
        -- with the days it stands for, and a proration of hours is billed as one of a day.
        sum(
            case
                when whole_minor = 0 then 0
                when is_proration and served_days <= 2 then 40 * abs(whole_minor)
                else {{ round_ratio('abs(whole_minor)', '8') }}
            end
            + 2 * {{ round_ratio('month_days', 'greatest(served_days, 1)') }} + 4
        ) as days_limit_minor,
    from whole
    group by subscription_id, price_id, currency, month_on

),

mrr as (

    select
        coalesce(subscription_id, '') as subscription_id,
        coalesce(price_id, '') as price_id,
        currency,
        month_on,
        sum(mrr_minor) as mrr_minor,
    from invoiced
    group by coalesce(subscription_id, ''), coalesce(price_id, ''), currency, month_on

),

compared as (

    select
        coalesce(earned.subscription_id, mrr.subscription_id) as subscription_id,
        coalesce(earned.price_id, mrr.price_id) as price_id,
        coalesce(earned.currency, mrr.currency) as currency,
        coalesce(earned.month_on, mrr.month_on) as month_on,
        coalesce(earned.earned_credit_minor, 0) as credit_notes,
        -coalesce(earned.usage_minor, 0) as usage,
        -coalesce(earned.one_off_minor, 0) as one_off,
        coalesce(earned.is_in_force, false) as is_in_force,
        given_back.price_id is not null as is_given_back,
        coalesce(earned.whole_minor, 0) - coalesce(earned.recurring_minor, 0) as days_not_served,
        coalesce(mrr.mrr_minor, 0) - coalesce(earned.whole_minor, 0) as to_twelfth,
        coalesce(earned.days_limit_minor, 0) as days_limit_minor,
    from earned
    full outer join mrr
        on
            earned.subscription_id = mrr.subscription_id
            and earned.price_id = mrr.price_id
            and earned.currency = mrr.currency
            and earned.month_on = mrr.month_on
    left join given_back
        on
            coalesce(earned.subscription_id, mrr.subscription_id) = given_back.subscription_id
            and coalesce(earned.price_id, mrr.price_id) = given_back.price_id
            and coalesce(earned.currency, mrr.currency) = given_back.currency
            and coalesce(earned.month_on, mrr.month_on) = given_back.month_on

),

reasoned as (

    select
        *,
        case when is_in_force then 0 else days_not_served end as service_ended_in_month,
        case when is_in_force then days_not_served else 0 end as part_of_month,
        case when is_given_back then to_twelfth else 0 end as price_given_back,
        case
            when is_given_back then 0
            else greatest(least(to_twelfth, days_limit_minor), -days_limit_minor)
        end as calendar_days,
    from compared

),

explained as (

    select
        *,
        to_twelfth - price_given_back - calendar_days as unexplained,
    from reasoned

),

final as (

    {% for reason in ['credit_notes', 'one_off', 'usage', 'service_ended_in_month', 'part_of_month',
                      'price_given_back', 'calendar_days', 'unexplained'] -%}
        select
            subscription_id,
            price_id,
            currency,
            month_on,
            '{{ reason }}' as reason,
            cast({{ reason }} as bigint) as amount_minor,
        from explained
        where {{ reason }} != 0
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}

)

select * from final
