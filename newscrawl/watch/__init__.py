"""Whether a run is like those before it: pure statistics, from the counts of a site's runs to alarms."""
