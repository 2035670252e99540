-- A row is an open deal that lacks an option of the policy, a request of the deal desk that is not answered, or an answer whose
-- number is not that of its deal: entering is the expected ROI, working against parking the gain that the plays go by. Says
-- nothing about the other numbers.
with decisions as (

    select * from {{ ref('fct_opportunity_decision') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

options_missing as (

    select
        roi.opportunity_id,
        options.option_id,
        'option missing' as what,
    from roi
    cross join {{ ref('decision_option') }} as options
    left join decisions on roi.opportunity_id = decisions.opportunity_id and options.option_id = decisions.option_id
    where decisions.opportunity_id is null

),

requests_missing as (

    select
        requests.opportunity_id,
        requests.request_id as option_id,
        'request missing' as what,
    from {{ ref('int_opportunity__request_option') }} as requests
    left join decisions on requests.request_id = decisions.request_id
    where requests.request_id is not null and decisions.request_id is null

),

numbers_differ as (

    select
        decisions.opportunity_id,
        decisions.option_id,
        'number differs' as what,
    from decisions
    inner join roi on decisions.opportunity_id = roi.opportunity_id
    where
        (
            decisions.option_id = 'work_it'
            and (
                decisions.incremental_roi_mean is distinct from roi.accelerate_roi_mean
                or abs(decisions.p_incremental_positive - roi.p_accelerate_positive) > 0.000001
            )
        )
        or (decisions.option_id = 'this_deal' and decisions.incremental_roi_mean is distinct from roi.roi_expected_mean)

)

select * from options_missing
union all
select * from requests_missing
union all
select * from numbers_differ
