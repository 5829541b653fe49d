"""Reports as lines of text: one module a format, each a generator over the same `Report`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from asynclint.reporters.report import Format, Report, Summary, split_lines

__all__ = ["FORMATS", "Format", "Report", "Summary", "render", "split_lines"]

FORMATS: tuple[Format, ...] = get_args(Format)


def render(report: Report, output_format: Format) -> Iterator[str]:
    """Yield the lines of the report, without newlines; modules are imported only for the format asked for."""
    if output_format == "full":
        from asynclint.reporters import full

        return full.render(report)
    if output_format == "json":
        from asynclint.reporters import as_json

        return as_json.render(report)
    if output_format == "github":
        from asynclint.reporters import github

        return github.render(report)
    from asynclint.reporters import concise

    return concise.render(report)
