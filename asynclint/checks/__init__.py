"""The checks: one module a rule, found by looking, and the run over one function."""

from __future__ import annotations

import importlib
import pkgutil

from asynclint.checks.registry import CHECKS, NEEDS, Check, asked, check, wanted

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["CHECKS", "NEEDS", "Check", "asked", "check", "wanted"]
