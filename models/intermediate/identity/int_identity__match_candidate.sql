-- One row per source record, rule and account that the rule points at. Rules are numbered best first.
with key_references as (

    select * from {{ ref('int_identity__key_reference') }}
    where account_id is not null and is_known_record

),

email_candidates as (

    select * from {{ ref('int_identity__email_candidate') }}

),

domain_candidates as (

    select * from {{ ref('int_identity__domain_candidate') }}

),

source_records as (

    select * from {{ ref('int_identity__source_record') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}
    where account_id = canonical_account_id

),

methods as (

    select * from {{ ref('identity_method') }}

),

unioned as (

    select
        source_system,
        source_id,
        match_method,
        account_id,
        false as is_shared,
    from key_references

    union all

    select
        source_system,
        source_id,
        'email' as match_method,
        account_id,
        false as is_shared,
    from email_candidates

    union all

    select
        source_system,
        source_id,
        'domain' as match_method,
        account_id,
        is_shared,
    from domain_candidates

),

-- An account that the product counts under a billing id has the candidates of that billing customer.
with_product as (

    select * from unioned

    union all

    select
        product_records.source_system,
        product_records.source_id,
        unioned.match_method,
        unioned.account_id,
        unioned.is_shared,
    from source_records as product_records
    inner join unioned on product_records.source_id = unioned.source_id and unioned.source_system = 'stripe'
    where product_records.source_system = 'product'

),

final as (

    select
        with_product.source_system,
        with_product.source_id,
        methods.rule_order,
        with_product.match_method,
        with_product.account_id,
        accounts.is_deleted as is_deleted_account,
        accounts.is_merge_cycle,
        bool_and(with_product.is_shared) as is_shared,
    from with_product
    inner join methods on with_product.match_method = methods.match_method
    inner join accounts on with_product.account_id = accounts.account_id
    group by
        with_product.source_system,
        with_product.source_id,
        methods.rule_order,
        with_product.match_method,
        with_product.account_id,
        accounts.is_deleted,
        accounts.is_merge_cycle

)

select * from final
