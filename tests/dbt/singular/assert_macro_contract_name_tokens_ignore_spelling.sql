-- A failing row means that hash_name_tokens tells two spellings of one name apart, takes two names for one, or lets a name
-- through in the clear.
with given as (

    select
        example.claim,
        example.name,
        example.words
    from (
        values
        ('legal form and punctuation do not count', 'ACME Labs, Inc.', ['acme', 'labs']),
        ('order and repetition do not count', 'Labs  Acme Labs', ['acme', 'labs']),
        ('dotted legal forms', 'Société Générale S.A.', ['societe', 'generale']),
        ('accents and case do not count', 'SOCIETE GENERALE SAS', ['generale', 'societe']),
        ('letters of other scripts are letters', 'Яндекс ООО', ['яндекс', 'ооо']),
        ('digits are part of a name', '3M Company', ['3m']),
        ('only a legal form is nothing', 'GmbH & Co. KG', []),
        ('no name', '', []),
        ('null', null, [])
    ) as example (claim, name, words)

),

checked as (

    select
        claim,
        {{ hash_name_tokens('name') }} as actual_tokens,
        nullif(
            array_to_string(list_sort(list_transform(words, lambda word: md5(word))), ','), ''
        ) as expected_tokens
    from given

)

select *
from checked
where actual_tokens is distinct from expected_tokens
