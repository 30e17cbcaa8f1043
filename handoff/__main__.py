"""`python -m handoff`: up, serve, migrate, user, resident, menu, export, import."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from bot.arguments import Parser, number
from bot.env_file import apply_env_file
from bot.plain_errors import PlainError, in_words

from .domain.calendar import CHINA
from .domain.clock import SystemClock
from .domain.errors import BadInput, DeskError
from .settings import Settings, load

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # what is written holds residents' words: for nobody else on this machine to read
    try:
        apply_env_file()
        return options.run(options)
    except (PlainError, DeskError) as error:
        print(error, file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(in_words(error), file=sys.stderr)  # noqa: T201
    except DBAPIError as error:
        reason = (str(error.orig).splitlines() or [""])[0].strip()
        print(f"数据库用不了，请检查 DATABASE_URL：{reason}", file=sys.stderr)  # noqa: T201
    return 2


def _parser() -> Parser:
    parser = Parser(prog="python -m handoff", description="居民诉求台")
    commands = parser.add_subparsers(required=True, metavar="命令")

    up = commands.add_parser("up", help="准备好一切并启动全部进程")
    up.set_defaults(run=_up)
    serve = commands.add_parser("serve", help="只启动诉求台")
    serve.set_defaults(run=_serve)
    migrate = commands.add_parser("migrate", help="把数据库升级到当前结构")
    migrate.set_defaults(run=_migrate)

    user = commands.add_parser("user", help="管理登录账号").add_subparsers(required=True, metavar="操作")
    add = user.add_parser("add", help="新增账号；密码从标准输入读，没有就生成一个并显示")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=["caseworker", "supervisor", "admin", "auditor", "vendor"])
    add.add_argument("--area", help="只看这个社区或网格，如 幸福社区 或 幸福社区/第三网格")
    add.add_argument("--skill", action="append", default=[], help="会什么，可重复：dialect law minor sealed 或自定")
    add.add_argument("--capacity", type=number(1, 1000), help="最多同时接几个（默认按 CAPACITY）")
    add.add_argument("--until", type=_day, help="有效期，如 2026-12-31；vendor 必填，最长 90 天")
    add.set_defaults(run=_user_add)
    skills = user.add_parser("skills", help="改一个账号会什么：写上的就是全部，一项不写就是全去掉；马上生效")
    skills.add_argument("name")
    skills.add_argument("--skill", action="append", default=[], help="可重复：dialect law minor sealed 或自定")
    skills.set_defaults(run=_user_skills)
    ends = {
        "disable": (_user_disable, "停用账号：马上登不进来，手上的对话回到队列"),
        "enable": (_user_enable, "恢复停用的账号"),
        "password": (_user_password, "换密码，已登录的要重新登录；密码从标准输入读，没有就生成一个并显示"),
    }
    for name, (run, help) in ends.items():
        command = user.add_parser(name, help=help)
        command.add_argument("name")
        command.set_defaults(run=run)

    resident = commands.add_parser("resident", help="居民的个人资料").add_subparsers(required=True, metavar="操作")
    erase = resident.add_parser("erase", help="清除一位居民在一个渠道的全部原话和个人资料，不能恢复")
    erase.add_argument("--channel", help="channels.yml 里的账号名")
    erase.add_argument("--sender", help="居民在这个渠道的 ID，如 openid")
    erase.add_argument("--conversation", type=number(1, 2**31 - 1), help="或者写对话号")
    erase.set_defaults(run=_resident_erase)

    menu = commands.add_parser("menu", help="公众号的自定义菜单").add_subparsers(required=True, metavar="操作")
    create = menu.add_parser("create", help="把菜单发布到账号（先检查平台的限制）")
    create.add_argument("account", help="channels.yml 里的账号名")
    create.add_argument("--file", help="菜单文件，YAML 或 JSON；不写就用自带的菜单")
    create.set_defaults(run=_menu_create)

    export = commands.add_parser("export", help="把全部数据导出为开放格式的文件")
    export.add_argument("--out", required=True)
    export.set_defaults(run=_export)
    restore = commands.add_parser("import", help="导入 export 的结果（目标数据库应为空）")
    where = restore.add_mutually_exclusive_group(required=True)
    where.add_argument("source", nargs="?", default=argparse.SUPPRESS, metavar="文件夹")
    where.add_argument("--from", dest="source", metavar="文件夹")
    restore.set_defaults(run=_import)
    return parser


def _day(text: str) -> datetime:
    """The end of that day in China."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), CHINA)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"应写成 2026-12-31 这样的日期，现在是 {text[:20]}") from None


