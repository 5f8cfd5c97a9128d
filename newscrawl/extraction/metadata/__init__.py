"""What the page says of itself: title, authors, times, section, address."""
