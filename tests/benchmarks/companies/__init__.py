"""Five companies brought by the documents alone: a ``project.yaml`` and what lays down raw files, each."""
