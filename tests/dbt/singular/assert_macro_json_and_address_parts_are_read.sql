-- A failing row means that billing customers lose their account key, or that equal addresses no longer meet.
with given as (

    select
        example.claim,
        example.metadata,
        example.expected_key,
        example.email,
        example.expected_domain
    from (
        values
        ('a text value', '{"house key": "A1", "n": 12}', 'A1', ' Ann@Example.COM ', 'example.com'),
        ('no such key', '{"n": 12}', null, 'no address', null),
        ('not JSON', 'house key=A1', null, '', null),
        ('nothing', null, null, null, null)
    ) as example (claim, metadata, expected_key, email, expected_domain)

),

checked as (

    select
        claim,
        {{ extract_json_text('metadata', 'house key') }} as actual_key,
        expected_key,
        {{ extract_email_domain('email') }} as actual_domain,
        expected_domain,
        {{ hash_personal('email') }} as actual_hash,
        case when nullif(trim(email), '') is not null then sha256(lower(trim(email))) end as expected_hash
    from given

)

select *
from checked
where
    actual_key is distinct from expected_key
    or actual_domain is distinct from expected_domain
    or actual_hash is distinct from expected_hash
