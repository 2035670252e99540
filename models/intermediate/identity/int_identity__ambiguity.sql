-- One row per source record and account (or id that leads to none) that stands in the way of a clean match, with the best
-- rule that points there and the reason. Nothing here reaches money; a person decides by an override.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

candidates as (

    select * from {{ ref('int_identity__match_candidate') }}

),

key_references as (

    select * from {{ ref('int_identity__key_reference') }}

),

methods as (

    select * from {{ ref('identity_method') }}

),

judged as (

    select
        candidates.source_system,
        candidates.source_id,
        candidates.account_id as candidate_ref,
        candidates.rule_order,
        candidates.match_method,
        case
            when crosswalk.is_ambiguous and candidates.rule_order = crosswalk.rule_order and candidates.match_method = 'email'
                then 'shared_email'
            when crosswalk.is_ambiguous and candidates.rule_order = crosswalk.rule_order and candidates.match_method = 'domain'
                then 'shared_domain'
            when crosswalk.is_ambiguous and candidates.rule_order = crosswalk.rule_order
                then 'several_accounts'
            when crosswalk.account_id != candidates.account_id and not candidates.is_shared
                then 'contradiction'
            when candidates.is_merge_cycle then 'merge_cycle'
        end as reason,
    from candidates
    inner join crosswalk
        on candidates.source_system = crosswalk.source_system and candidates.source_id = crosswalk.source_id

),

-- Also keys of the CRM that name a record which is not there. A record created after the as-of day is no such record, and a
-- system that was not delivered at all is said elsewhere.
dangling as (

    select
        key_references.source_system,
        key_references.source_id,
        key_references.stated_id as candidate_ref,
        methods.rule_order,
        key_references.match_method,
        'dangling_reference' as reason,
    from key_references
    inner join methods on key_references.match_method = methods.match_method
    where (key_references.account_id is null and key_references.is_known_record) or key_references.is_absent_record

),

unioned as (

    select * from judged
    where reason is not null

    union all

    select * from dangling

),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system, source_id, candidate_ref order by rule_order, match_method, reason
        ) as reason_rank,
    from unioned

),

final as (

    select
        source_system,
        source_id,
        candidate_ref,
        match_method,
        rule_order,
        reason,
    from ranked
    where reason_rank = 1

)

select * from final
