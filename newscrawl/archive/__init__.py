"""Bucket, ledger and dedup index as one: opened together, kept in step, compared."""
