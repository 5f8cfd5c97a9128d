"""Is this story known? Signature of a text, index of known stories, exact verification of candidates."""
