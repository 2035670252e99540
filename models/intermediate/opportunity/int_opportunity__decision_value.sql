-- One row per open opportunity, question and option but `enter` (whose value is the ROI itself): what the option adds against
-- leaving the deal as it is, over 500 draws that both arms share. Whole cents. A deal or an option with an unknown term has
-- no row.
with deals as (

    select * from {{ ref('int_opportunity__roi_term') }}
    where week_index = 0

),

options as (

    select
        *,
        cast(round(yearly_loss_amount * 100) as bigint) as yearly_loss_cents,
        cast(round((cost_on_win + added_support_cost) * 100) as bigint) as cost_on_win_cents,
        cast(round(cost_regardless * 100) as bigint) as cost_regardless_cents,
        -- nothing but a loss for as long as the customer stays, or once when it is won: one distribution per deal times an amount
        case
            when
                effect_mean is not null or coalesce(pull_in_days, 0) != 0 or other_arm_share != 1
                or cost_regardless > 0
                then 'drawn'
            when cost_on_win + added_support_cost = 0 then 'per_year'
            when yearly_loss_amount = 0 then 'on_win'
            else 'drawn'
        end as kind,
    from {{ ref('int_opportunity__decision_option') }}
    where
        question != 'enter'
        and yearly_loss_amount is not null
        and cost_on_win is not null
        and cost_regardless is not null
        and added_support_cost is not null

),

deal_draws as (

    {{ value_deal_draws('deals', ['opportunity_id']) }}

),

effect_types as (

    select distinct concession_type
    from options
    where effect_mean is not null

),

draws as (

    select distinct draw_id
    from {{ ref('int_lifecycle__value_draw') }}

),

-- standard normal luck of an effect, the same in every build; one number per draw and kind of concession
effect_draws as (

    select
        effect_types.concession_type,
        draws.draw_id,
        sqrt(-2 * ln({{ get_uniform("effect_types.concession_type || ':r:' || draws.draw_id") }}))
        * cos(2 * pi() * {{ get_uniform("effect_types.concession_type || ':a:' || draws.draw_id") }}) as deviate,
    from effect_types
    cross join draws

),

deal_sums as (

    select
        opportunity_id,
        count(*) as n_draws,
        sum(lifecycle_value_cents) as sum_value_cents,
        sum(cast(round(alive_years_disc * 1000000) as bigint)) as sum_alive_e6,
        sum(cast(round(win_probability * 1000000000) as bigint)) as sum_win_e9,
        sum(cast(round(win_probability * alive_years_disc * 1000000000) as bigint)) as sum_won_years_e9,
        sum(cast(round(win_probability * lifecycle_value_cents) as bigint)) as sum_won_value_cents,
        quantile_cont(win_probability * alive_years_disc, [0.05, 0.50, 0.95]) as won_years_quantiles,
        quantile_cont(win_probability, [0.05, 0.50, 0.95]) as win_quantiles,
    from deal_draws
    group by opportunity_id

),

-- a loss alone is never a gain, whatever the draw, and the worst draw of it is the one in which most is lost
scaled as (

    select
        options.opportunity_id,
        options.question,
        options.option_id,
        deal_sums.n_draws,
        -cast(round(
            case options.kind
                when 'per_year' then cast(options.yearly_loss_cents as hugeint) * deal_sums.sum_won_years_e9
                else cast(options.cost_on_win_cents as hugeint) * deal_sums.sum_win_e9
            end / 1000000000
        ) as bigint) as sum_gain_cents,
        -case options.kind
            when 'per_year' then options.yearly_loss_cents * deal_sums.won_years_quantiles[3]
            else options.cost_on_win_cents * deal_sums.win_quantiles[3]
        end as gain_cents_p05,
        -case options.kind
            when 'per_year' then options.yearly_loss_cents * deal_sums.won_years_quantiles[2]
            else options.cost_on_win_cents * deal_sums.win_quantiles[2]
        end as gain_cents_p50,
        -case options.kind
            when 'per_year' then options.yearly_loss_cents * deal_sums.won_years_quantiles[1]
            else options.cost_on_win_cents * deal_sums.win_quantiles[1]
        end as gain_cents_p95,
        0 as n_positive,
        cast(0 as bigint) as sum_effect_e9,
    from options
    inner join deal_sums on options.opportunity_id = deal_sums.opportunity_id
    where options.kind != 'drawn'

),

