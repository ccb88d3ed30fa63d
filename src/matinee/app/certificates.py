"""A certificate of our own making, for who wants the service beyond this machine and has none yet.

Browsers warn about it until its fingerprint is trusted; but encrypted media and passkeys need TLS beyond loopback.
"""

import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matinee.app.doors import Doors
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import days

_LIFETIME = days(397)
_RENEW_BEFORE = days(30)


async def made_certificate(folder: Path, host: str, doors: Doors) -> tuple[Path, Path]:
    """Certificate and key for this host, made once. A pair without its key is no pair: the key goes first and comes last,
    so that a crash in between leaves none that do not match."""
    if not host.isascii():
        raise InvalidInput(f"No certificate can name {host!r}: write the host in its ASCII form (xn--...).")
    certificate, key_file = folder / f"made-{_plain(host)}.crt", folder / f"made-{_plain(host)}.key"
    if await doors.files.size(key_file) is None or not await _is_good(certificate, doors):
        key = ec.generate_private_key(ec.SECP256R1())
        await doors.files.remove(key_file)
        await doors.files.write(certificate, _certificate(host, key, doors), mode=0o644)
        await doors.files.write(
            key_file,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            mode=0o600,
        )
    return certificate, key_file


async def _is_good(certificate: Path, doors: Doors) -> bool:
    """Whether there is one, and it lasts a while yet."""
    if await doors.files.size(certificate) is None:
        return False
    found = x509.load_pem_x509_certificate(await doors.files.read(certificate))
    return found.not_valid_after_utc - doors.clock.now() > _RENEW_BEFORE


def _certificate(host: str, key: ec.EllipticCurvePrivateKey, doors: Doors) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Matinee")])
    now = doors.clock.now()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(doors.chance.bytes(16)) >> 1)
        .not_valid_before(now - days(1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def _names(host: str) -> list[x509.GeneralName]:
    local: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    try:
        return [*local, x509.IPAddress(ipaddress.ip_address(host))]
    except ValueError:
        return [*local, x509.DNSName(host)]


def _plain(host: str) -> str:
    return "".join(c if c.isalnum() or c in ".-" else "_" for c in host)
