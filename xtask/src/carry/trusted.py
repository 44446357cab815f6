# Writes the certificate authorities that this machine trusts as a keystore that Java reads: FILE.
import hashlib
import ssl
import struct
import sys

authorities = ssl.create_default_context().get_ca_certs(binary_form=True)
if not authorities:
    sys.exit("this machine trusts no certificate authority: is the package ca-certificates missing?")


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


# The format "JKS": a header, an entry of kind 2 (a trusted certificate) for each, and a digest over the password and it all.
store = struct.pack(">III", 0xFEEDFEED, 2, len(authorities))
for number, certificate in enumerate(authorities):
    store += struct.pack(">I", 2) + text(f"authority-{number}") + struct.pack(">Q", 0)
    store += text("X.509") + struct.pack(">I", len(certificate)) + certificate
digest = hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + store).digest()
with open(sys.argv[1], "wb") as out:
    out.write(store + digest)
