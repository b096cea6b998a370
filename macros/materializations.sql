{#- How a model, or what a test found, comes to be: made in the place of the former one, in one transaction. Whoever
    reads meanwhile, or after a run that was killed, finds the former one. dbt-duckdb's own way goes by two other names
    and asks for indexes, grants and foreign keys, none of which stand here: a fifth of the time of a refresh. -#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set former = load_cached_relation(this) -%}
    {%- set drop_former = '' if former is none else 'drop ' ~ former.type ~ ' ' ~ former ~ ';' -%}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if model['language'] == 'python' -%}
        {#- Python writes on a connection of its own, which sees nothing of this transaction: another name first. -#}
        {%- set beside = make_intermediate_relation(relation) -%}
        {%- call statement('leftover', auto_begin=False) -%} drop table if exists {{ beside }} {%- endcall -%}
        {%- call statement('main', language='python') -%}
            {{ create_table_as(False, beside, compiled_code, 'python') }}
        {%- endcall -%}
        {%- call statement('in_its_place') -%}
            {{ drop_former }} alter table {{ beside }} rename to {{ relation.identifier }}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            {{ drop_former }} {{ create_table_as(False, relation, compiled_code) }}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set former = load_cached_relation(this) -%}
    {%- set drop_former = '' if former is none else 'drop ' ~ former.type ~ ' ' ~ former ~ ';' -%}
    {%- set relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%} {{ drop_former }} {{ get_create_view_as_sql(relation, sql) }} {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{#- A data test keeps what it found as a view, audit.<test> (dbt_project.yml): it tells of the rows as they are. -#}
{% materialization test, adapter='duckdb' %}
    {%- set former = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
    {%- set drop_former = '' if former is none else 'drop ' ~ former.type ~ ' ' ~ former ~ ';' -%}
    {%- set found = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type='view') -%}
    {%- call statement('create') -%} {{ drop_former }} create view {{ found }} as {{ sql }} {%- endcall -%}
    {{ adapter.commit() }}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_test_sql(
            'select * from ' ~ found, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), none
        ) }}
    {%- endcall -%}
    {{ return({'relations': [found]}) }}
{% endmaterialization %}
