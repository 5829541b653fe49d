"""The remedies: one module each, found by looking; edits that refuse to overlap, spliced into a file's own bytes."""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
