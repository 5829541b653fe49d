"""The text form of the intermediate representation, for tests and for people."""

from __future__ import annotations

from asynclint.ir import ops as o
from asynclint.ir.graph import FunctionIR, Graph


def show(ir: FunctionIR) -> str:
    """Return a function as text: a header, then one op a line, then where each block leads.

    A block's normal successors stand behind `->`, its handler behind `!` where that is not the exceptional exit.
    """
    blocks = ir.graph.blocks
    lines = [_header(ir)]
    for number, block in enumerate(blocks):
        if number in (ir.graph.exit, ir.graph.raised):
            continue
        texts = [show_op(op) for op in block.ops] or ["(nothing)"]
        texts[-1] = f"{texts[-1]:<40}{_leads(ir.graph, number)}".rstrip()
        lines.append(f"  {f'b{number}:':<5}{texts[0]}")
        lines.extend(f"       {text}" for text in texts[1:])
    lines.extend(f"  b{first} is guarded by b{handler}" for handler, first in ir.graph.guarded)
    return "\n".join(lines) + "\n"


def show_op(op: o.Op) -> str:
    """Return one op as text."""
    match op:
        case o.Call():
            return _call(op)
        case o.Compute():
            return _compute(op)
        case o.Const() | o.New() | o.Move() | o.Capture() | o.Enter() | o.Iterate():
            return f"{op.into} = {_made(op)}"
        case o.LoadAttr() | o.StoreAttr() | o.DeleteAttr() | o.LoadItem() | o.StoreItem() | o.DeleteItem():
            return _access(op)
        case o.Suspend():
            word = op.kind if op.kind == "await" else f"suspend {op.kind}"
            return (f"{op.into} = " if op.into else "") + word + (f" {op.value}" if op.value else "")
        case _:
            return _rest(op)


def _header(ir: FunctionIR) -> str:
    params = ", ".join(("*" if param.variadic else "") + param.name for param in ir.params)
    prefix = "async def" if ir.is_async else "def"
    return f"{prefix} {ir.name}({params})" + (" generator" if ir.is_generator else "")


def _leads(graph: Graph, number: int) -> str:
    block = graph.blocks[number]
    names = {graph.exit: "exit", graph.raised: "raised"}

    def name(target: int) -> str:
        return names.get(target, f"b{target}")

    text = " -> " + ", ".join(name(target) for target in block.successors) if block.successors else ""
    return text + (f" ! {name(block.handler)}" if block.handler != graph.raised else "")


def _item(base: o.Var, key: o.Var, text: str, names: frozenset[str]) -> str:
    made_of = " of " + ", ".join(sorted(names)) if names and names != {text} else ""
    return f"{base}[{text}{made_of}]" if text == key else f"{base}[{text}{made_of} = {key}]"


def _compute(op: o.Compute) -> str:
    text = f" key {op.text}" if op.text else ""
    return f"{op.into} = {op.kind}({', '.join(op.args)}){text}"


def _call(op: o.Call) -> str:
    args = [*op.args, *(f"{name}={value}" for name, value in op.keywords)]
    receiver = f" on {op.receiver}" if op.receiver is not None else ""
    return f"{op.into} = call {op.callee}({', '.join(args)}){receiver}" + (" awaited" if op.awaited else "")


def _made(op: o.Const | o.New | o.Move | o.Capture | o.Enter | o.Iterate) -> str:
    match op:
        case o.Const():
            return op.text
        case o.New():
            return f"new {op.kind}({', '.join(op.parts)})" + (f" over {op.over}" if op.over is not None else "")
        case o.Move():
            return op.source
        case o.Capture():
            return f"capture {op.function}({', '.join(sorted(op.names))})"
        case o.Enter():
            return f"{_mode(op.is_async)}enter {op.context}"
        case o.Iterate():
            return f"{_mode(op.is_async)}next {op.iterable}"


def _access(op: o.LoadAttr | o.StoreAttr | o.DeleteAttr | o.LoadItem | o.StoreItem | o.DeleteItem) -> str:
    match op:
        case o.LoadAttr() | o.StoreAttr() | o.DeleteAttr():
            place = f"{op.base}.{op.name}"
        case _:
            place = _item(op.base, op.key, op.text, op.names)
    match op:
        case o.LoadAttr() | o.LoadItem():
            return f"{op.into} = {place}"
        case o.StoreAttr() | o.StoreItem():
            return f"{place} = {op.value}" + (" augmented" if op.augmented else "")
        case _:
            return f"del {place}"


def _rest(op: o.Mutate | o.Exit | o.Acquire | o.Release | o.Test | o.Forget | o.Return | o.Raise) -> str:
    match op:
        case o.Mutate():
            return f"mutate {_call(op.call)}"
        case o.Exit():
            return f"{_mode(op.is_async)}exit {op.context}"
        case o.Acquire():
            return f"acquire {op.lock}"
        case o.Release():
            return f"release {op.lock}"
        case o.Test():
            return f"test {op.kind} {op.value}" + (f" is {op.text}" if op.text else "")
        case o.Forget():
            return f"forget {op.var}"
        case o.Return():
            return "return" + (f" {op.value}" if op.value else "")
        case o.Raise():
            return "raise" + (f" {op.value}" if op.value else "")


def _mode(is_async: bool) -> str:
    return "async " if is_async else ""
