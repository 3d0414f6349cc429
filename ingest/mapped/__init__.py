"""A company's own exports as rows of the feeds: the language of mappings, and the engine that reads files by it.

Mappings themselves are data, in `ingest/mappings` or a folder of the company's own.
"""
