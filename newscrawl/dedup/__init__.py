"""Is this story known? Signatures, the index of stories, exact verification."""
