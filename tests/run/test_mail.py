"""Alarms by e-mail: the connection is encrypted and the server known before a password is sent."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy.settings import BaseSettings

from newscrawl.run.spidermon_suite import SendMail

USER, PASSWORD = "crawl", "secret-1"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, which this process trusts as it does those of its machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    (tmp_path / "trusted.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


class Box(Message):
    """What came, and with which user and password."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Any] = []
        self.logins: list[tuple[str, str]] = []

    def handle_message(self, message: Any) -> None:
        self.came.append(message)

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == (USER, PASSWORD), handled=False)


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[int, Box]]:
    """A mail server's port, and what came to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=box.login, **options)
    server.start()
    try:
        yield port, box
    finally:
        server.stop()


def send(port: int, **settings: Any) -> None:
    given = {"SPIDERMON_SMTP_HOST": "127.0.0.1", "SPIDERMON_SMTP_PORT": port}
    given |= {f"SPIDERMON_SMTP_{name}": value for name, value in settings.items()}
    action = SendMail(BaseSettings(given), sender="crawl@example.org", to=["desk@example.org"])
    action.data = SimpleNamespace(spider=SimpleNamespace(run=SimpleNamespace(report=SimpleNamespace(alarms=[1, 2]))))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "crawl@example.org", "desk@example.org", "दो चेतावनियाँ"
    message.set_content("एक साइट चुप है")
    action.send_message(message)


def test_a_password_goes_over_an_encrypted_connection(certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=certificate, require_starttls=True, auth_required=True) as (port, box):
        send(port, USER=USER, PASSWORD=PASSWORD)
    assert box.logins == [(USER, PASSWORD)]
    assert [str(mail["To"]) for mail in box.came] == ["desk@example.org"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd does not know that all of it is encrypted
def test_from_the_first_byte_on_where_that_is_asked_for(certificate: ssl.SSLContext) -> None:
    with mail_server(ssl_context=certificate, auth_required=True, auth_require_tls=False) as (port, box):
        send(port, USER=USER, PASSWORD=PASSWORD, ENFORCE_SSL=True)
    assert box.logins == [(USER, PASSWORD)] and len(box.came) == 1


def test_a_wrong_password_is_said(certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=certificate, auth_required=True) as (port, box), pytest.raises(OSError, match="535"):
        send(port, USER=USER, PASSWORD="other")
    assert box.came == []


@pytest.mark.parametrize("encrypted", ["starttls", "ssl"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, encrypted: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    options = {"tls_context": certificate} if encrypted == "starttls" else {"ssl_context": certificate}
    with mail_server(**options) as (port, box), pytest.raises(ssl.SSLCertVerificationError):
        send(port, USER=USER, PASSWORD=PASSWORD, ENFORCE_SSL=encrypted == "ssl")
    assert (box.logins, box.came) == ([], [])


@pytest.mark.parametrize("settings", [{"USER": USER, "PASSWORD": PASSWORD}, {"ENFORCE_TLS": True}])
def test_a_server_without_encryption_gets_none_where_it_is_needed(settings: dict[str, Any]) -> None:
    with mail_server(auth_require_tls=False) as (port, box), pytest.raises(OSError, match="STARTTLS"):
        send(port, **settings)
    assert (box.logins, box.came) == ([], [])
