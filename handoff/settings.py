"""Every setting, read once at the start. A wrong value stops the start with one clear line."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.boundary.policy import POLICY_FILE, Policy, PolicyError
from bot.plain_errors import PlainError

from .domain.areas import Areas
from .domain.calendar import Calendar
from .secret_files import stored_secret
from .service.office import Office

T = TypeVar("T")


class SettingsError(PlainError):
    """Names the setting and says what is wrong."""


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    database_url: str
    redis_url: str | None
    rasa_urls: tuple[str, ...]
    rasa_token: str
    actions_url: str
    secret_key: str
    var_dir: Path
    wechat_api_base: str
    wecom_api_base: str
    channels_file: Path
    boundary_file: Path
    rate_per_sender: int
    rate_per_address: int
    log_level: str
    pager_url: str | None
    raw_kept: timedelta
    public_report: bool  # whether the communities' figures are for everybody
    media_kept: timedelta
    chat_kept: timedelta | None  # None: the operator has not decided, and nothing is deleted
    transcribe: tuple[str, ...]  # the program that hears voice, and its arguments; empty for none
    read_photos: tuple[str, ...]
    office: Office
    desks: int

    @property
    def address(self) -> str:
        """Where this machine itself reaches the desk, whatever it listens on."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def shared(self) -> bool:
        """Whether the database lets several desks and several Rasa workers work together."""
        return make_url(self.database_url).get_backend_name() != "sqlite"


DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg2")
# What each setting is for; docs/settings.md is checked against these names.
NAMES = (
    "DESK_HOST",
    "DESK_PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "RASA_URL",
    "RASA_TOKEN",
    "ACTIONS_URL",
    "DESK_SECRET_KEY",
    "VAR_DIR",
    "WECHAT_API_BASE",
    "WECOM_API_BASE",
    "CHANNELS_FILE",
    "BOUNDARY_FILE",
    "CALENDAR_FILE",
    "RATE_PER_SENDER",
    "RATE_PER_ADDRESS",
    "LOG_LEVEL",
    "PAGER_URL",
    "RAW_KEPT_DAYS",
    "MEDIA_KEPT_DAYS",
    "TRANSCRIBE_COMMAND",
    "OCR_COMMAND",
    "OFFICE_NAME",
    "OFFICE_PHONE",
    "OFFICE_COUNTER",
    "CHAT_KEPT_DAYS",
    "AREAS_FILE",
    "SILENT_MINUTES",
    "OFFLINE_MINUTES",
    "WIDEN_MINUTES",
    "CAPACITY",
    "DESKS",
    "PUBLIC_REPORT",
)


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment. Raises `SettingsError`."""
    var_dir = Path(env.get("VAR_DIR") or "var").absolute()
    writable(var_dir)
    settings = _read(env, var_dir)
    if not settings.shared and (settings.desks > 1 or len(settings.rasa_urls) > 1):
        name = "DESKS" if settings.desks > 1 else "RASA_URL"
        raise SettingsError(f"{name} 大于一个时，DATABASE_URL 必须是 postgresql://…，见 docs/scaling.md。")
    if settings.port + settings.desks - 1 > 65535:
        raise SettingsError("DESK_PORT 加上 DESKS 超出了端口范围。")
    return settings


def _read(env: Mapping[str, str], var_dir: Path) -> Settings:
    return Settings(
        host=env.get("DESK_HOST") or "127.0.0.1",
        port=_number(env, "DESK_PORT", 8080, 1, 65535),
        database_url=_database(env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'desk.sqlite3'}"),
        redis_url=_url(env, "REDIS_URL", "", ("redis", "rediss")) or None,  # nothing asks it: docs/scaling.md
        rasa_urls=_urls(env, "RASA_URL", "http://127.0.0.1:5005"),
        rasa_token=env.get("RASA_TOKEN") or stored_secret(var_dir, "rasa.token"),
        actions_url=_url(env, "ACTIONS_URL", "http://127.0.0.1:5055"),
        secret_key=_secret(env, var_dir),
        var_dir=var_dir,
        wechat_api_base=_url(env, "WECHAT_API_BASE", "https://api.weixin.qq.com"),
        wecom_api_base=_url(env, "WECOM_API_BASE", "https://qyapi.weixin.qq.com"),
        channels_file=_channels(env),
        boundary_file=_file(env, "BOUNDARY_FILE", _boundary),
        rate_per_sender=_number(env, "RATE_PER_SENDER", 30, 0, 1_000_000),
        rate_per_address=_number(env, "RATE_PER_ADDRESS", 600, 0, 1_000_000),
        log_level=_level(env),
        pager_url=_url(env, "PAGER_URL", "") or None,
        raw_kept=timedelta(days=_number(env, "RAW_KEPT_DAYS", 7, 0, 3650)),
        public_report=_switch(env, "PUBLIC_REPORT"),
        media_kept=timedelta(days=_number(env, "MEDIA_KEPT_DAYS", 30, 1, 3650)),
        chat_kept=_chat_kept(env),
        transcribe=_command(env, "TRANSCRIBE_COMMAND"),
        read_photos=_command(env, "OCR_COMMAND"),
        office=_office(env),
        desks=_number(env, "DESKS", 1, 1, 16),
    )


def _office(env: Mapping[str, str]) -> Office:
    return Office(
        name=env.get("OFFICE_NAME") or "居民服务",
        phone=env.get("OFFICE_PHONE") or "12345",
        counter=env.get("OFFICE_COUNTER") or "社区服务窗口",
        calendar=_file(env, "CALENDAR_FILE", Calendar.load),
        silent_after=timedelta(minutes=_number(env, "SILENT_MINUTES", 30, 1, 24 * 60)),
        offline_after=timedelta(minutes=_number(env, "OFFLINE_MINUTES", 10, 2, 24 * 60)),
        widen_after=timedelta(minutes=_number(env, "WIDEN_MINUTES", 10, 1, 24 * 60)),
        areas=_file(env, "AREAS_FILE", Areas.load),
        capacity=_number(env, "CAPACITY", 8, 1, 1000),
        pages=bool(_url(env, "PAGER_URL", "")),
        transcribes=bool(_command(env, "TRANSCRIBE_COMMAND")),
    )


def _file(env: Mapping[str, str], name: str, load: Callable[[str | None], T]) -> T:
    """What `load` makes of the operator's own file."""
    path = env.get(name)
    try:
        return load(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"（第 {mark.line + 1} 行）" if mark else ""
        raise SettingsError(f"{name} 不是有效的 YAML{where}：{path}") from error
    except OSError as error:
        raise SettingsError(f"{name} 读不了：{path}") from error
    except ValueError as error:
        raise SettingsError(f"{name} 写法有误：{error}") from error


def _boundary(path: str | None) -> Path:
    """Tried before anything starts: with a boundary that cannot be read, every word would go to a person."""
    file = Path(path or POLICY_FILE)
    try:
        Policy.parse(file.read_text(encoding="utf-8"))
    except PolicyError as error:
        raise SettingsError(f"BOUNDARY_FILE 写法有误（{path}）：{error}") from error
    return file


def _channels(env: Mapping[str, str]) -> Path:
    """Without this file the desk simulates a platform for everybody, so one that is named must be there."""
    path = Path(env.get("CHANNELS_FILE") or "channels.yml")
    if env.get("CHANNELS_FILE") and not path.is_file():
        raise SettingsError(f"CHANNELS_FILE 没有这个文件：{path}")
    return path


def _chat_kept(env: Mapping[str, str]) -> timedelta | None:
    """A week at least: a platform may deliver again what it sent days ago, and the key of it must still be known."""
    return timedelta(days=_number(env, "CHAT_KEPT_DAYS", 0, 7, 36500)) if env.get("CHAT_KEPT_DAYS") else None


def writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"VAR_DIR 不可写：{folder}") from error


