-- A failing row is a deal that the macro value_deal_draws does not value as by hand from the first row of the draws that
-- stands for its segment, term and age: 1,000 of ARR less 100 of onboarding, an expansion without growth, and a tenth of ARR
-- given away for good. Says nothing of the draws themselves. Without draws there is nothing to test.
with first_draw as (

    select * from {{ ref('int_lifecycle__value_draw') }}
    where growth_per_arr is not null
    order by segment_id, term_type, start_age_months, draw_id
    limit 1

),

deals as (

    select
        cases.case_name,
        cases.deal_type,
        cases.arr_amount,
        cases.onboarding_cost,
        cases.margin_given,
        first_draw.segment_id,
        first_draw.term_type,
        first_draw.start_age_months,
        -first_draw.win_logit_shift as win_logit,
        first_draw.draw_id as expected_draw_id,
        first_draw.value_per_arr,
        first_draw.growth_per_arr,
        first_draw.alive_years_disc,
    from (
        values
        ('new', 'new_business', 1000.00, 100.00, 0.0),
        ('expansion', 'expansion', 1000.00, 0.00, 0.0),
        ('conceded', 'new_business', 1000.00, 100.00, 0.1),
        ('no amount', 'new_business', null, 100.00, 0.0),
        ('no cost', 'new_business', 1000.00, null, 0.0)
    ) as cases (case_name, deal_type, arr_amount, onboarding_cost, margin_given)
    cross join first_draw

),

valued as (

    {{ value_deal_draws('deals', ['case_name', 'expected_draw_id'], margin_lost='deals.margin_given') }}

),

found as (

    select * from valued
    where draw_id = expected_draw_id

),

expected as (

    select
        case_name,
        cast(
            round(
                (
                    cast(arr_amount as double) * (
                        value_per_arr + case deal_type when 'expansion' then 0 else growth_per_arr end
                        - margin_given * alive_years_disc
                    ) - cast(onboarding_cost as double)
                ) * 100
            ) as bigint
        ) as lifecycle_value_cents,
    from deals

)

select
    expected.case_name,
    expected.lifecycle_value_cents as expected_cents,
    found.lifecycle_value_cents as found_cents,
    found.win_probability,
from expected
left join found on expected.case_name = found.case_name
where
    expected.lifecycle_value_cents is distinct from found.lifecycle_value_cents
    -- the shift of the draw moves the log odds back to even ones
    or abs(found.win_probability - 0.5) > 1e-12
