"""Whether a run is like those before it: from the counts of a site's runs to alarms. Pure functions."""
