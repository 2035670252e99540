-- A failing row is a raw table whose rows are neither in its staging model nor counted as left out: rows were lost or
-- doubled on the way in. Says nothing about whether a row was left out for the right reason. One of three tests: planning
-- all tables in one statement takes longer than counting them.
{{ config(group='platform') }}
{{ compare_row_counts(['salesforce']) }}
