"""What a run remembers on this machine: URLs, sources, learned lines, the lock. A cache of the bucket (invariant 1)."""
