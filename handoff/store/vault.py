"""Encryption of what must rest unreadable: raw payloads and platform tokens. Key: DESK_SECRET_KEY, through HKDF."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Vault:
    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"residents-desk/ledger").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """Raises `cryptography.fernet.InvalidToken` when the key is another one."""
        return self._fernet.decrypt(sealed)
