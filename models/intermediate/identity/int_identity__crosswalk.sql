-- One row per source record. The best rule that points at an account decides; when it points at several, the record
-- carries no account, so that a join on account_id never spreads one customer's money over two.
with candidates as (

    select * from {{ ref('int_identity__match_candidate') }}

),

source_records as (

    select * from {{ ref('int_identity__source_record') }}

),

overrides as (

    select * from {{ ref('int_identity__override') }}

),

methods as (

    select * from {{ ref('identity_method') }}

),

living as (

    select
        *,
        bool_and(is_deleted_account) over (partition by source_system, source_id, rule_order) as has_only_deleted,
    from candidates

),

-- A rule that also points at a living account does not mean the deleted one.
counted as (

    select * from living
    where has_only_deleted or not is_deleted_account

),

-- A person's decision for an account that is not there leaves the record unmatched: no rule knows better than a person.
idle_overrides as (

    select
        overrides.source_system,
        overrides.source_id,
    from overrides
    left join candidates
        on
            overrides.source_system = candidates.source_system
            and overrides.source_id = candidates.source_id
            and candidates.match_method = 'override'
    where candidates.source_id is null

),

best_rule as (

    select
        counted.source_system,
        counted.source_id,
        min(counted.rule_order) as rule_order,
    from counted
    inner join methods on counted.match_method = methods.match_method
    left join idle_overrides
        on counted.source_system = idle_overrides.source_system and counted.source_id = idle_overrides.source_id
    where methods.is_automatic and idle_overrides.source_id is null
    group by counted.source_system, counted.source_id

),

decided as (

    select
        counted.source_system,
        counted.source_id,
        counted.rule_order,
        min(counted.match_method) as match_method,
        count(distinct counted.account_id) as candidate_accounts,
        count(distinct counted.account_id) > 1 or bool_or(counted.is_shared) as is_ambiguous,
        min(counted.account_id) as first_account_id,
        bool_or(counted.is_deleted_account) as is_deleted_account,
    from counted
    inner join best_rule
        on
            counted.source_system = best_rule.source_system
            and counted.source_id = best_rule.source_id
            and counted.rule_order = best_rule.rule_order
    group by counted.source_system, counted.source_id, counted.rule_order

),

-- What each lower rule says of the decision: it agrees when the decided account is among those it points at.
rule_opinions as (

    select
        decided.source_system,
        decided.source_id,
        counted.rule_order,
        min(methods.contradiction_factor) as contradiction_factor,
        bool_or(counted.account_id = decided.first_account_id) as is_agreeing,
    from decided
    inner join counted
        on
            decided.source_system = counted.source_system
            and decided.source_id = counted.source_id
            and decided.rule_order < counted.rule_order
    inner join methods on counted.match_method = methods.match_method
    -- a domain of several organisations says nothing about one of them
    where not decided.is_ambiguous and not counted.is_shared
    group by decided.source_system, decided.source_id, counted.rule_order

),

opinions as (

    select
        source_system,
        source_id,
        count(*) filter (where is_agreeing) as agreeing_rules,
        count(*) filter (where not is_agreeing) as contradicting_rules,
        min(contradiction_factor) filter (where not is_agreeing) as contradiction_factor,
    from rule_opinions
    group by source_system, source_id

),

final as (

    select
        source_records.source_system,
        source_records.source_id,
        coalesce(decided.match_method, 'unmatched') as match_method,
        decided.rule_order,
        coalesce(decided.candidate_accounts, 0) as candidate_accounts,
        coalesce(decided.is_ambiguous, false) as is_ambiguous,
        case when not decided.is_ambiguous then decided.first_account_id end as account_id,
        case when not decided.is_ambiguous then decided.is_deleted_account end as is_deleted_account,
        cast(
            case
                when not decided.is_ambiguous
                    then round(methods.match_confidence * coalesce(opinions.contradiction_factor, 1), 4)
            end as decimal(5, 4)
        ) as match_confidence,
        coalesce(opinions.agreeing_rules, 0) as agreeing_rules,
        coalesce(opinions.contradicting_rules, 0) as contradicting_rules,
        coalesce(opinions.contradicting_rules, 0) > 0 as has_contradiction,
        overrides.valid_from_on,
        overrides.valid_to_on,
    from source_records
    left join decided
        on source_records.source_system = decided.source_system and source_records.source_id = decided.source_id
    left join methods on decided.match_method = methods.match_method
    left join opinions
        on source_records.source_system = opinions.source_system and source_records.source_id = opinions.source_id
    left join overrides
        on
            source_records.source_system = overrides.source_system
            and source_records.source_id = overrides.source_id
            and decided.match_method = 'override'

)

select * from final
