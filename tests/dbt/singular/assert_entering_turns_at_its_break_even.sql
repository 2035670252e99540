-- A row is a deal whose answer to entering lies on the wrong side of its first break-even, the lowest win probability that
-- pays: a no that is already met, or a yes that is missed. Where the draws do not agree (a chance of 20 to 80 %) or lean to
-- the other side of their mean, answer and break-even may differ, and the sentence says so. Says nothing about the card's.
with decisions as (

    select * from {{ ref('fct_opportunity_decision') }}
    where question = 'enter'

),

final as (

    select
        opportunity_id,
        answer,
        win_probability,
        break_even_value,
        incremental_roi_mean,
        p_incremental_positive,
    from decisions
    where
        -- the break-even is rounded to four decimals
        (
            answer = 'yes' and p_incremental_positive > 0.8 and incremental_roi_mean > 0
            and (break_even_value is null or win_probability < break_even_value - 0.00005)
        )
        or (
            answer = 'no' and p_incremental_positive < 0.2 and incremental_roi_mean < 0
            and win_probability > break_even_value + 0.00005
        )

)

select * from final
