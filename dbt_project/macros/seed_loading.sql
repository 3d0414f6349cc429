{#
  How a seed's CSV becomes a table: every cell is read as text, checked against the type
  its YAML gives, then loaded by column name. Which values make sense belongs in seed_rules.sql.
  Rows are numbered as a spreadsheet does: the header is row 1, and a blank line is a row.
#}

{#- dbt-duckdb would COPY the file by position with sniffed dates and rounded integers. -#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set rows = seed_filled_rows(agate_table) %}
    {% do refuse_seed(seed_cell_faults(model, agate_table.column_names, rows)) %}
    {% do remember_blank_rows(model, rows) %}
    {% set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
    {% set row_markers = '(' ~ (['?'] * (agate_table.column_names | length)) | join(', ') ~ ')' %}
    {% for batch in rows | batch(1000) %}
        {% set cells = [] %}
        {% for row in batch %}{% do cells.extend(row.cells) %}{% endfor %}
        {% set insert_rows %}
            insert into {{ this.render() }} ({{ columns }})
            values {{ ([row_markers] * (batch | length)) | join(', ') }}
        {% endset %}
        {% do adapter.add_query(insert_rows, bindings=cells, abridge_sql_log=True) %}
    {% endfor %}
    {{ return('-- rows bound as text, one insert a thousand') }}
{% endmacro %}


{#- Blank lines are no rows, nor are the rows of empty cells that a spreadsheet leaves; each row has its number. -#}
{% macro seed_filled_rows(agate_table) %}
    {% set rows = [] %}
    {% for row in agate_table.rows %}
        {% if row.values() | reject('none') | list %}
            {% do rows.append({'number': loop.index + 1, 'cells': row}) %}
        {% endif %}
    {% endfor %}
    {{ return(rows) }}
{% endmacro %}


{#- Where the blank rows of a file are, for its tests: a table keeps only the order of the others. -#}
{% macro remember_blank_rows(model, rows) %}
    {% set blank_rows = [] %}
    {% for row in rows %}
        {% set blank_before = row.number - loop.index - 1 %}
        {% if blank_before > (blank_rows[-1][1] if blank_rows else 0) %}
            {% do blank_rows.append((loop.index, blank_before)) %}
        {% endif %}
    {% endfor %}
    {% do run_query(
        'create table if not exists ' ~ seed_blank_rows()
        ~ ' (seed varchar, data_row integer, blank_before integer)'
    ) %}
    {% do run_query('delete from ' ~ seed_blank_rows() ~ " where seed = '" ~ model.name ~ "'") %}
    {% for data_row, blank_before in blank_rows %}
        {% do run_query(
            'insert into ' ~ seed_blank_rows() ~ " values ('" ~ model.name ~ "', " ~ data_row ~ ', '
            ~ blank_before ~ ')'
        ) %}
    {% endfor %}
{% endmacro %}


{#- Seed, data row from 1 and how many blank rows lie before it, for each first row after some. -#}
{% macro seed_blank_rows() %}{{ return(target.database ~ '.' ~ target.schema ~ '.seed_blank_rows') }}{% endmacro %}


{% macro duckdb__create_csv_table(model, agate_table) %}
    {% do refuse_seed(seed_header_faults(model, agate_table.column_names)) %}
    {{ return(default__create_csv_table(model, agate_table)) }}
{% endmacro %}


{#- Made anew: a seed whose columns changed would not fit the table of the night before. -#}
{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {% do adapter.drop_relation(old_relation) %}
    {{ return(create_csv_table(model, agate_table)) }}
{% endmacro %}


{#- Stops the run with one sentence a line. -#}
{% macro refuse_seed(faults) %}
    {% if faults %}
        {% do exceptions.raise_compiler_error(faults | join('\n')) %}
    {% endif %}
{% endmacro %}


{% macro seed_header_faults(model, header) %}
    {% set expected = model.config.column_types.keys() | list %}
    {% set wrong = [] %}
    {% for name in expected if name not in header %}
        {% do wrong.append("column '" ~ name ~ "' is missing") %}
    {% endfor %}
    {% for name in header if name not in expected %}
        {% do wrong.append("column '" ~ name ~ "' is unknown") %}
    {% endfor %}
    {% if not wrong %}{{ return([]) }}{% endif %}
    {{ return([
        model.name ~ '.csv: ' ~ wrong | join(', ') ~ '. The first line must be ' ~ expected | join(',') ~ '.'
    ]) }}
{% endmacro %}


{% macro seed_cell_faults(model, header, rows) %}
    {% set types = {} %}
    {% for name in header %}{% do types.update({name: model.config.column_types[name] | lower}) %}{% endfor %}
    {% set faults = [] %}
    {% for row in rows %}
        {% set cells = row.cells %}
        {% set key = header[0] ~ " '" ~ (cells[0] or '').split('\n')[0] ~ "'" %}
        {% set place = model.name ~ '.csv, row ' ~ row.number ~ ' (' ~ key ~ '): ' %}
        {#- Any text of one line is a varchar: nothing is asked of most cells. -#}
        {% for name in header
            if cells[name] is not none and (types[name] != 'varchar' or '\n' in cells[name]) %}
            {% set remedy = seed_cell_remedy(cells[name], types[name]) %}
            {% if remedy %}
                {% set cell = cells[name].split('\n')[0] %}
                {% do faults.append(place ~ name ~ " '" ~ cell ~ "' " ~ remedy) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(faults) }}
{% endmacro %}


{#- What is wrong with a cell of that type, or nothing; the same spellings as in the feeds. -#}
{% macro seed_cell_remedy(cell, type) %}
    {% if '\n' in cell %}
        {{ return('runs over the end of its line. Close its quote, or write it on one line.') }}
    {% elif type == 'integer' and not modules.re.fullmatch('-?[0-9]{1,9}([.]0+)?', cell) %}
        {{ return('is no whole number. Write digits only, such as 10.') }}
    {% elif type == 'boolean'
        and cell | lower not in ['true', 'false', 't', 'f', 'yes', 'no', 'y', 'n', '1', '0'] %}
        {{ return('is neither true nor false. Write one of the two.') }}
    {% elif type == 'date' and not is_calendar_day(cell) %}
        {{ return('is no date. Write it as YYYY-MM-DD, such as 2025-01-31.') }}
    {% elif type.startswith('decimal') %}
        {% set precision, scale = modules.re.findall('[0-9]+', type) | map('int') %}
        {% set shape = '-?[0-9]{1,' ~ (precision - scale) ~ '}([.][0-9]{1,' ~ scale ~ '})?' %}
        {% if not modules.re.fullmatch(shape, cell) %}
            {{ return('is no number with at most ' ~ scale ~ ' decimals. Write it with digits and'
                ~ ' a point, such as 12.5.') }}
        {% endif %}
    {% endif %}
    {{ return('') }}
{% endmacro %}


{% macro is_calendar_day(cell) %}
    {% if not modules.re.fullmatch('[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}', cell) %}
        {{ return(false) }}
    {% endif %}
    {% set year, month, day = cell.split('-') | map('int') %}
    {% if not 1900 <= year <= 2200 %}{{ return(false) }}{% endif %}
    {% set next_month = modules.datetime.date(year + month // 12, month % 12 + 1, 1) %}
    {% set last_day = (next_month - modules.datetime.timedelta(days=1)).day %}
    {{ return(1 <= day <= last_day) }}
{% endmacro %}
