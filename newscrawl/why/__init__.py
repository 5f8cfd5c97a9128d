"""Why a page's text is what it is: what `scrapy explain` shows, as plain values, in a terminal and as a page."""
