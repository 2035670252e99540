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
        count(*) filter (where operator = 'in') as n_lists,
        -- where the stand-in of an unknown value lies on the rule's side, deals that do not record it belong as well
        coalesce(bool_and(case operator
            when '<=' then missing_value <= threshold
            when '>' then missing_value > threshold
            else operator = 'not in'
        end), false) as takes_unknown,
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

list_entries as (

    select
        segment_version,
        segment_id,
        feature,
        operator,
        unnest(string_split(categories, '|')) as category,
    from rules
    where operator in ('in', 'not in')

),

counted_entries as (

    select
        segment_version,
        segment_id,
        feature,
        category,
        count(*) filter (where operator = 'in') as n_in,
        count(*) filter (where operator = 'not in') as n_out,
    from list_entries
    group by segment_version, segment_id, feature, category

),

-- a path may ask for a category twice: what is left are those that every list lets in and none shuts out; where no list
-- lets any in, all that are shut out
named_categories as (

    select
        counted_entries.segment_version,
        counted_entries.segment_id,
        counted_entries.feature,
        string_agg(counted_entries.category, ' or ' order by counted_entries.category) as categories_text,
    from counted_entries
    inner join conditions
        on
            counted_entries.segment_version = conditions.segment_version
            and counted_entries.segment_id = conditions.segment_id
            and counted_entries.feature = conditions.feature
    where
        conditions.is_category
        and (
            conditions.n_lists = 0
            or (counted_entries.n_in = conditions.n_lists and counted_entries.n_out = 0)
        )
    group by counted_entries.segment_version, counted_entries.segment_id, counted_entries.feature

),

-- bounds as a person reads them: a count above 5.5 is one from 6
bounds as (

    select
        conditions.*,
        features.digits,
        -- a share of 0.29 is 29 %, not 28.999 cut to 28
        round(conditions.low * features.shown_times, 6) as shown_low,
        round(conditions.high * features.shown_times, 6) as shown_high,
        case
            when conditions.is_category or conditions.low is null or conditions.high is null
                then conditions.high is not null or conditions.n_lists > 0
        end as is_low_side,
        features.low_phrase,
        features.mid_phrase,
        features.high_phrase,
        features.low_name,
        features.mid_name,
        features.high_name,
    from conditions
    left join features on conditions.feature = features.feature

),

placeholders as (

    select
        bounds.*,
        {{ format_bound('coalesce(bounds.shown_high, bounds.shown_low)', 'bounds.digits') }} as threshold_text,
        {{ format_bound(
            'case when bounds.digits = 0 then floor(bounds.shown_low) + 1 else bounds.shown_low end', 'bounds.digits'
        ) }} as low_text,
        coalesce(named_categories.categories_text, 'nowhere') as categories_text,
    from bounds
    left join named_categories
        on
            bounds.segment_version = named_categories.segment_version
            and bounds.segment_id = named_categories.segment_id
            and bounds.feature = named_categories.feature

),

worded as (

    select
        placeholders.*,
        case
            when placeholders.low < -1e9 and not deals.has_deals
                then 'every customer: without deals nothing tells customers apart before they sign'
            when placeholders.low < -1e9
                then 'every deal: too few have run for a year, or they differ too little, to tell kinds apart'
            else
                {{ fill_placeholders('placeholders', 'phrase') }}
                || case when placeholders.takes_unknown then ' or not recorded' else '' end
        end as condition_sentence,
        case
            when placeholders.low < -1e9 and not deals.has_deals then 'All customers'
            when placeholders.low < -1e9 then 'All deals'
            else {{ fill_placeholders('placeholders', 'name') }}
        end as condition_name,
    from placeholders
    cross join deals

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
