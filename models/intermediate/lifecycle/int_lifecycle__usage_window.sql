-- One row per span of months in which the company's use was measured, first to last measured day. Before the first span and
-- between spans silence tells nothing, because nobody measured.
with usage_days as (

    select * from {{ ref('stg_product__usage_account_daily') }}
    where usage_on <= {{ as_of_date() }} and account_id is not null

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'product' and account_id is not null

),

spells as (

    select * from {{ ref('int_lifecycle__first_spell') }}

),

definition as (

    select max(value) filter (where rule_key = 'least_customer_coverage') as least_customer_coverage
    from {{ ref('value_definition') }}

),

-- only days on which it was a customer: a stray row of years before is no beginning of the measurement
usage_months as (

    select
        {{ month_start('usage_days.usage_on') }} as month_on,
        min(usage_days.usage_on) as first_usage_on,
        max(usage_days.usage_on) as last_usage_on,
        count(distinct spells.customer_id) as n_with_use,
    from usage_days
    inner join crosswalk on usage_days.account_id = crosswalk.source_id
    inner join spells on crosswalk.account_id = spells.customer_id
    where
        usage_days.usage_on >= spells.started_on
        and (spells.left_on is null or usage_days.usage_on <= spells.left_on)
    group by {{ month_start('usage_days.usage_on') }}

),

customers_in_month as (

    select
        usage_months.month_on,
        count(*) as n_customers,
    from usage_months
    inner join spells
        on
            {{ add_months('usage_months.month_on', 1) }} > spells.started_on
            and (spells.left_on is null or usage_months.month_on <= spells.left_on)
    group by usage_months.month_on

),

measured_months as (

    select
        usage_months.*,
        -- months that follow one another share this number
        {{ months_between("date '1970-01-01'", 'usage_months.month_on') }}
        - row_number() over (order by usage_months.month_on) as span_number,
    from usage_months
    inner join customers_in_month on usage_months.month_on = customers_in_month.month_on
    cross join definition
    where usage_months.n_with_use >= definition.least_customer_coverage * customers_in_month.n_customers

),

final as (

    select
        min(first_usage_on) as measured_from_on,
        max(last_usage_on) as measured_until_on,
        count(*) as n_months,
    from measured_months
    group by span_number

)

select * from final
