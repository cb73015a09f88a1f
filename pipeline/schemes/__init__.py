"""Schemes: ways of segmenting. Schemes are data, kinds are code.

Belongs here: one YAML document a scheme, in the language that a project uses too; ``kinds``, the
code that serves them. Does not belong here: what is the same for every scheme, whatever its kind
(``segments``).
"""
