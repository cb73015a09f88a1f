"""Asset definitions, one module a zone of the lake."""
