-- One row per segment of the current version: its rule in words, how many mature deals stand behind it, and what
-- becomes of its customers, each with a 90 % interval. Outcomes are those of customers seen so far, not promises.
with rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

),

features as (

    select * from {{ ref('segment_feature') }}

),

kpis as (

    select * from {{ ref('stg_predictions__segment_kpi') }}

),

deals as (

    select count(*) > 0 as has_deals
    from {{ ref('int_opportunity__segment') }}

),

worded as (

    select
        rules.segment_version,
        rules.segment_id,
        rules.rule_order,
        rules.clause_order,
        rules.n_deals,
        rules.model_version,
        rules.as_of_date,
        case
            when abs(rules.threshold) > 1e9 and not deals.has_deals
                then 'every customer: without deals nothing tells customers apart before they sign'
            when abs(rules.threshold) > 1e9
                then 'every deal: too few have run for a year, or they differ too little, to tell kinds apart'
            else replace(
                case when rules.operator = '<=' then features.low_phrase else features.high_phrase end,
                '{threshold}',
                case features.digits
                    when 0 then format('{:.0f}', floor(rules.threshold))
                    when 1 then format('{:.1f}', rules.threshold)
                    else format('{:.2f}', rules.threshold)
                end
            )
        end as clause_sentence,
        case
            when abs(rules.threshold) > 1e9 and not deals.has_deals then 'All customers'
            when abs(rules.threshold) > 1e9 then 'All deals'
            when count(*) over (partition by rules.segment_id, rules.feature) > 1 then features.mid_name
            when rules.operator = '<=' then features.low_name
            else features.high_name
        end as clause_name,
    from rules
    cross join deals
    left join features on rules.feature = features.feature

),

named as (

    select
        segment_id,
        clause_name,
        -- the last clauses of a rule are those that set it apart from its neighbours
        row_number() over (partition by segment_id order by max(clause_order) desc) as name_rank,
    from worded
    group by segment_id, clause_name

),

short_names as (

    select
        segment_id,
        string_agg(clause_name, ', ' order by name_rank) as short_name,
    from named
    where name_rank <= 2
    group by segment_id

),

sentences as (

    select
        segment_version,
        segment_id,
        rule_order,
        max(n_deals) as n_mature_deals,
        min(model_version) as model_version,
        min(as_of_date) as as_of_date,
        string_agg(clause_sentence, '; ' order by clause_order) as rule_sentence,
    from worded
    group by segment_version, segment_id, rule_order

),

wide_kpis as (

    select
        segment_id,
        max(mean) filter (where metric = 'survival_12m') as survival_12m_mean,
        max(p05) filter (where metric = 'survival_12m') as survival_12m_p05,
        max(p95) filter (where metric = 'survival_12m') as survival_12m_p95,
        max(mean) filter (where metric = 'expand_prob_12m') as expand_prob_12m_mean,
        max(mean) filter (where metric = 'gross_margin_rate') as gross_margin_rate_mean,
        max(mean) filter (where metric = 'support_cost_per_arr_year') as support_cost_per_arr_year_mean,
        max(mean) filter (where metric = 'life_years') as life_years_mean,
        max(mean) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_mean,
        max(p05) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p05,
        max(p95) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p95,
        max(n_observed) filter (where metric = 'survival_12m') as n_observed,
        max(n_events) filter (where metric = 'survival_12m') as n_events,
        max(maturity_status) filter (where metric = 'survival_12m') as maturity_status,
    from kpis
    group by segment_id

),

final as (

    select
        sentences.segment_id,
        sentences.segment_version,
        case
            when count(*) over (partition by short_names.short_name) > 1
                then short_names.short_name || ' (' || sentences.segment_id || ')'
            else short_names.short_name
        end as segment_name,
        sentences.rule_sentence,
        cast(sentences.n_mature_deals as bigint) as n_mature_deals,
        wide_kpis.survival_12m_mean,
        wide_kpis.survival_12m_p05,
        wide_kpis.survival_12m_p95,
        wide_kpis.expand_prob_12m_mean,
        wide_kpis.gross_margin_rate_mean,
        wide_kpis.support_cost_per_arr_year_mean,
        wide_kpis.life_years_mean,
        wide_kpis.contribution_per_arr_12m_mean,
        wide_kpis.contribution_per_arr_12m_p05,
        wide_kpis.contribution_per_arr_12m_p95,
        coalesce(wide_kpis.n_observed, 0) as n_observed,
        coalesce(wide_kpis.n_events, 0) as n_events,
        coalesce(wide_kpis.n_events, 0) < 30 as is_low_support,
        coalesce(wide_kpis.maturity_status, 'prior_only') as maturity_status,
        sentences.model_version,
        {{ as_of_date() }} as as_of_date,
    from sentences
    inner join short_names on sentences.segment_id = short_names.segment_id
    left join wide_kpis on sentences.segment_id = wide_kpis.segment_id

)

select * from final
