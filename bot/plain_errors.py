"""What stood in a command's way, in one Chinese line for whoever gave it."""

import errno

_WHY = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOTDIR: "路径里有一段不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已经有同名的文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "这里只能读，不能写",
    errno.ENOSPC: "磁盘满了",
    errno.ENAMETOOLONG: "名字太长",
    errno.EPIPE: "接着读的程序已经结束",
}


class PlainError(Exception):
    """Its text is that line."""


def in_words(error: OSError) -> str:
    """Which file it is about, and why."""
    why = _WHY.get(error.errno) or f"读写不了（{error.strerror or type(error).__name__}）"
    return f"{error.filename or '读写出错'}：{why}。"
