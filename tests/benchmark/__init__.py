"""What a refresh costs, as ratios that do not depend on the machine.

    python -m tests.benchmark --leads 1000000

makes a company and a night of changes, and measures the CPU seconds of whole processes in alternation: the limit (the
core marts by a hand-written script), full refreshes, nights, and other engines on a part of the work.
"""
