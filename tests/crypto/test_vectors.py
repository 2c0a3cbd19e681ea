"""What others published about the primitives holds for the library here, through our own code where it can."""

import hmac
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from crypto import envelope, principal
from crypto.errors import Tampered
from crypto.principal import Public


def cases(document):
    for group in document["testGroups"]:
        for case in group["tests"]:
            yield group, case


def h(text):
    return bytes.fromhex(text)


def test_aes_gcm_opens_the_valid_vectors_and_refuses_the_invalid(vectors):
    seen = {"valid": 0, "invalid": 0}
    for _, case in cases(vectors("wycheproof_aes256_gcm_iv96.json")):
        blob = bytes(7) + h(case["iv"]) + h(case["ct"]) + h(case["tag"])
        aes = AESGCM(h(case["key"]))
        seen[case["result"]] += 1
        if case["result"] == "valid":
            assert envelope._decrypt(aes, blob, h(case["aad"])) == h(case["msg"]), case["tcId"]
            assert aes.encrypt(h(case["iv"]), h(case["msg"]), h(case["aad"])) == blob[19:], case["tcId"]
        else:
            with pytest.raises(Tampered):
                envelope._decrypt(aes, blob, h(case["aad"]))
    assert min(seen.values()) > 10


def test_hkdf_gives_the_published_keys_and_refuses_too_long_ones(vectors):
    seen = {"valid": 0, "invalid": 0}
    for _, case in cases(vectors("wycheproof_hkdf_sha256.json")):
        salt, info, size = h(case["salt"]), h(case["info"]), case["size"]
        seen[case["result"]] += 1
        if case["result"] == "valid":
            extracted = hmac.digest(salt or bytes(32), h(case["ikm"]), "sha256")
            assert HKDF(SHA256(), size, salt, info).derive(h(case["ikm"])) == h(case["okm"]), case["tcId"]
            assert HKDFExpand(SHA256(), size, info).derive(extracted) == h(case["okm"]), case["tcId"]
        else:
            with pytest.raises(ValueError, match=r"(?i)derive"):
                HKDF(SHA256(), size, salt, info).derive(h(case["ikm"]))
            with pytest.raises(ValueError, match=r"(?i)derive"):
                envelope.expand(bytes(32), "long", length=size)
    assert min(seen.values()) > 1


def test_ed25519_verifies_the_valid_vectors_and_refuses_the_invalid(vectors):
    seen = {"valid": 0, "invalid": 0}
    for group, case in cases(vectors("wycheproof_ed25519.json")):
        signer = Public(UUID(int=1), b"", h(group["publicKey"]["pk"]))
        seen[case["result"]] += 1
        if case["result"] == "valid":
            signer.verify(h(case["sig"]), h(case["msg"]))
        else:
            with pytest.raises(Tampered):
                signer.verify(h(case["sig"]), h(case["msg"]))
    assert min(seen.values()) > 10


def test_a_published_hpke_key_expands_as_a_principal_s_does(vectors):
    for vector in vectors("hpke_mlkem768_x25519.json"):
        parts = principal._xwing(h(vector["skRm"]))
        assert b"".join(part.public_key().public_bytes_raw() for part in parts) == h(vector["pkRm"])


def test_hpke_opens_the_published_ciphertexts_and_none_with_a_bit_flipped(vectors):
    # They hold our KEM and key schedule with ChaCha20-Poly1305 (AEAD 3); AES-GCM has vectors of its own above. They
    # carry an AAD, which the library's public call does not take. The first message is what a single call makes.
    kdfs = {1: KDF.HKDF_SHA256, 0x11: KDF.SHAKE256}
    for vector in vectors("hpke_mlkem768_x25519.json"):
        assert vector["aead_id"] == 3
        suite = Suite(KEM.MLKEM768_X25519, kdfs[vector["kdf_id"]], AEAD.CHACHA20_POLY1305)
        key = MLKEM768X25519PrivateKey(*principal._xwing(h(vector["skRm"])))
        first = vector["encryptions"][0]
        sealed = h(vector["enc"]) + h(first["ct"])

        def opened(blob, aad=first["aad"], suite=suite, key=key, info=vector["info"]):
            return openssl.hpke._decrypt_with_aad(suite, blob, key, info=h(info), aad=h(aad))

        assert opened(sealed) == h(first["pt"])
        for position in (0, 1087, 1088, 1119, 1120, len(sealed) - 1):
            damaged = bytearray(sealed)
            damaged[position] ^= 1
            with pytest.raises(InvalidTag):
                opened(bytes(damaged))
