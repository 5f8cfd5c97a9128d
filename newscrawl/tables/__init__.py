"""What is derived from the bucket for readers: the stories table."""
