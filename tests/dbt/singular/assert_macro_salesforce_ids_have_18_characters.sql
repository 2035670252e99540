-- A failing row means that normalise_salesforce_id gives a wrong id, so that records of two systems no longer
-- meet or, worse, meet the wrong partner. Known pairs; says nothing about ids that were lower-cased earlier.
with given as (

    select
        example.claim,
        example.raw_id,
        example.expected_id
    from (
        values
        ('the example of the support desk documentation', '0011H000026CXpi', '0011H000026CXpiQAG'),
        ('no upper case at all', '001000000000abc', '001000000000abcAAA'),
        ('upper case in every place', 'ABCDEFGHIJKLMNO', 'ABCDEFGHIJKLMNO555'),
        ('upper case in the last place of each five', '0000A0000B0000C', '0000A0000B0000CQQQ'),
        ('differs from the next in case only', '0061a00000BcDeF', '0061a00000BcDeFAAV'),
        ('differs from the one before in case only', '0061a00000bcDeF', '0061a00000bcDeFAAU'),
        ('18 characters stay', '0011H000026CXpiQAG', '0011H000026CXpiQAG'),
        ('blanks around an id do not count', ' 0011H000026CXpi ', '0011H000026CXpiQAG'),
        ('15 characters with a dash are no Salesforce id', 'ACCT-0000012345', 'ACCT-0000012345'),
        ('another system', 'cus_123', 'cus_123'),
        ('an empty text is null', '', null),
        ('null stays null', null, null)
    ) as example (claim, raw_id, expected_id)

),

checked as (

    select
        claim,
        raw_id,
        expected_id,
        {{ normalise_salesforce_id('raw_id') }} as actual_id
    from given

)

select *
from checked
where actual_id is distinct from expected_id
