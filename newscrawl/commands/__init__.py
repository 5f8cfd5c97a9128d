"""Commands of `scrapy` in this project: crawl (with our exit codes), bucket, sites, demo."""
