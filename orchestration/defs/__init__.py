"""Dagster objects only, one module per step of the flow; each body reads, calls, reports.

What a step does belongs in the plain modules beside this package.
"""
