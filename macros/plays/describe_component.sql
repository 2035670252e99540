{#- What a part of a score says of a deal, in words: for it or against it by the side of the middle on which it lies, and what is
    missing where it is not known. `components` is a relation like fct_opportunity_score_component, `policies` its row of the seed. -#}
{% macro describe_component(components, policies) -%}
    case
        when not {{ components }}.is_known then 'not known: ' || {{ policies }}.component_name
        when {{ components }}.component_score = 50 then {{ policies }}.component_name || ': neither good nor bad'
        when ({{ components }}.component_score > 50) = ({{ components }}.dimension != 'risk')
            then {{ word_component(policies ~ '.phrase_good', policies ~ '.unit', components ~ '.raw_value') }}
        else {{ word_component(policies ~ '.phrase_bad', policies ~ '.unit', components ~ '.raw_value') }}
    end
{%- endmacro %}
