"""Requests that are signed, so that a publisher knows who asks and not only who is said to ask.

Web Bot Auth (draft-ietf-webbotauth-httpsig-protocol) by HTTP Message Signatures (RFC 9421): each request names where
our public key lies (`Signature-Agent`) and carries an Ed25519 signature over that and the host asked, good for some
minutes. Off unless `NEWSCRAWL_SIGNING_KEY` names a key. `python -m newscrawl.fetching.signing KEY.pem` prints what has
to be published at `/.well-known/http-message-signatures-directory` of the agent's address.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newscrawl.errors import ConfigError, NewscrawlError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# How the signature and the agent are called in their headers: any name will do.
_LABEL = "sig1"
# How long a signature is good for: clocks differ, queues are short, and who copies one may use it for so long.
_GOOD_FOR = timedelta(minutes=5)
_COVERED = ("@authority", f'"signature-agent";key="{_LABEL}"')
# As the draft asks for.
_NONCE_BYTES = 64


class Signer:
    """Signs the requests of one agent with its key."""

    def __init__(self, key: Ed25519PrivateKey, agent: str) -> None:
        """`agent`: an https address, below whose host the public key is published."""
        from http_message_signatures import HTTPMessageSigner
        from http_message_signatures.algorithms import ED25519
        from http_message_signatures.resolvers import HTTPSignatureKeyResolver

        class Keys(HTTPSignatureKeyResolver):
            def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
                return key

        self._signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=Keys())
        self._agent = f'{_LABEL}="{agent}"'
        self._key_id = thumbprint(key)

    def headers(self, method: str, url: str, now: datetime) -> dict[str, str]:
        """The headers that a request is to carry."""
        message = _Message(method, url, {"Signature-Agent": self._agent})
        self._signer.sign(
            message,
            key_id=self._key_id,
            created=now,
            expires=now + _GOOD_FOR,
            nonce=base64.b64encode(secrets.token_bytes(_NONCE_BYTES)).decode(),
            label=_LABEL,
            tag="web-bot-auth",
            covered_component_ids=_COVERED,
        )
        return message.headers


class _Message:
    """A request as the library sees one."""

    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = method, url, headers


def signer_of(settings: Mapping[str, Any]) -> Signer | None:
    """The signer that the settings name; None where nothing is to be signed. Raises `ConfigError`."""
    key = settings["NEWSCRAWL_SIGNING_KEY"]
    return Signer(read_key(Path(key).expanduser()), settings["NEWSCRAWL_SIGNATURE_AGENT"]) if key else None


def read_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 private key of a PEM file without a passphrase. Raises `ConfigError`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    mend = f"make one with: openssl genpkey -algorithm ed25519 -out {path}"
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as e:
        raise ConfigError(f"NEWSCRAWL_SIGNING_KEY: {path} cannot be read ({e.strerror}): {mend}") from e
    except (ValueError, TypeError) as e:
        raise ConfigError(f"NEWSCRAWL_SIGNING_KEY: {path} is no private key in PEM without a passphrase: {mend}") from e
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"NEWSCRAWL_SIGNING_KEY: {path} is no Ed25519 key: {mend}")
    return key


def directory(key: Ed25519PrivateKey) -> dict[str, list[dict[str, str]]]:
    """The JSON Web Key set to publish, with media type application/http-message-signatures-directory+json."""
    return {"keys": [_jwk(key) | {"kid": thumbprint(key), "use": "sig", "alg": "EdDSA"}]}


def thumbprint(key: Ed25519PrivateKey) -> str:
    """What the key is called by: the thumbprint of its public half (RFC 7638)."""
    canonical = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":")).encode()
    return _base64url(hashlib.sha256(canonical).digest())


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_key().public_bytes_raw())}


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("name the key: python -m newscrawl.fetching.signing KEY.pem")
    try:
        print(json.dumps(directory(read_key(Path(sys.argv[1]))), indent=1))
    except NewscrawlError as e:
        sys.exit(str(e))


if __name__ == "__main__":
    main()
