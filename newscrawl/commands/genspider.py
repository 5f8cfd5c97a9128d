"""`scrapy genspider -t news NAME URL`: Scrapy's, with a template for a site that needs code."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands.genspider import Command as ScrapyGenspider
from scrapy.commands.genspider import sanitize_module_name

import newscrawl
from newscrawl.errors import ConfigError, program

_TEMPLATES = Path(newscrawl.__file__).parent / "templates" / "spiders"
# Where a spider of ours lives: nobody's project.
_OURS = "newscrawl.spiders"


class Command(ScrapyGenspider):
    """Writes into the project's `NEWSPIDER_MODULE`; where that is this package's own, into the current folder."""

    def short_desc(self) -> str:
        return "Generate a spider of your own from a template; -t news for a news site that needs code"

    def long_desc(self) -> str:
        return (
            "Writes a spider into your project (NEWSPIDER_MODULE), or into this folder. -t news is one of newscrawl: "
            "it does what `crawl news` does, and reads what only code can. "
            f"Example: {program()} genspider -t news mypaper https://www.example.org"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings
        is_ours = self.settings["NEWSPIDER_MODULE"] == _OURS
        if is_ours:
            self.settings.set("NEWSPIDER_MODULE", "", priority="cmdline")
        super().run([args[0], args[1].rstrip("/")] if len(args) == 2 else args, opts)
        if is_ours and len(args) == 2 and not self.exitcode and not (opts.list or opts.dump):
            # Nobody's SPIDER_MODULES names it.
            module = sanitize_module_name(args[0])
            crawl = f"PYTHONPATH=. {program()} crawl {args[0]} -s SPIDER_MODULES={module} -a sites_file=my.toml"
            print(f"It is in {module}.py; once my.toml has an entry named {args[0]!r}: {crawl}")

    # Scrapy says what is wrong, and ends with 0.
    def _spider_exists(self, name: str) -> bool:
        # Scrapy looks for a file with the name as given, and writes one without its hyphens: over a spider in work.
        found = super()._spider_exists(sanitize_module_name(name)) or super()._spider_exists(name)
        self.exitcode = int(found) and ConfigError.exit_code
        return found

    def _find_template(self, template: str) -> Path | None:
        own = _TEMPLATES / f"{template}.tmpl"
        found = own if own.exists() else super()._find_template(template)
        self.exitcode = 0 if found else ConfigError.exit_code
        return found

    def _list_templates(self) -> None:
        super()._list_templates()
        for file in sorted(_TEMPLATES.glob("*.tmpl")):
            print(f"  {file.stem}")
