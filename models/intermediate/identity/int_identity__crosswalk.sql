-- One row per billing customer and support organisation that at least one rule matched. The best rule decides; when it
-- points at several accounts the record is ambiguous and carries no account.
with candidates as (

    select * from {{ ref('int_identity__match_candidate') }}

),

best_rule as (

    select
        source_system,
        source_id,
        min(rule_order) as rule_order,
    from candidates
    group by source_system, source_id

),

decided as (

    select
        candidates.source_system,
        candidates.source_id,
        candidates.rule_order,
        min(candidates.match_method) as match_method,
        count(distinct candidates.account_id) as candidate_accounts,
        min(candidates.account_id) as first_account_id,
    from candidates
    inner join best_rule
        on
            candidates.source_system = best_rule.source_system
            and candidates.source_id = best_rule.source_id
            and candidates.rule_order = best_rule.rule_order
    group by candidates.source_system, candidates.source_id, candidates.rule_order

),

final as (

    select
        decided.source_system,
        decided.source_id,
        decided.match_method,
        decided.candidate_accounts,
        decided.candidate_accounts > 1 as is_ambiguous,
        case when decided.candidate_accounts = 1 then decided.first_account_id end as account_id,
        methods.match_confidence,
    from decided
    left join {{ ref('identity_method') }} as methods on decided.match_method = methods.match_method

)

select * from final
