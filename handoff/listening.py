"""Whether an address can be listened on, asked before anything is begun that would need it."""

from __future__ import annotations

import errno
import socket

from .settings import SettingsError


def check_port(host: str, port: int, name: str) -> None:
    """`name` is the setting that the port comes from. Raises `SettingsError`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, UnicodeError) as error:  # no host at all has a name of such characters
            raise SettingsError(_why_not(error, host, port, name)) from error


def _why_not(error: OSError | UnicodeError, host: str, port: int, name: str) -> str:
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return f"端口 {port} 已被别的程序占用，请关掉它，或改 {name}。"
    if code == errno.EACCES:
        return f"没有权限使用端口 {port}，请把 {name} 改成 1024 以上的端口。"
    place = "DESK_HOST" if name == "DESK_PORT" else name
    return f"{place} 的地址“{host}”在这台机器上用不了。"