per_draw as (

    select
        options.opportunity_id,
        options.question,
        options.option_id,
        options.other_arm_share,
        options.value_factor,
        options.cost_regardless_cents,
        deal_draws.win_probability,
        -- log odds moved by the effect of this draw
        case
            when options.effect_mean is null then deal_draws.win_probability
            else deal_draws.win_probability / (
                deal_draws.win_probability
                + (1 - deal_draws.win_probability)
                * exp(-(options.effect_mean + options.effect_sd * effect_draws.deviate))
            )
        end as arm_win_probability,
        deal_draws.lifecycle_value_cents,
        deal_draws.lifecycle_value_cents
        - options.yearly_loss_cents * deal_draws.alive_years_disc
        - options.cost_on_win_cents as arm_value_cents,
    from options
    inner join deal_draws on options.opportunity_id = deal_draws.opportunity_id
    left join effect_draws
        on options.concession_type = effect_draws.concession_type and deal_draws.draw_id = effect_draws.draw_id
    where options.kind = 'drawn'

),

in_cents as (

    select
        opportunity_id,
        question,
        option_id,
        cast(round(
            case
                -- against parking, in which a part of the chance to win is kept
                when other_arm_share != 1 then {{ lose_by_parking('win_probability', 'other_arm_share') }} * arm_value_cents
                else arm_win_probability * arm_value_cents * value_factor - win_probability * lifecycle_value_cents
            end - cost_regardless_cents
        ) as bigint) as gain_cents,
        cast(round((arm_win_probability - win_probability) * 1000000000) as bigint) as effect_e9,
    from per_draw

),

drawn as (

    select
        opportunity_id,
        question,
        option_id,
        count(*) as n_draws,
        sum(gain_cents) as sum_gain_cents,
        quantile_cont(gain_cents, [0.05, 0.50, 0.95]) as quantiles,
        count(*) filter (where gain_cents > 0) as n_positive,
        sum(effect_e9) as sum_effect_e9,
    from in_cents
    group by opportunity_id, question, option_id

),

united as (

    select * from scaled
    union all
    select
        opportunity_id,
        question,
        option_id,
        n_draws,
        sum_gain_cents,
        quantiles[1] as gain_cents_p05,
        quantiles[2] as gain_cents_p50,
        quantiles[3] as gain_cents_p95,
        n_positive,
        sum_effect_e9,
    from drawn

),

final as (

    select
        united.opportunity_id,
        united.question,
        united.option_id,
        options.kind,
        cast(united.n_draws as bigint) as n_draws,
        cast({{ round_ratio('united.sum_gain_cents', 'united.n_draws') }} as bigint) as gain_mean_cents,
        cast(round(united.gain_cents_p05) as bigint) as gain_p05_cents,
        cast(round(united.gain_cents_p50) as bigint) as gain_p50_cents,
        cast(round(united.gain_cents_p95) as bigint) as gain_p95_cents,
        cast(united.n_positive as double) / united.n_draws as p_gain_positive,
        case when options.effect_mean is not null then cast(united.sum_effect_e9 as double) / 1000000000 / united.n_draws end
            as win_effect_mean,
        cast({{ round_ratio('deal_sums.sum_value_cents', 'deal_sums.n_draws') }} as bigint) as value_mean_cents,
        cast(deal_sums.sum_alive_e6 as double) / 1000000 / deal_sums.n_draws as alive_years_mean,
        cast(deal_sums.sum_win_e9 as double) / 1000000000 / deal_sums.n_draws as win_probability_mean,
        cast(deal_sums.sum_won_years_e9 as double) / 1000000000 / deal_sums.n_draws as won_years_mean,
        cast({{ round_ratio('deal_sums.sum_won_value_cents', 'deal_sums.n_draws') }} as bigint) as won_value_mean_cents,
    from united
    inner join options
        on
            united.opportunity_id = options.opportunity_id
            and united.question = options.question
            and united.option_id = options.option_id
    inner join deal_sums on united.opportunity_id = deal_sums.opportunity_id

)

select * from final
