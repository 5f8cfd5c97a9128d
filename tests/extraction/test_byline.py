"""Who wrote it, as head and print name people: parted, without titles, offices, dates and the site's own name."""

from __future__ import annotations

import pytest

from tests.extraction.support import article, story_page


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Asha Verma, Ravi Kumar, and Tom Ekka", ("Asha Verma", "Ravi Kumar", "Tom Ekka")),
        ("आशा वर्मा, रवि कुमार, और मीना टोप्पो", ("आशा वर्मा", "रवि कुमार", "मीना टोप्पो")),
        ("Asha Verma, MD, PhD", ("Asha Verma",)),
        ("Asha Verma, Executive Editor", ("Asha Verma",)),
        ("Asha Verma, Staff Writer; Ravi Kumar, PTI Technology Writer", ("Asha Verma", "Ravi Kumar")),
        ("Ravi Kumar - Special Correspondent", ("Ravi Kumar",)),
        ("रवि कुमार, वरिष्ठ संवाददाता", ("रवि कुमार",)),
        ("Asha Verma, samachar.example.in", ("Asha Verma",)),
        ("Samachar.in", ("Samachar.in",)),
        ("Kumar, R. and Verma, A.", ("Kumar", "Verma")),
        ("Text by Asha Verma", ("Asha Verma",)),
        ("Analysis by Asha Verma", ("Asha Verma",)),
        ("Interview: Asha Verma", ("Asha Verma",)),
        ("विश्लेषण: आशा वर्मा, आलेख: रवि कुमार", ("आशा वर्मा", "रवि कुमार")),
        ("Asha Verma (asv), Ravi Kumar", ("Asha Verma", "Ravi Kumar")),
        ("Asha Verma; Image: Sky Pictures", ("Asha Verma",)),
        ("फोटो: रवि कुमार", ()),
        ("&quot;Asha Verma&quot;", ("Asha Verma",)),
        ("Updated on November 20, 2026", ()),
        ("Sponsored by Namuna Store", ()),
    ],
)
def test_degrees_offices_and_addresses_are_nobodys_names(said: str, names: tuple[str, ...]) -> None:
    assert article(story_page(f'<meta name="author" content="{said}">')).authors == names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<p>By Asha Verma March 14, 2026</p>", ("Asha Verma",)),
        ("<p>By Asha Verma May 14, 2026, 10:30 IST</p>", ("Asha Verma",)),
        ('<div class="byline">By Asha Verma<br>\n March 14, 2026</div>', ("Asha Verma",)),
        ("<p>By April May, 14 March 2026</p>", ("April May",)),
        ('<div class="byline">Par Asha Verma</div>', ("Asha Verma",)),
    ],
)
def test_the_month_behind_a_name_is_the_dates(byline: str, names: tuple[str, ...]) -> None:
    assert article(story_page(byline=byline)).authors == names


def test_the_sites_name_beside_a_person_is_no_author_however_it_is_spelt() -> None:
    byline = '<div class="byline">आशा वर्मा, Samachar Daily</div>'
    html = story_page('<meta property="og:site_name" content="SAMACHAR-DAILY">', byline)
    assert article(html).authors == ("आशा वर्मा",)
