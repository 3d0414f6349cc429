"""How likely a lead is to reach an opportunity: fitted, tested against what came, and refused where it is no better.

Plain Python over frames of features; dbt builds the features and applies what is found here. Dagster is not known.
"""
