"""How pages are asked for: what lies in scope, and how often a host is asked."""
