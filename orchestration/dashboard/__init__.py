"""The dashboard: a static site made of a publication, one page per question that people decide by.

A page is a pair of files in `pages`: what it shows (`.yml`) and what it asks of the marts (`.sql`).
"""
