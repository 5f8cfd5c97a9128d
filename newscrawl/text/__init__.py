"""What text is made of: Hindi letters and words, dates, URLs. Pure functions."""
