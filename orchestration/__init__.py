"""Run the loop: Dagster objects, the `revloop` command, publication, erasure and deliveries.

Reading feeds belongs in `ingest`, numbers belong in `dbt_project`; here is only what runs, and when.
"""
