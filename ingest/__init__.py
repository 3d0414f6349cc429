"""The outside world into raw tables: landing files, values, quarantine, erasure.

Plain Python and DuckDB belong here; Dagster, dbt and the meaning of stages do not.
"""
