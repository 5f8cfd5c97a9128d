"""Signed requests: verified by a server that knows the public key alone, as a publisher would."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ED25519
from http_message_signatures.resolvers import HTTPSignatureKeyResolver

from newscrawl.fetching.signing import Signer, _Message, directory, thumbprint
from tests.crawl.small_sites import asked, page
from tests.support import ROOT, Archive, CountingWeb, environment, scrapy

AGENT = "https://crawler.example"
# Appendix B.1.4 of RFC 9421, and the name that the drafts give it.
KNOWN = bytes.fromhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5")
KNOWN_NAME = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"


def pem(key: Any, path: Path) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def verified(public: Ed25519PublicKey, name: str, method: str, url: str, headers: dict[str, str]) -> dict[str, Any]:
    """The parameters of a signature that is right. Raises `InvalidSignature`."""

    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
            assert key_id == name
            return public

    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=Keys())
    [result] = verifier.verify(_Message(method, url, dict(headers)), expect_tag="web-bot-auth")
    covered = result.covered_components
    assert covered['"signature-agent";key="sig1"'] == f'"{AGENT}"'
    return dict(result.parameters) | {"authority": covered['"@authority"']}


def test_a_key_is_called_by_its_thumbprint() -> None:
    key = Ed25519PrivateKey.from_private_bytes(KNOWN)
    assert thumbprint(key) == KNOWN_NAME
    [published] = directory(key)["keys"]
    assert published["kid"] == KNOWN_NAME and published["x"] == "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
    assert "d" not in published, "that is the private half"


def test_a_signature_is_good_for_its_host_and_some_minutes() -> None:
    key = Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    headers = Signer(key, AGENT).headers("GET", "https://paper.example/khabar?id=1", now)
    assert headers["Signature-Agent"] == f'sig1="{AGENT}"'
    found = verified(key.public_key(), thumbprint(key), "GET", "https://paper.example/khabar?id=1", headers)
    assert found["authority"] == "paper.example"
    assert found["expires"] - found["created"] == 300 and abs(found["created"] - now.timestamp()) < 2
    with pytest.raises(InvalidSignature):
        verified(key.public_key(), thumbprint(key), "GET", "https://other.example/khabar?id=1", headers)
    with pytest.raises(InvalidSignature):
        stolen = headers | {"Signature-Agent": 'sig1="https://somebody-else.example"'}
        verified(key.public_key(), thumbprint(key), "GET", "https://paper.example/khabar?id=1", stolen)


def test_every_request_of_a_crawl_is_signed_each_by_itself(tmp_path: Path, archive: Archive) -> None:
    key = Ed25519PrivateKey.generate()
    feed = "<rss><item><link>/khabar-nagar-101</link></item><item><link>/purani-khabar-102</link></item></rss>"
    with CountingWeb(address="127.0.0.51") as web:
        web.pages = {
            "/feed": (200, {"Content-Type": "application/rss+xml"}, feed.encode()),
            "/khabar-nagar-101": page(1),
            "/purani-khabar-102": (301, {"Location": "/nayi-khabar-103"}, b""),
            "/nayi-khabar-103": page(2),
        }
        sites = tmp_path / "sites.toml"
        sites.write_text(f'[[site]]\nname = "paper"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n')
        given = {
            "NEWSCRAWL_SIGNING_KEY": str(pem(key, tmp_path / "key.pem")),
            "NEWSCRAWL_SIGNATURE_AGENT": AGENT,
            "NEWSCRAWL_STATE_DIR": str(tmp_path / "state"),
        }
        done = scrapy("crawl", "news", "-a", f"sites_file={sites}", **given, **archive.variables)
        assert done.returncode == 0, done.stderr
        assert "/nayi-khabar-103" in asked(web) and "/robots.txt" in web.requests
        nonces = set()
        for path, headers in zip(web.requests, web.headers, strict=True):
            sent = {name: headers[name] for name in ("Signature", "Signature-Input", "Signature-Agent")}
            found = verified(key.public_key(), thumbprint(key), "GET", web.url + path, sent)
            nonces.add(found["nonce"])
        assert len(nonces) == len(web.requests)


@pytest.mark.parametrize(
    ("key", "agent", "said"),
    [
        ("missing.pem", AGENT, "cannot be read"),
        ("torn.pem", AGENT, "is no private key in PEM"),
        ("rsa.pem", AGENT, "is no Ed25519 key"),
        ("good.pem", "", "NEWSCRAWL_SIGNATURE_AGENT"),
        ("good.pem", "http://crawler.example", "https"),
    ],
)
def test_what_cannot_sign_is_refused_before_anything_is_asked(tmp_path: Path, key: str, agent: str, said: str) -> None:
    (tmp_path / "torn.pem").write_text("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----\n")
    pem(generate_private_key(65537, 2048), tmp_path / "rsa.pem")
    pem(Ed25519PrivateKey.generate(), tmp_path / "good.pem")
    given = {"NEWSCRAWL_SIGNING_KEY": str(tmp_path / key), "NEWSCRAWL_SIGNATURE_AGENT": agent}
    sites = tmp_path / "sites.toml"
    sites.write_text('[[site]]\nname = "paper"\nhome = "http://127.0.0.52:9/"\n')
    done = scrapy("crawl", "news", "-a", f"sites_file={sites}", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **given)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_the_directory_to_publish_is_printed(tmp_path: Path) -> None:
    path = pem(Ed25519PrivateKey.from_private_bytes(KNOWN), tmp_path / "key.pem")
    command = [sys.executable, "-m", "newscrawl.fetching.signing", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and f'"kid": "{KNOWN_NAME}"' in done.stdout
