"""Settings as profiles: base (each with its reason), production, demo, captured."""

from newscrawl.interrupts import listen

# Of all that is ours Scrapy loads the settings first.
listen()
