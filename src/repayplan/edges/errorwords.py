"""What ``stream`` and ``verify`` say in Chinese of files and folders that are wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repayplan.basics.errors import InputError
from repayplan.basics.visible import shortened, visible
from repayplan.edges.files import TableError
from repayplan.edges.folder import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable

_WHOLE = {
    # Where is read from.
    "no file is given": "未给出文件",
    "is given twice": "重复给出",
    "is in the folder that results are written to": "位于结果的输出文件夹内",
    "there is no such file or folder": "没有此文件或文件夹",
    "there is no file": "其中没有文件",
    "no file matches": "没有匹配的文件",
    "a name in it is not UTF-8": "其中有名称不是UTF-8编码",
    "is no pattern: there is nothing between the brackets": "通配符有误：方括号内为空",
    "is no pattern: classes of signs ([:...:]) aren't known": "通配符有误：不支持字符类",
    # Where is written to.
    "is no path: there is a sign in it that no name has": "不是路径：含有名称中不允许的字符",
    "is there already and is no folder": "已存在，且不是文件夹",
    "is the current folder; name a new one in it": "是当前文件夹；请指定其中的新文件夹",
    "its name is not UTF-8: nothing can be written": "名称不是UTF-8编码，无法写入",
    "another run is writing there": "另有任务正在写入",
    "is not empty, and nothing says what of it is whole; begin anew with overwrite": (
        "不是空文件夹，且无从得知其中哪些内容完整；请加--overwrite重新开始"
    ),
    "the inputs are in another order, or results have other columns": "输入的次序或结果的列有变化",
    "there is no such folder": "没有此文件夹",
    # What is read.
    "there are no rows": "没有数据行",
    "the file is empty": "文件为空",
    "the text is not UTF-8": "文本不是UTF-8编码",
    "a text is not UTF-8": "有文本不是UTF-8编码",
    "has changed while it was read; begin anew": "读取期间已被改动；请重新开始",
    "can't be read: there are fewer rows than the file says": "无法读取：行数少于文件所示",
    "a quotation mark is opened and never closed": "有引号未闭合",
    "a quotation mark in a cell must be doubled, and the cell be in them": (
        "单元格中的引号应双写，且该单元格应置于引号内"
    ),
    "a carriage return by itself ends no row": "单独的回车符不是行的结束",
    "there is no header line with the names of the columns": "没有列名所在的表头行",
    "results have a column of that name": "结果中已有同名的列",
    "failures have a column of that name: where a row was read": "未受理的行已有同名的列，用于注明出处",
    "dates are needed": "应为日期",
    "numbers are needed": "应为数字",
    "only what can be written as text is kept": "只能保留可写成文本的列",
}
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"can't be looked (?:through|up): (.*)", lambda m: f"无法查找：{m[1]}"),
    (r"can't be read: (.*)", lambda m: f"无法读取：{m[1]}"),
    (
        r"(.+) in it is none of (.+); name the files by a pattern",
        lambda m: f"其中的{m[1]}不属于{m[2]}；请用通配符指明文件",
    ),
    (r"no pattern of file names: (.*)", lambda m: f"不是有效的通配符：{m[1]}"),
    (r"is no pattern: (.+) is the wrong way round", lambda m: f"通配符有误：{m[1]}次序颠倒"),
    (r"there is no folder (.*)", lambda m: f"没有文件夹{m[1]}"),
    (
        r"holds (.+), which is no result of this program: not replaced",
        lambda m: f"其中的{m[1]}不是本程序的结果，未作替换",
    ),
    (
        r"holds the results of another run: (.*); begin anew with overwrite",
        lambda m: f"存有另一次任务的结果：{_each(m[1])}；请加--overwrite重新开始",
    ),
    (r"the input (.+) is new", lambda m: f"新增了输入{m[1]}"),
    (r"the input (.+) is gone", lambda m: f"少了输入{m[1]}"),
    (r"the input (.+) has changed", lambda m: f"输入{m[1]}已被改动"),
    (r"(\S+) is (.+) and was (.+)", lambda m: f"{m[1]}现为{m[2]}，原为{m[3]}"),
    (r"there is no (\S+): no stream has written there", lambda m: f"没有{m[1]}：不是stream的结果"),
    (
        r"(\S+) is of format (.+), which this version doesn't read",
        lambda m: f"{m[1]}的格式为{m[2]}，本版本无法读取",
    ),
    (r"(\S+) is damaged: nothing in it can be relied on", lambda m: f"{m[1]}已损坏，其内容均不可信"),
    (
        r"(\S+) is damaged: what was done so far can't be told",
        lambda m: f"{m[1]}已损坏，无法得知已完成的部分",
    ),
    (r"(\S+) is damaged: what the results are can't be told", lambda m: f"{m[1]}已损坏，无法得知有哪些结果"),
    (r"(\S+) is damaged: (.*)", lambda m: f"{m[1]}已损坏：{m[2]}"),
    (r"rows (\d+) to (\d+): (.*)", lambda m: f"第{m[1]}至{m[2]}行：{rule_in_chinese(m[3])}"),
    (r"line (\d+): (.*)", lambda m: f"第{m[1]}行：{rule_in_chinese(m[2])}"),
    (r"row (\d+): (.*)", lambda m: f"第{m[1]}行：{rule_in_chinese(m[2])}"),
    (r"column (\d+) has no name", lambda m: f"第{m[1]}列没有名称"),
    (r"more than one column is called (.*)", lambda m: f"有多列同名：{m[1]}"),
    (
        r"there is no column (\S+)(?: \(is (.+) meant\?\))?",
        lambda m: f"没有列{m[1]}" + (f"（是否应为{m[2]}？）" if m[2] else ""),
    ),
    (
        r"there is no column (.+); name it in columns=, or give one value for all rows",
        lambda m: (
            f"{rule_in_chinese(f'there is no column {m[1]}')}；请用--map指明该列，或用--set给出统一的值"
        ),
    ),
    (
        r"(\S+) is no field.*; name it in columns= or further=, or say extra='ignore'",
        lambda m: f"{m[1]}不是字段；请用--map指明，或用--ignore略去",
    ),
    (r"(\d+) bytes, SHA-256 (.+)", lambda m: f"{m[1]}字节，SHA-256为{m[2]}"),
    (
        r"(\d+) rows from line (\d+) on have more than (\d+) bytes; take smaller parts",
        lambda m: f"自第{m[2]}行起的{m[1]}行超过{m[3]}字节；请减小分段",
    ),
    (r"from line (\d+) on it can't be read: (.*)", lambda m: f"自第{m[1]}行起无法读取：{m[2]}"),
    (
        r"from line (\d+) on (\d+) rows were counted and (\d+) read",
        lambda m: f"自第{m[1]}行起计有{m[2]}行，读出{m[3]}行",
    ),
    # What is wrong with a column, as a FrameError says it.
    (
        r"(\S+): column (\S+)(?: \((\S+)\))?: (.*) \[\w+\]",
        lambda m: f"{m[1]}：列{m[2]}{f'（{m[3]}）' if m[3] else ''}：{rule_in_chinese(m[4])}",
    ),
    (r"(\S+): (.*) \[\w+\]", lambda m: f"{m[1]}：{rule_in_chinese(m[2])}"),
)
_SYSTEM = {
    FileNotFoundError: "没有此文件或文件夹",
    PermissionError: "没有权限",
    IsADirectoryError: "是文件夹，不是文件",
}


def _each(rules: str) -> str:
    return "；".join(map(rule_in_chinese, rules.split("; ")))


def rule_in_chinese(rule: str) -> str:
    """A rule about files, folders and columns in Chinese; one that isn't known as it is.

    Examples
    --------
    >>> rule_in_chinese("rows 1 to 9: keep: column 'a': there is no column a [missing]")
    "第1至9行：keep：列'a'：没有列a"
    """
    if rule in _WHOLE:
        return _WHOLE[rule]
    for pattern, said in _PATTERNS:
        found = re.fullmatch(pattern, rule, re.DOTALL)
        if found is not None:
            return said(found)
    return rule


def in_chinese(error: BaseException) -> str:
    """What is wrong, in Chinese: words of the system and of other libraries stay as they are.

    Examples
    --------
    >>> from repayplan.basics.errors import Code
    >>> in_chinese(TableError(Code.MISSING, "a.csv", "there is no such file or folder"))
    'a.csv：没有此文件或文件夹'
    >>> in_chinese(InputError(Code.NEGATIVE, "fees", "-1"))
    'fees为负数（-1）'
    """
    if isinstance(error, (FolderError, TableError)):
        return f"{visible(str(error.value))}：{rule_in_chinese(error.rule)}"
    if isinstance(error, InputError):
        name, value = shortened(error.field), shortened(error.value)
        return error.code.text("zh", field=name, value=value, limit=error.limit)
    if isinstance(error, OSError) and error.filename:
        return f"{visible(str(error.filename))}：{_SYSTEM.get(type(error), error.strerror)}"
    return str(error)
