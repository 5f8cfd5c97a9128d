"""Settings as profiles: base (each with its reason), production, demo, captured."""
