"""Models of a user's own: hooks of a framework that nobody else knows, and what is wrong with a file of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.errors import ConfigError
from asynclint.link.models import load_models

HOOKS = """
[[hooks]]
kind = "gadget"
classes = ["gadgets.*Gadget"]
polled = ["refresh"]
asked = ["do_*"]
turns = ["ONE_AT_A_TIME"]
"""
GADGET = """
from gadgets.core import SmartGadget
{turns}
class Lamp(SmartGadget):
    def __init__(self, device):
        self.device = device
        self.needs_refresh = False

    async def refresh(self):
        if self.needs_refresh:
            await self.device.read()
            self.needs_refresh = False

    def do_switch(self):
        self.needs_refresh = True
"""


def found(tree: Path, models: str, turns: str = "") -> list[tuple[str, ...]]:
    """Lint the gadget with models; return the evidence of what is found."""
    own = tree / f"{abs(hash(models))}.toml"
    own.write_text(models)
    (tree / "lamp.py").write_text(dedent(GADGET.format(turns=turns)))
    (tree / "rest.py").write_text("VERSION = 1\n")
    outcome = lint([str(tree)], Config(jobs=1, root=str(tree), models=(str(own),)))
    return [finding.evidence for finding in outcome.findings]


def test_hooks_of_a_users_framework_run_beside_each_other(tmp_path: Path) -> None:
    polled = "Lamp.refresh is polled by a task of its own, as of each gadget"
    asked = "Lamp.do_switch runs for whoever wants it of a gadget, beside others"
    assert found(tmp_path, HOOKS) == [(polled, asked)]
    assert found(tmp_path, HOOKS.replace("*Gadget", "*Machine")) == []


@pytest.mark.parametrize(("turns", "races"), [("ONE_AT_A_TIME = 1", 0), ("ONE_AT_A_TIME = 2", 1), ("OTHER = 1", 1)])
def test_a_constant_lets_one_hook_through_at_a_time(tmp_path: Path, turns: str, races: int) -> None:
    assert len(found(tmp_path, HOOKS, turns)) == races


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ('[[hooks]]\nkind = "gadget"\npoled = ["refresh"]\n', "unknown key hooks.poled"),
        ('[[hooks]]\nclasses = ["A"]\n', "needs a text as `kind`"),
        ('[[hooks]]\nkind = "gadget"\nclasses = "A"\n', "lists of names"),
        ('[hooks]\nkind = "gadget"\n', "[[hooks]]"),
    ],
)
def test_what_is_wrong_with_hooks_is_said(tmp_path: Path, models: str, said: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(models)
    with pytest.raises(ConfigError, match=r"ours\.toml") as caught:
        load_models([path])
    assert said in str(caught.value)
