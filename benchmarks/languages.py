"""Language identifiers for Hindi pages: accuracy, milliseconds a text and memory, on our own small texts.

    python -m benchmarks.languages

Each identifier runs in a process of its own, so that its memory is its own. A text of another language is right
when its own code comes out; of Bhojpuri, Maithili and Hinglish, which most identifiers do not know, when it is
not taken for Hindi.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

_TEXTS = Path(__file__).with_name("data") / "languages.toml"
_KNOWN = ("hi", "en", "mr", "ne")
# Each text is classified this often; a page's story is about ten of these texts.
_RUNS = 20


def _chosen() -> Callable[[str], str]:
    from newscrawl.extraction.language import detect

    return detect


def _py3langid() -> Callable[[str], str]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_KNOWN))
    return lambda text: str(identifier.classify(text)[0])


def _py3langid_all() -> Callable[[str], str]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    return lambda text: str(identifier.classify(text)[0])


def _lingua() -> Callable[[str], str]:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    # Lingua has no Nepali.
    codes = [IsoCode639_1.HI, IsoCode639_1.EN, IsoCode639_1.MR]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "unknown"

    return detect


def _langdetect() -> Callable[[str], str]:
    import langdetect

    langdetect.DetectorFactory.seed = 0
    return lambda text: str(langdetect.detect(text))


def _simplemma() -> Callable[[str], str]:
    from simplemma.language_detector import langdetect

    return lambda text: str(langdetect(text, lang=("hi", "en"))[0][0])


IDENTIFIERS = {
    "newscrawl": _chosen,
    "py3langid, 4 languages": _py3langid,
    "py3langid, all its languages": _py3langid_all,
    "lingua, 3 languages": _lingua,
    "langdetect": _langdetect,
    "simplemma, 2 languages": _simplemma,
}


def measure(name: str) -> tuple[dict[str, tuple[int, int]], float, float]:
    """Right and all texts by language, milliseconds a text, and MiB that the identifier added to its process."""
    texts = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    detect = IDENTIFIERS[name]()
    right = {}
    times = []
    for language, samples in texts.items():
        count = 0
        for text in samples:
            detect(text)
            start = time.perf_counter()
            for _ in range(_RUNS):
                code = detect(text)
            times.append((time.perf_counter() - start) / _RUNS * 1000)
            count += code == language if language in _KNOWN else code != "hi"
        right[language] = (count, len(samples))
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return right, statistics.fmean(times), used


def main() -> None:
    """Print the table."""
    context = multiprocessing.get_context("spawn")
    languages = list(tomllib.loads(_TEXTS.read_text(encoding="utf-8")))
    print(f"| identifier | {' | '.join(languages)} | ms/text | MiB |")
    print("|---|" + "---:|" * (len(languages) + 2))
    for name in IDENTIFIERS:
        with context.Pool(1) as pool:
            try:
                right, ms, mib = pool.apply(measure, (name,))
            except ImportError as error:
                print(f"{name}: not installed ({error})", file=sys.stderr)
                continue
        cells = [f"{n} of {of}" for n, of in right.values()]
        print(f"| {name} | {' | '.join(cells)} | {ms:.2f} | {mib:.0f} |")


if __name__ == "__main__":
    main()