def _secret(env: Mapping[str, str], var_dir: Path) -> str:
    given = env.get("DESK_SECRET_KEY")
    if given is None or given == "":
        return stored_secret(var_dir, "desk.key")
    if len(given) < 16:
        raise SettingsError("DESK_SECRET_KEY 太短，至少 16 个字符。")
    return given


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    try:
        value = int(text)
    except ValueError:
        raise SettingsError(f"{name} 应是整数，现在是“{text[:20]}”。") from None
    if not low <= value <= high:
        raise SettingsError(f"{name} 应在 {low} 到 {high} 之间，现在是 {value}。")
    return value


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = (env.get(name) or "off").lower()
    if text not in ("on", "off"):
        raise SettingsError(f"{name} 只能是 on 或 off，现在是“{text[:20]}”。")
    return text == "on"


def _command(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(env.get(name) or ""))
    except ValueError:
        raise SettingsError(f"{name} 的引号不成对。") from None
    if words and shutil.which(words[0]) is None:
        raise SettingsError(f"{name} 里的程序 {words[0][:80]} 找不到或不能运行。")
    return words


def _url(env: Mapping[str, str], name: str, default: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    text = (env.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if text and not usable:
        begins = " 或 ".join(f"{scheme}://" for scheme in schemes)
        raise SettingsError(f"{name} 应是 {begins} 开头的地址，端口是数字。")
    return text


def _urls(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    """One address, or several with commas between them."""
    parts = [part.strip() for part in (env.get(name) or default).split(",")]
    return tuple(dict.fromkeys(_url({name: part}, name, "?") for part in parts))


def _database(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError("DATABASE_URL 写法有误，例如 postgresql://用户:密码@主机/库名。") from None
    if url.drivername not in DRIVERS:
        raise SettingsError("DATABASE_URL 只支持 sqlite 和 postgresql。")
    if url.get_backend_name() == "sqlite" and url.query:
        raise SettingsError("DATABASE_URL 写的是 sqlite，后面不能带 ? 参数。")
    return text


def _level(env: Mapping[str, str]) -> str:
    level = (env.get("LOG_LEVEL") or "INFO").upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise SettingsError("LOG_LEVEL 应是 DEBUG、INFO、WARNING 或 ERROR。")
    return level
