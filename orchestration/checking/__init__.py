"""`revloop check`: what would become of files, told before anything of them is loaded.

Everything happens in a folder of its own, which goes away; how rows are judged and what the models make of them is
known where a refresh has it from.
"""
