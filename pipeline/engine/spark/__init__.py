"""Spark's side of the engine's protocol: local, on a cluster, or by Spark Connect.

Belongs here: opening a session, reading and writing Parquet through it, DuckDB's words in Spark's. Nothing
outside imports its modules but ``opening``, and only where a project asks for Spark.
"""
