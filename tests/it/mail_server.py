"""A mail server for the tests of tests/it/mail.rs: mail_server.py FOLDER HOW PORT, with HOW one of

plain     no encryption, no login
starttls  encryption after the greeting, then a login as "calling" with the password "right"
tls       the same with encryption from the first byte
silent    takes connections and says nothing

It writes its certificate authority to FOLDER/ca.pem and each mail to FOLDER/NUMBER.json, prints its port, and ends with its
standard input. Mail to …@refused.example is refused.
"""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder, how, port = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def certificate(name, issuer, key, signer, is_authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def tls_context():
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("tests", "tests", authority, authority, True)
    own = certificate("a mail server", "tests", key, authority, False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(root.public_bytes(pem))
    (folder / "own.pem").write_bytes(own.public_bytes(pem) + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "own.pem")
    return context


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return f"550 {address} is unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "greeting": session.host_name,
            "encrypted": session.ssl is not None or how == "tls",
            "login": (session.auth_data.login.decode() if session.auth_data else None),
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "type": message.get_content_type(),
            "text": message.get_content().replace("\r\n", "\n"),
        }
        written = folder / "mail.part"
        written.write_text(json.dumps(mail))
        written.rename(folder / f"{len(list(folder.glob('*.json')))}.json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"calling", b"right")
    # Handled: the answer to a wrong login is sent by the library.
    return AuthResult(success=right, handled=False, auth_data=data)


async def main():
    loop = asyncio.get_running_loop()
    context = tls_context()
    logins = {"auth_required": True, "authenticator": authenticate}
    factories = {
        "plain": lambda: SMTP(Handler(), hostname="tests"),
        "starttls": lambda: SMTP(
            Handler(), hostname="tests", tls_context=context, require_starttls=True, **logins
        ),
        "tls": lambda: SMTP(Handler(), hostname="tests", auth_require_tls=False, **logins),
        "silent": asyncio.Protocol,
    }
    ssl_from_the_start = context if how == "tls" else None
    server = await loop.create_server(factories[how], "127.0.0.1", port, ssl=ssl_from_the_start)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
