"""What a run remembers on this machine, a cache of the bucket: URLs, sources, learned lines."""
