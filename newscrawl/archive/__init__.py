"""Bucket, ledger and dedup index as one archive: opened together, kept in step, compared, explained."""
