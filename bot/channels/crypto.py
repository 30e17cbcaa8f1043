"""WeChat's message signature and encryption, shared by 公众号, 小程序 and 微信客服.

Official description:
https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.message import ConfigError, Refused, moment

# The platform pads to 32 bytes although AES blocks are 16.
PAD_BLOCK = 32
AES_BLOCK = 16
# 16 random bytes, then the length of the message as a big-endian uint32.
HEAD = 20
# Seconds. Every retry is signed anew, so an old timestamp is a replay, or a wrong clock on this machine.
FRESHNESS = "300"


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts, as the platform computes `signature` and `msg_signature`."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "backslashreplace")).hexdigest()


def require_signature(given: str, *parts: str) -> None:
    """Raise `Refused` unless `given` is the signature of `parts`; takes the same time however wrong it is."""
    if not hmac.compare_digest(given.encode("utf-8", "backslashreplace"), sign(*parts).encode()):
        raise Refused("bad_signature", 403, "签名不符")


def freshness(settings: Mapping[str, str]) -> int:
    """The account's `freshness` in seconds, 0 for no check. Raises `ConfigError`."""
    value = settings.get("freshness", FRESHNESS)
    if not (value.isascii() and value.isdigit()):
        raise ConfigError("freshness 应为秒数，0 表示不检查")
    return int(value)


def require_fresh(timestamp: str, now: datetime, seconds: int) -> None:
    """Raise `Refused` when the signed `timestamp` is further than `seconds` from `now`; 0 turns the check off."""
    signed_at = moment(timestamp, what="timestamp")
    if seconds and abs((now - signed_at).total_seconds()) > seconds:
        raise Refused("stale", 403, "请求的时间戳已过期")


class Crypt:
    """Seals and opens messages for one receiver (an AppID or a CorpID)."""

    def __init__(self, encoding_aes_key: str, receiver: str) -> None:
        """`encoding_aes_key` is the 43 characters of the console. Raises `ConfigError` for anything else."""
        try:
            # The 43rd character often carries stray bits: strict decoders refuse keys the platform itself issued.
            self._key = base64.b64decode(encoding_aes_key + "=")
        except (ValueError, binascii.Error):
            self._key = b""
        if len(encoding_aes_key) != 43 or len(self._key) != 32:
            raise ConfigError("encoding_aes_key 应为 43 个字母或数字")
        self._receiver = receiver.encode()

    def _cipher(self) -> Cipher:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:AES_BLOCK]))

    def encrypt(self, text: str, random16: bytes | None = None) -> str:
        """Base64 ciphertext of `text`. `random16` is given only to reproduce a known ciphertext."""
        message = text.encode()
        head = (random16 or os.urandom(16)) + len(message).to_bytes(4, "big")
        plain = head + message + self._receiver
        pad = PAD_BLOCK - len(plain) % PAD_BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, sealed: str) -> str:
        """The message inside `sealed`. Raises `Refused` for whatever was not made for this key and receiver."""
        plain = _unpad(self._open(sealed))
        end = HEAD + int.from_bytes(plain[16:HEAD], "big")
        if len(plain) < HEAD or end > len(plain):
            raise _broken()
        if not hmac.compare_digest(plain[end:], self._receiver):
            raise Refused("wrong_receiver", 403, "消息不是发给本账号的")
        try:
            return plain[HEAD:end].decode()
        except UnicodeDecodeError:
            raise _broken() from None

    def _open(self, sealed: str) -> bytes:
        try:
            data = base64.b64decode(sealed.encode("ascii"), validate=True)
        except (ValueError, binascii.Error):
            raise _broken() from None
        if not data or len(data) % AES_BLOCK:
            raise _broken()
        decryptor = self._cipher().decryptor()
        return decryptor.update(data) + decryptor.finalize()


def _unpad(data: bytes) -> bytes:
    pad = data[-1]
    if not 1 <= pad <= PAD_BLOCK or data[-pad:] != bytes([pad]) * pad:
        raise _broken()
    return data[:-pad]


def _broken() -> Refused:
    # One answer for every way of being wrong: padding, length and text errors must not be told apart from outside.
    return Refused("bad_ciphertext", 400, "密文无法解开")


def open_user_data(session_key: str, iv: str, encrypted: str, app_id: str) -> dict[str, Any]:
    """What a mini program's client encrypted for its server (not a callback). Raises `Refused`.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
    """
    try:
        key, start, data = (base64.b64decode(part, validate=True) for part in (session_key, iv, encrypted))
        decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
        value = json.loads(_unpad(decryptor.update(data) + decryptor.finalize()))
        owner = value["watermark"]["appid"]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise _broken() from None
    if owner != app_id:
        raise Refused("wrong_receiver", 403, "数据不是发给本账号的")
    return value
