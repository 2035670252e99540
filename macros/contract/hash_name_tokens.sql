{% macro hash_name_tokens(expression) -%}
    {#- Words of a company name, each hashed, as sorted comma-joined text: lower case without accents and punctuation,
        legal forms left out; null when nothing is left. Names meet by shared words without being readable. -#}
    {%- set legal_forms = [
        'ab', 'ag', 'as', 'bv', 'co', 'company', 'corp', 'corporation', 'gmbh', 'inc', 'incorporated', 'kg', 'limited',
        'llc', 'llp', 'ltd', 'nv', 'oy', 'plc', 'pty', 'sa', 'sarl', 'sas', 'se', 'spa', 'srl', 'the', 'and'
    ] -%}
    nullif(
        array_to_string(
            list_sort(
                list_distinct(
                    [
                        md5(word)
                        for word in regexp_split_to_array(lower(strip_accents({{ expression }})), '[^a-z0-9]+')
                        if word != '' and word not in ('{{ legal_forms | join("', '") }}')
                    ]
                )
            ),
            ','
        ),
        ''
    )
{%- endmacro %}
