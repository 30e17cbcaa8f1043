"""channels.yml: what is right is read as it stands, what is wrong is said in one Chinese line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.message import ConfigError
from bot.channels.registry import KINDS, load_accounts

from .conftest import AES_KEY

EXAMPLE = Path(__file__).parents[2] / "channels.example.yml"
GOOD = f"""
- name: street-oa
  kind: wechat
  app_id: wx9900000000000001
  token: "${{OA_TOKEN}}"
  app_secret: "${{OA_SECRET}}"
  encoding_aes_key: {AES_KEY}
  mode: secure
- {{name: page, kind: web}}
"""
ENV = {"OA_TOKEN": "street", "OA_SECRET": "secret"}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "channels.yml"
    path.write_text(text, "utf-8")
    return path


def test_the_accounts_are_read_in_order_with_values_from_the_environment(tmp_path: Path):
    accounts = load_accounts(write(tmp_path, GOOD), ENV)
    assert [(name, channel.kind) for name, channel in accounts.items()] == [("street-oa", "wechat"), ("page", "web")]
    assert accounts["street-oa"].token == "street"


def test_without_a_file_there_is_the_web_page():
    assert [channel.kind for channel in load_accounts(None, {}).values()] == ["web"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: wechat", "kind: wechatt", "账号 street-oa：kind"),
        ("name: street-oa", "name: 街道", "账号 街道：name"),
        ("name: street-oa", "name: a/b", "name"),
        ("name: street-oa", "name: page", "账号 page：name 重复"),
        ("  app_id: wx9900000000000001\n", "", "账号 street-oa：缺少 app_id"),
        ("app_id: wx9900000000000001", 'app_id: ""', "账号 street-oa：缺少 app_id"),
        ("app_id: wx9900000000000001", "app_id: 12345", "账号 street-oa：app_id 应写成带引号的文字"),
        ("app_id: wx9900000000000001", "app_id: [1]", "账号 street-oa：app_id"),
        (f"  encoding_aes_key: {AES_KEY}\n", "", "账号 street-oa：encoding_aes_key"),
        (AES_KEY, AES_KEY[:-1], "账号 street-oa：encoding_aes_key"),
        (AES_KEY, "密" * 43, "账号 street-oa：encoding_aes_key"),
        ("mode: secure", "mode: safe", "账号 street-oa：mode"),
        ("mode: secure", "moed: secure", "账号 street-oa：不认识的字段 moed"),
        ("mode: secure", "freshness: -5", "账号 street-oa：freshness"),
        ("${OA_TOKEN}", "${NOT_SET}", "账号 street-oa：token 取自环境变量 NOT_SET"),
        ("- {name: page, kind: web}", "- page", "第 2 个账号"),
        ("- {name: page, kind: web}", "- {kind: web}", "第 2 个账号：name"),
        ("- {name: page, kind: web}", "- {name: page", "YAML"),
        ("app_id: wx9900000000000001", "app_id: 2026-13-45", "（第 4 行）"),
        ("app_id: wx9900000000000001", "app_id: !!int ''", "（第 4 行）"),
        ("- {name: page, kind: web}", "- {name: page, kind: !!timestamp x}", "YAML"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(tmp_path: Path, old: str, new: str, said: str):
    assert old in GOOD
    with pytest.raises(ConfigError) as wrong:
        load_accounts(write(tmp_path, GOOD.replace(old, new)), ENV)
    assert said in str(wrong.value) and "\n" not in str(wrong.value)


@pytest.mark.parametrize("text", ["", "[]", "name: page", "3", "\x00"])
def test_a_file_that_is_no_list_of_accounts_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ConfigError):
        load_accounts(write(tmp_path, text), ENV)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError):
        load_accounts(tmp_path / "absent.yml", ENV)


def test_no_error_shows_a_secret(tmp_path: Path):
    with pytest.raises(ConfigError) as wrong:
        load_accounts(write(tmp_path, GOOD.replace(AES_KEY, '"${OA_SECRET}"')), {**ENV, "OA_SECRET": "very-secret"})
    assert "very-secret" not in str(wrong.value)


def test_the_example_file_works_and_shows_every_kind():
    names = ["OA", "MINI"]
    env = {f"{name}_{field}": "x" for name in names for field in ("TOKEN", "SECRET")}
    env |= {"OA_AES_KEY": AES_KEY, "MINI_AES_KEY": AES_KEY, "KF_AES_KEY": AES_KEY, "KF_TOKEN": "x", "KF_SECRET": "x"}
    assert {channel.kind for channel in load_accounts(EXAMPLE, env).values()} == set(KINDS)


def test_the_api_address_comes_from_the_environment(tmp_path: Path):
    accounts = load_accounts(write(tmp_path, GOOD), {**ENV, "WECHAT_API_BASE": "http://127.0.0.1:9/"})
    assert accounts["street-oa"]._api == "http://127.0.0.1:9"
