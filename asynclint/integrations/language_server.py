"""A language server: findings as diagnostics while one types, repairs as code actions.

    asynclint-server                     # speaks over standard input and output

It needs the extra `lsp`. Each text is linted by a process of its own, the rest of its project as it is on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from asynclint import __version__
from asynclint.findings import Finding
from asynclint.integrations import asking
from asynclint.integrations.translation import Text, diagnostic, difference, location_uri, text_edits, touching
from asynclint.reporters import split_lines

PAUSE = 0.3
"""Seconds without a key pressed after which a text is linted."""
AT_ONCE = 2
"""Processes that run at the same time, however many documents are open."""
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.asynclint"


@dataclass(slots=True)
class Desk:
    """The documents that are open: what was found last in each, of which version, and the work that is under way."""

    found: dict[str, tuple[int | None, tuple[Finding, ...]]] = field(default_factory=dict)
    work: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def begin(self, server: LanguageServer, uri: str, pause: float = 0.0) -> None:
        """Lint a document anew; what is being found out of an earlier version is of no use any more."""
        self.stop(uri)
        self.work[uri] = asyncio.get_running_loop().create_task(_lint(server, self, uri, pause))

    def stop(self, uri: str) -> None:
        """End the work on a document."""
        task = self.work.pop(uri, None)
        if task is not None:
            task.cancel()


async def _lint(server: LanguageServer, desk: Desk, uri: str, pause: float) -> None:
    await asyncio.sleep(pause)
    document = server.workspace.get_text_document(uri)
    location, version = to_fs_path(uri), document.version
    if location is None:
        return
    async with desk.turns:
        answer = await asking.found(location, document.source)
    if answer.trouble:
        server.window_log_message(types.LogMessageParams(types.MessageType.Warning, answer.trouble))
    here = tuple(one for one in answer.findings if location_uri(one.path) == location_uri(location))
    desk.found[uri] = version, here
    shown = [diagnostic(one, lambda path: _text(server, path)) for one in here]
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, version))


def _text(server: LanguageServer, location: str) -> Text:
    return _of(server.workspace.get_text_document(location_uri(location)))


def _of(document: TextDocument) -> Text:
    try:
        lines = split_lines(document.source)
    except (OSError, UnicodeError):  # a step of a story may stand in a file that is not open, in any encoding
        lines = None
    return Text(document.uri, lines, document.position_codec)


def _quick_fixes(server: LanguageServer, desk: Desk, uri: str, place: types.Range) -> list[types.CodeAction]:
    """Return the repairs on offer at a place; none for a text that has changed since it was linted."""
    document = server.workspace.get_text_document(uri)
    version, findings = desk.found.get(uri, (None, ()))
    if version != document.version:
        return []
    text = _of(document)
    return [
        types.CodeAction(
            title=f"{finding.code}: {finding.fix.title}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(finding, lambda path: _text(server, path))],
            is_preferred=finding.fix.applicability == "safe",
            edit=_workspace_edit(document, text_edits(finding.fix, text)),
        )
        for finding in touching(findings, text, place)
        if finding.fix is not None
    ]


async def _fix_all(server: LanguageServer, uri: str) -> list[types.CodeAction]:
    """Return the one action that makes all safe repairs of a document, tried as `--fix` tries them."""
    document = server.workspace.get_text_document(uri)
    location, before = to_fs_path(uri), document.source
    after = await asking.repaired(location, before) if location is not None else None
    if after is None or after == before or document.source != before:
        return []
    edit = _workspace_edit(document, difference(before, after, _of(document)))
    return [types.CodeAction(title="asynclint: make all safe repairs", kind=FIX_ALL, edit=edit)]


def _workspace_edit(document: TextDocument, edits: Sequence[types.TextEdit]) -> types.WorkspaceEdit:
    """Return edits that an editor refuses if the text is not any more what they were made for."""
    which = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(which, list(edits))])


def make() -> LanguageServer:
    """Return the server, ready to be started."""
    server = LanguageServer("asynclint", __version__)
    desk = Desk()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        desk.begin(server, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        desk.begin(server, params.text_document.uri, PAUSE)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        # What one file says informs the findings of the others.
        for uri in (params.text_document.uri, *desk.found):
            desk.begin(server, uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        desk.stop(uri)
        desk.found.pop(uri, None)
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only
        wanted = [str(getattr(kind, "value", kind)) for kind in only or ()]
        found: list[types.CodeAction] = []
        if only is None or types.CodeActionKind.QuickFix.value in wanted:
            found += _quick_fixes(server, desk, uri, params.range)
        if any(kind == FIX_ALL or FIX_ALL.startswith(f"{kind}.") for kind in wanted):
            found += await _fix_all(server, uri)
        return found

    return server


def serve() -> None:
    """Serve an editor over standard input and output."""
    make().start_io()
