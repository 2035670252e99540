-- A failing row means that an address below a company's domain no longer meets its website, or that all companies below
-- one suffix meet each other.
with suffixes as (

    select example.suffix
    from (values ('co.uk')) as example (suffix)

),

given as (

    select
        example.host,
        example.expected
    from (
        values
        ('acme.com', 'acme.com'),
        ('Mail.EU.Acme.com', 'acme.com'),
        ('mail.acme.co.uk', 'acme.co.uk'),
        ('acme.co.uk', 'acme.co.uk'),
        ('co.uk', null),
        ('acme.com.', 'acme.com'),
        (' acme.com ', 'acme.com'),
        ('localhost', null),
        ('10.0.0.1', null),
        ('not a host.com', null),
        ('a..com', null),
        ('', null),
        (null, null)
    ) as example (host, expected)

),

checked as (

    select
        host,
        expected,
        {{ get_registrable_domain('host', 'select suffixes.suffix from suffixes') }} as actual
    from given

)

select *
from checked
where actual is distinct from expected
