"""Ids of accounts and customers: made with the secret of the project.

Belongs here: the secret, and what is digested with it. Does not belong here: the digest itself
(``engine.keyed``), or who is whom (``identity``).
"""
