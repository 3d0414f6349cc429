"""Deliveries: what other systems get of a publication, and the ledger of what they have.

Nothing here knows Dagster or dbt; the rows themselves are made by the models of the schema `outputs`.
"""
