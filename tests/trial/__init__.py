"""A site tried out: sample, verdict, proposal."""
