"""Story or not, of which kind, and how sure the text is."""
