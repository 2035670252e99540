{% macro normalise_salesforce_id(expression) %}
    {#- Salesforce id at 18 characters. A 15-character id tells records apart by upper and lower case only;
        the three added characters encode which of each five are upper case (bit i set when character i is).
        Ids of 18 characters and any other text stay as they are. Example: 0011H000026CXpi ->
        0011H000026CXpiQAG. -#}
    {%- set id = 'trim(' ~ expression ~ ')' -%}
    case
        when length({{ id }}) = 15 and regexp_full_match({{ id }}, '[0-9A-Za-z]{15}')
            then {{ id }}
            {%- for chunk in range(3) %}
                || substr(
                    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
                    1
                    {%- for bit in range(5) %}
                    + case
                        when substr({{ id }}, {{ 5 * chunk + bit + 1 }}, 1) between 'A' and 'Z'
                            then {{ 2 ** bit }}
                        else 0
                    end
                    {%- endfor %},
                    1
                )
            {%- endfor %}
        else nullif({{ id }}, '')
    end
{%- endmacro %}