def _up(options: argparse.Namespace) -> int:
    from .up.launch import up

    return up()


def _serve(options: argparse.Namespace) -> int:
    from .serve import serve

    settings = load()
    _migrated(settings).dispose()
    return serve(settings)


def _migrate(options: argparse.Namespace) -> int:
    _migrated(load())
    return 0


def _migrated(settings: Settings):
    from .store.ledger import make_engine
    from .store.migrate import migrate

    engine = make_engine(settings.database_url)
    migrate(engine)
    return engine


def _written(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """What `work(tx, …)` returns, once it is in the ledger."""
    from .store.ledger import Ledger
    from .store.vault import Vault

    settings = load()
    _migrated(settings).dispose()
    ledger = Ledger(settings.database_url, Vault(settings.secret_key))
    try:
        return ledger.write_now(work, *args, **kwargs)
    finally:
        ledger.close()


def _password() -> tuple[str, str]:
    """(the password from the standard input or a new one, what is shown of it). Raises `BadInput`."""
    line = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.readline()
    try:
        given = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadInput("password", "标准输入里的密码不是 UTF-8 的文字。") from None
    if line and not given:
        raise BadInput("password", "标准输入里的密码是空的。要自动生成，就什么都不给它：< /dev/null。")
    password = given or secrets.token_urlsafe(12)
    return password, "" if given else f"，密码：{password}"


def _user_add(options: argparse.Namespace) -> int:
    from .service import accounts

    password, shown = _password()
    _written(
        accounts.create,
        options.name,
        options.role,
        password,
        SystemClock().now(),
        options.area,
        options.skill,
        capacity=options.capacity,
        valid_until=options.until,
    )
    print(f"已新增 {options.name}（{options.role}）{shown}")  # noqa: T201
    return 0


def _user_skills(options: argparse.Namespace) -> int:
    from .service import accounts

    named = _written(accounts.give_skills, options.name, options.skill, SystemClock().now())
    print(f"{options.name} 现在会：{'、'.join(named) or '（没有写明）'}")  # noqa: T201
    return 0


def _user_disable(options: argparse.Namespace) -> int:
    from .service import accounts

    held = _written(accounts.disable, options.name, SystemClock().now())
    print(f"已停用 {options.name}，现在登不进来了" + (f"；手上的 {held} 个对话已回到队列" if held else ""))  # noqa: T201
    return 0


def _user_enable(options: argparse.Namespace) -> int:
    from .service import accounts

    _written(accounts.enable, options.name, SystemClock().now())
    print(f"已恢复 {options.name}，用原来的密码登录")  # noqa: T201
    return 0


def _user_password(options: argparse.Namespace) -> int:
    from .service import accounts

    password, shown = _password()
    _written(accounts.change_password, options.name, password, SystemClock().now())
    print(f"已换 {options.name} 的密码，登录着的要重新登录{shown}")  # noqa: T201
    return 0


def _resident_erase(options: argparse.Namespace) -> int:
    from .service import erasing

    who = (options.channel, options.sender, options.conversation)
    print(_written(erasing.erase, *who, SystemClock().now()).in_words)  # noqa: T201
    return 0


def _menu_create(options: argparse.Namespace) -> int:
    import asyncio

    from . import menu

    settings, wanted = load(), menu.read(options.file)
    _migrated(settings).dispose()
    asyncio.run(menu.create(settings, options.account, wanted))
    print(f"菜单已发布到 {options.account}，五分钟内居民就能看到")  # noqa: T201
    return 0


def _export(options: argparse.Namespace) -> int:
    from .store.transfer import export_all, log_operator

    settings = load()
    engine = _migrated(settings)
    counts = export_all(engine, settings.secret_key, options.out)
    log_operator(engine, "export_all", {"rows": sum(counts.values())})
    print(f"已导出 {sum(counts.values())} 行到 {options.out}")  # noqa: T201
    return 0


def _import(options: argparse.Namespace) -> int:
    from .store.transfer import import_all, log_operator

    settings = load()
    engine = _migrated(settings)
    counts = import_all(engine, settings.secret_key, options.source)
    log_operator(engine, "import_all", {"rows": sum(counts.values())})
    print(f"已导入 {sum(counts.values())} 行")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
