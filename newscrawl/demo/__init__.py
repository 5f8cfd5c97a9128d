"""A news web written for this project: fictional Hindi sites with known truth.

`python -m newscrawl.demo --dir DIR` serves it; `newscrawl.demo.web.DemoWeb` is the same for tests.
"""
