-- One row per unmatched billing customer or support organisation and one of its three most likely accounts by name. For
-- a person to look at: nothing joins money through it. Words are hashed; the score is the weight of the shared words over
-- the weight of all words of both names, where a word weighs the more the fewer accounts carry it.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

crm_accounts as (

    select * from {{ ref('stg_salesforce__account') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}
    where account_id = canonical_account_id and not is_deleted and (created_at is null or {{ was_known('created_at') }})

),

thresholds as (

    select
        max(value) filter (where threshold_key = 'suggestion_score_min') as score_min,
        max(value) filter (where threshold_key = 'suggestion_token_accounts_max') as token_accounts_max,
    from {{ ref('identity_threshold') }}

),

record_names as (

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        name_tokens,
    from stripe_customers

    union all

    select
        'zendesk' as source_system,
        cast(organization_id as varchar) as source_id,
        name_tokens,
    from organizations

),

record_tokens as (

    select
        record_names.source_system,
        record_names.source_id,
        unnest(string_split(record_names.name_tokens, ',')) as token,
    from record_names
    inner join crosswalk
        on record_names.source_system = crosswalk.source_system and record_names.source_id = crosswalk.source_id
    where crosswalk.account_id is null and record_names.name_tokens is not null

),

account_tokens as (

    select
        crm_accounts.account_id,
        unnest(string_split(crm_accounts.name_tokens, ',')) as token,
    from crm_accounts
    inner join accounts on crm_accounts.account_id = accounts.account_id
    where crm_accounts.name_tokens is not null

),

n_accounts as (

    select count(distinct account_id) as n_accounts from account_tokens

),

-- whole thousandths, so that sums do not depend on the order of rows
token_weights as (

    select
        account_tokens.token,
        count(*) as n_token_accounts,
        cast(round(1000 * ln(1 + any_value(n_accounts.n_accounts) / count(*))) as bigint) as weight,
    from account_tokens
    cross join n_accounts
    group by account_tokens.token

),

record_weights as (

    select
        record_tokens.source_system,
        record_tokens.source_id,
        -- a word that no account carries is as rare as can be
        sum(coalesce(token_weights.weight, cast(round(1000 * ln(1 + n_accounts.n_accounts)) as bigint))) as weight,
    from record_tokens
    cross join n_accounts
    left join token_weights on record_tokens.token = token_weights.token
    group by record_tokens.source_system, record_tokens.source_id

),

account_weights as (

    select
        account_tokens.account_id,
        sum(token_weights.weight) as weight,
    from account_tokens
    inner join token_weights on account_tokens.token = token_weights.token
    group by account_tokens.account_id

),

-- Only a rare shared word brings a pair together, so that the pairs do not grow with the square of the names.
pairs as (

    select distinct
        record_tokens.source_system,
        record_tokens.source_id,
        account_tokens.account_id,
    from record_tokens
    inner join token_weights on record_tokens.token = token_weights.token
    inner join thresholds on token_weights.n_token_accounts <= thresholds.token_accounts_max
    inner join account_tokens on record_tokens.token = account_tokens.token

),

shared_weights as (

    select
        pairs.source_system,
        pairs.source_id,
        pairs.account_id,
        sum(token_weights.weight) as weight,
        count(*) as shared_words,
    from pairs
    inner join record_tokens
        on pairs.source_system = record_tokens.source_system and pairs.source_id = record_tokens.source_id
    inner join account_tokens
        on pairs.account_id = account_tokens.account_id and record_tokens.token = account_tokens.token
    inner join token_weights on record_tokens.token = token_weights.token
    group by pairs.source_system, pairs.source_id, pairs.account_id

),

matched_accounts as (

    select distinct
        source_system,
        account_id,
    from crosswalk
    where account_id is not null

),

scored as (

    select
        shared_weights.source_system,
        shared_weights.source_id,
        shared_weights.account_id,
        shared_weights.shared_words,
        matched_accounts.account_id is not null as is_account_matched,
        cast(
            shared_weights.weight
            / (record_weights.weight + account_weights.weight - shared_weights.weight) as decimal(5, 4)
        ) as suggestion_score,
    from shared_weights
    inner join record_weights
        on
            shared_weights.source_system = record_weights.source_system
            and shared_weights.source_id = record_weights.source_id
    inner join account_weights on shared_weights.account_id = account_weights.account_id
    left join matched_accounts
        on
            shared_weights.source_system = matched_accounts.source_system
            and shared_weights.account_id = matched_accounts.account_id

),

ranked as (

    select
        scored.*,
        -- of equal names the account that nothing belongs to yet comes first
        row_number() over (
            partition by scored.source_system, scored.source_id
            order by scored.suggestion_score desc, scored.is_account_matched asc, scored.account_id asc
        ) as suggestion_rank,
        lead(scored.suggestion_score) over (
            partition by scored.source_system, scored.source_id
            order by scored.suggestion_score desc, scored.is_account_matched asc, scored.account_id asc
        ) as next_score,
    from scored
    inner join thresholds on scored.suggestion_score >= thresholds.score_min

),

final as (

    select
        source_system,
        source_id,
        suggestion_rank,
        account_id,
        suggestion_score,
        cast(suggestion_score - coalesce(next_score, 0) as decimal(5, 4)) as lead_over_next,
        shared_words,
        is_account_matched,
    from ranked
    where suggestion_rank <= 3

)

select * from final
