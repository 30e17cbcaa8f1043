#!/bin/sh
# Builds .venv from the hashed lock file. Needs Python 3.10, found through python3.10, pyenv or uv; nothing else.
set -eu
cd "$(dirname "$0")"
want=$(cat .python-version)
say() { printf '%s\n' "$*" >&2; }

touch .writable 2>/dev/null && rm -f .writable || { say "这个文件夹不可写，无法建立运行环境：$(pwd)"; exit 1; }

# A pyenv shim can exist without the version behind it, so each candidate must prove that it runs.
is_wanted() { [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$want" ]; }
find_python() {
    for candidate in "python$want" python3 python \
        "$(pyenv prefix "$(pyenv latest "$want" 2>/dev/null)" 2>/dev/null)/bin/python" \
        "$(uv python find "$want" 2>/dev/null)"; do
        if [ -n "$candidate" ] && is_wanted "$candidate"; then command -v "$candidate"; return 0; fi
    done
    return 1
}

if ! { [ -x .venv/bin/python ] && is_wanted .venv/bin/python; }; then
    python=$(find_python) || python=""
    if [ -z "$python" ] && uv --version >/dev/null 2>&1 && uv python install "$want" >&2; then
        python=$(find_python) || python=""
    fi
    if [ -z "$python" ]; then
        say "没有找到 Python $want。请先安装：uv python install $want，或 pyenv install $want，或从 python.org 下载。"
        exit 1
    fi
    say "正在建立运行环境（$("$python" --version)）……"
    rm -rf .venv
    "$python" -m venv .venv
fi

# Compiled at once: Rasa and what it needs take ten seconds longer to start uncompiled, in every process that may not write.
# The installer itself is pinned by the same lock, with its hashes.
installer=$(mktemp)
trap 'rm -f "$installer"' EXIT
awk '/^uv==/ {on=1} on {print; if ($0 !~ /\\$/) exit}' requirements.lock >"$installer"
if .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$installer" &&
    .venv/bin/python -m uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock; then
    exit 0
fi
# Where uv cannot reach the package index that pip is set up for, pip installs the same lock, only slower. --no-deps: the lock is complete.
say "改用 pip 安装，会慢一些……"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock || {
    say "依赖安装失败，请检查网络或软件源后再试一次。"
    exit 1
}
