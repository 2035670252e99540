-- One row per decided new-business deal and dimension of its structure: the band it stands in, how soon its customer paid, and
-- what the concession gives away by arithmetic over the customer's expected life. Only won deals give anything away. What
-- became of the customer stands in fct_deal_outcome.
with structures as (

    select * from {{ ref('int_opportunity__structure') }}

),

deals as (

    select * from {{ ref('int_opportunity__concession') }}

),

dimensions as (

    select * from {{ ref('structure_dimension') }}

),

lives as (

    select
        segment_id,
        cast(round(mean * 10000) as bigint) as life_years_e4,
    from {{ ref('stg_predictions__segment_kpi') }}
    -- before one customer month was seen, the prior is nobody's life
    where metric = 'life_years' and n_observed > 0

),

assumptions as (

    select
        cast(round(max(value) filter (where assumption_key = 'discount_rate_annual') * 10000) as bigint) as rate_e4,
        cast(
            round(max(value) filter (where assumption_key = 'onboarding_hours_per_customisation') * 10000) as bigint
        ) as hours_e4,
        max(value) filter (where assumption_key = 'delivery_hour_cost') as hour_cost,
    from {{ ref('int_cost__assumption') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

bills as (

    select * from {{ ref('int_revenue__receivable_invoice') }}
    -- a date of payment that nobody stated would show customers that pay when the row was written
    where total_minor > 0 and is_payment_dated and {{ was_known('paid_at') }}

),

payments as (

    select
        customers.customer_id,
        count(*) as n_bills_paid,
        sum(greatest({{ days_between('bills.billed_on', 'cast(bills.paid_at as date)') }}, 0)) as days_to_pay,
    from bills
    inner join customers on bills.customer_id = customers.customer_id
    where bills.billed_on < {{ add_months('customers.start_month_on', 12) }}
    group by customers.customer_id

),

priced as (

    select
        structures.opportunity_id,
        structures.dimension,
        dimensions.accounting_basis,
        {{ convert_to_minor_units('structures.annual_amount', '1', 'reporting.exponent') }} as annual_cents,
        cast(round(structures.structure_value * 10000) as hugeint) as value_e4,
        cast(round(dimensions.standard_value * 10000) as hugeint) as standard_e4,
        cast(round(deals.granted_margin_points * 10000) as hugeint) as points_e4,
        coalesce(lives.life_years_e4, company_life.life_years_e4) as life_years_e4,
        assumptions.rate_e4,
        assumptions.hours_e4,
        {{ convert_to_minor_units('assumptions.hour_cost', '1', 'reporting.exponent') }} as hour_cost_cents,
    from structures
    inner join dimensions on structures.dimension = dimensions.dimension
    inner join deals on structures.opportunity_id = deals.opportunity_id
    cross join assumptions
    cross join reporting
    left join lives on deals.segment_id = lives.segment_id
    left join lives as company_life on company_life.segment_id = 'all'
    where deals.is_won

),

given_up as (

    select
        opportunity_id,
        dimension,
        annual_cents,
        case
            -- least and greatest pass over nulls
            when value_e4 is null then null
            -- the list price is the net one over what is left of it
            when accounting_basis = 'list_price'
                then {{ round_ratio(
                    '(cast(annual_cents as hugeint) * value_e4 * life_years_e4)', '((1000000 - value_e4) * 10000)'
                ) }}
            when accounting_basis = 'capital'
                then {{ round_ratio(
                    '(cast(annual_cents as hugeint) * greatest(value_e4 - standard_e4, 0) * rate_e4 * life_years_e4)',
                    '(cast(365 as hugeint) * 1000000000000)'
                ) }}
            when accounting_basis = 'delivery_hours'
                then {{ round_ratio('(cast(hour_cost_cents as hugeint) * value_e4 * hours_e4)', '100000000') }}
            when accounting_basis = 'margin_points'
                then {{ round_ratio('(cast(annual_cents as hugeint) * points_e4 * life_years_e4)', '10000000000') }}
        end as given_up_cents,
        accounting_basis,
    from priced

),

-- requests speak of the same money as the discount, so the set holds the first three bases only
sets as (

    select
        opportunity_id,
        cast(
            sum(given_up_cents) filter (where accounting_basis in ('list_price', 'capital', 'delivery_hours')) as bigint
        ) as given_up_cents,
    from given_up
    group by opportunity_id

),

final as (

    select
        structures.opportunity_id,
        structures.dimension,
        deals.segment_id,
        structures.structure_value,
        structures.band,
        structures.is_treated,
        structures.is_concession,
        structures.concession_count,
        structures.concession_types,
        payments.n_bills_paid,
        payments.days_to_pay,
        given_up.annual_cents,
        cast(
            case
                when given_up.accounting_basis != 'sum' then given_up.given_up_cents
                when structures.concession_count is not null then sets.given_up_cents
            end as bigint
        ) as accounting_given_up_cents,
    from structures
    inner join deals on structures.opportunity_id = deals.opportunity_id
    left join payments on deals.customer_id = payments.customer_id and deals.is_mature_12m
    left join given_up
        on structures.opportunity_id = given_up.opportunity_id and structures.dimension = given_up.dimension
    left join sets on structures.opportunity_id = sets.opportunity_id

)

select * from final
