"""Makes the throw-away certificate authority and the server certificate of one emulated cloud."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.host_names import DISCOVERY, WILDCARDS
from emulator.private_files import write_private

VALIDITY = timedelta(days=730)
RENEW_BEFORE = timedelta(days=30)
# A clock that runs a little behind ours must find the certificate valid already.
CLOCK_SKEW = timedelta(hours=1)
_NAMES = [
    x509.IPAddress(IPv4Address("127.0.0.1")),
    *(x509.DNSName(name) for name in ("localhost", DISCOVERY, *WILDCARDS)),
]


def trusted_file(directory: Path) -> Path:
    """Write the authority in a directory after those of the machine, and give the file."""
    authority = (directory / "ca.pem").read_bytes()
    file = directory / "trusted.pem"
    # The environment may name this very file, from an earlier call.
    known = Path(ssl.get_default_verify_paths().cafile or certifi.where()).read_bytes()
    trusted = known if authority in known else known.rstrip() + b"\n" + authority
    if not file.exists() or file.read_bytes() != trusted:
        file.write_bytes(trusted)
    return file


class Certificates:
    """A certificate authority and a certificate for the emulator's addresses in one directory.

    They are made when the directory has none, or when the ones it has end soon or lack a name.
    The authority's key is used once and never written: nothing else can be signed in its name.
    """

    def __init__(self, directory: Path) -> None:
        self.ca_file = directory / "ca.pem"
        self.cert_file = directory / "server.pem"
        self.key_file = directory / "server-key.pem"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._are_current():
            self._make()

    def server_context(self) -> ssl.SSLContext:
        """Give the settings of an https server that takes TLS 1.2 and later."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.cert_file, self.key_file)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Give the settings of an https client that trusts this cloud and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def _are_current(self) -> bool:
        if not all(file.exists() for file in (self.ca_file, self.cert_file, self.key_file)):
            return False
        certificate = x509.load_pem_x509_certificate(self.cert_file.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_complete = list(names) == _NAMES
        return is_complete and certificate.not_valid_after_utc > datetime.now(UTC) + RENEW_BEFORE

    def _make(self) -> None:
        ca_key = ec.generate_private_key(ec.SECP256R1())
        server_key = ec.generate_private_key(ec.SECP256R1())
        ca = _authority(ca_key)
        server = _server(server_key, ca, ca_key)
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self.cert_file.write_bytes(server.public_bytes(serialization.Encoding.PEM))
        key = server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(self.key_file, key)


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("Emulated Azure CA")
    builder = _builder(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def _server(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = _builder(_name("127.0.0.1"), ca.subject, key.public_key())
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
    )
    builder = builder.add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
    builder = builder.add_extension(issuer, critical=False)
    return builder.sign(ca_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALIDITY)
    )
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
