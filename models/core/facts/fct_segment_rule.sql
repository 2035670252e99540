-- One row per version of the segments and segment: its rule in words, as SQL and as a short name.
with rules as (

    select * from {{ ref('stg_predictions__segment_rule_version') }}

),

features as (

    select * from {{ ref('segment_feature') }}

),

deals as (

    select count(*) > 0 as has_deals
    from {{ ref('int_opportunity__segment') }}

),

-- both bounds of one signal read as one condition
conditions as (

    select
        segment_version,
        segment_id,
        min(rule_order) as rule_order,
        min(clause_order) as condition_order,
        max(clause_order) as last_clause_order,
        feature,
        operator in ('in', 'not in') as is_category,
        max(case when operator = '>' then threshold end) as low,
        min(case when operator = '<=' then threshold end) as high,
        bool_or(operator = 'in') as is_listed,
        -- a branch may ask for a signal twice: what counts is what every list lets in, or else all that any list shuts out
        list_filter(
            list(string_split(categories, '|') order by clause_order) filter (where operator = 'in')[1],
            source -> list_aggregate(
                list(list_contains(string_split(categories, '|'), source) = (operator = 'in')), 'bool_and'
            )
        ) as listed,
        -- where the stand-in of an unknown value lies on the rule's side, deals that do not record it belong as well
        bool_and(case operator
            when '<=' then missing_value <= threshold
            when '>' then missing_value > threshold
            else operator = 'not in'
        end) as takes_unknown,
        string_agg(
            case
                when abs(threshold) > 1e9 then 'true'
                when is_category
                    then concat(
                        if(operator = 'not in', 'not ', ''), 'coalesce(list_contains(string_split(''',
                        replace(categories, '''', ''''''), ''', ''|''), ', feature, '), false)'
                    )
                else concat(
                    'coalesce(', feature, ', ', cast(missing_value as varchar), ') ', operator, ' ', cast(threshold as varchar)
                )
            end, ' and ' order by clause_order
        ) as predicate,
        max(n_deals) as n_deals,
        min(valid_from_on) as valid_from_on,
        min(model_version) as model_version,
    from rules
    group by segment_version, segment_id, feature, is_category

),

worded as (

    select
        conditions.*,
        case
            when conditions.low < -1e9 and not deals.has_deals
                then 'every customer: without deals nothing tells customers apart before they sign'
            when conditions.low < -1e9
                then 'every deal: too few have run for a year, or they differ too little, to tell kinds apart'
            else replace(replace(replace(
                case
                    when conditions.is_category
                        then case when conditions.is_listed then features.low_phrase else features.high_phrase end
                    when conditions.low is not null and conditions.high is not null then features.mid_phrase
                    when conditions.high is not null then features.low_phrase
                    else features.high_phrase
                end,
                '{threshold}',
                coalesce({{ format_bound('coalesce(conditions.high, conditions.low)', 'features.digits') }}, '')
            ), '{low}', coalesce({{ format_bound(
                'case when features.digits = 0 then floor(conditions.low) + 1 else conditions.low end', 'features.digits'
            ) }}, '')), '{categories}', coalesce(replace(conditions.categories, '|', ' or '), ''))
        end as condition_sentence,
        case
            when conditions.low < -1e9 and not deals.has_deals then 'All customers'
            when conditions.low < -1e9 then 'All deals'
            else replace(
                case
                    when conditions.is_category
                        then case when conditions.is_listed then features.low_name else features.high_name end
                    when conditions.low is not null and conditions.high is not null then features.mid_name
                    when conditions.high is not null then features.low_name
                    else features.high_name
                end, '{categories}', coalesce(replace(conditions.categories, '|', ' or '), '')
            )
        end as condition_name,
    from conditions
    cross join deals
    left join features on conditions.feature = features.feature

),

ranked as (

    select
        *,
        -- the last clauses of a rule are those that set it apart from its neighbours
        row_number() over (
            partition by segment_version, segment_id order by last_clause_order desc, condition_name asc
        ) as name_rank,
    from worded

),

sentences as (

    select
        segment_version,
        segment_id,
        min(rule_order) as rule_order,
        string_agg(condition_name, ', ' order by name_rank) filter (where name_rank <= 2) as short_name,
        string_agg(condition_sentence, '; ' order by condition_order) as rule_sentence,
        string_agg(predicate, ' and ' order by condition_order) as rule_predicate,
        max(n_deals) as n_mature_deals,
        min(valid_from_on) as valid_from_on,
        min(model_version) as model_version,
    from ranked
    group by segment_version, segment_id

),

final as (

    select
        segment_version,
        segment_id,
        rule_order,
        case
            when count(*) over (partition by segment_version, short_name) > 1
                then short_name || ' (' || segment_id || ')'
            else short_name
        end as segment_name,
        rule_sentence,
        rule_predicate,
        cast(n_mature_deals as bigint) as n_mature_deals,
        valid_from_on,
        model_version,
    from sentences

)

select * from final
