{% macro hash_name_tokens(expression) -%}
    {#- The words of a name as sorted, distinct hashes joined by commas, so that names can be compared without
        being readable. Case, accents, punctuation and legal forms (seed legal_form) do not count; null when no
        word is left. Example: 'ACME Labs, Inc.' and 'Labs Acme' give the same text. -#}
    {{ return(adapter.dispatch('hash_name_tokens')(expression)) }}
{%- endmacro %}

{% macro default__hash_name_tokens(expression) -%}
    (
            select string_agg(md5(words.word), ',' order by md5(words.word))
            from (
                select distinct
                    unnest(
                        string_split_regex(
                            -- the dots of single letters go, so that S.A. reads sa
                            regexp_replace(strip_accents(lower({{ expression }})), '\b(\pL)\.', '\1', 'g'),
                            '[^\pL\pN]+'
                        )
                    ) as word
            ) as words
            where
                words.word <> ''
                and words.word not in (select legal_forms.legal_form from {{ ref('legal_form') }} as legal_forms)
        )
{%- endmacro %}
