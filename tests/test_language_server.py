"""The language server as an editor sees it: a process that speaks the protocol."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.support.tree import ROOT, run_asynclint

RACY = '''\
class Room:
    """Grüße 👋."""

    def __init__(self) -> None:
        self.members = set()

    async def tell(self) -> None:
        """👋"""; [await one.send() for one in self.members]
        for one in self.members:
            await one.send()

    def join(self, one) -> None:
        self.members.add(one)
'''
CALM = RACY.replace(" in self.members", " in list(self.members)")
SERVE = "from asynclint.integrations.language_server import serve; serve()"


class Editor:
    """An editor with one document."""

    def __init__(self, client: LanguageClient, path: Path) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.shown: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    async def __aenter__(self) -> Editor:
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(self.shown.put_nowait))
        os.environ["PYTHONPATH"] = str(ROOT)
        await self.client.start_io(sys.executable, "-c", SERVE)
        await self.client.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
        self.client.initialized(types.InitializedParams())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]

    def open(self, text: str) -> None:
        """Open the document, of which this is version 1."""
        item = types.TextDocumentItem(self.uri, types.LanguageKind.Python, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, text: str, version: int) -> None:
        """Replace all of the text."""
        document = types.VersionedTextDocumentIdentifier(version, self.uri)
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def told(self) -> types.PublishDiagnosticsParams:
        """Wait for the next diagnostics."""
        return await asyncio.wait_for(self.shown.get(), 60)

    async def actions(self, place: types.Range, only: Sequence[str] | None = None) -> list[types.CodeAction]:
        """Ask for the code actions at a place."""
        context = types.CodeActionContext([], list(only) if only else None)
        document = types.TextDocumentIdentifier(self.uri)
        answer = await self.client.text_document_code_action_async(types.CodeActionParams(document, place, context))
        return [one for one in answer or [] if isinstance(one, types.CodeAction)]


def applied(action: types.CodeAction, text: str) -> str:
    """Make the edits of an action, the last first; columns count UTF-16 code units."""
    assert action.edit is not None
    assert action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-16-le")))
    data = text.encode("utf-16-le")
    edits = [edit for edit in change.edits if isinstance(edit, types.TextEdit)]
    assert len(edits) == len(change.edits)
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        start, end = (starts[at.line] + 2 * at.character for at in (edit.range.start, edit.range.end))
        data = data[:start] + edit.new_text.encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")


def conversation(tmp_path: Path) -> Editor:
    """Return an editor with `room.py` in a project of its own."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "room.py").write_text(CALM, "utf-8")
    return Editor(LanguageClient("test", "1"), tmp_path / "room.py")


def test_findings_come_as_diagnostics_of_the_text_that_is_held(tmp_path: Path) -> None:
    async def talk() -> None:
        async with conversation(tmp_path) as editor:
            editor.open(RACY)
            first = await editor.told()
            assert first.version == 1
            assert [one.code for one in first.diagnostics] == ["ARC104", "ARC104"]
            line = RACY.splitlines()[7]
            place = first.diagnostics[0].range
            written = line.encode("utf-16-le")[2 * place.start.character : 2 * place.end.character]
            assert written.decode("utf-16-le") == "self.members"
            related = first.diagnostics[0].related_information or []
            assert [one.location.range.start.line for one in related][-1] == RACY.splitlines().index(
                "        self.members.add(one)"
            )
            editor.type(CALM, 2)
            second = await editor.told()
            assert (second.version, list(second.diagnostics)) == (2, [])

    asyncio.run(talk())


def test_a_code_action_makes_the_edits_of_the_offer(tmp_path: Path) -> None:
    async def talk() -> None:
        async with conversation(tmp_path) as editor:
            editor.open(RACY)
            shown = (await editor.told()).diagnostics
            text = RACY
            for one in reversed(shown):
                (action,) = await editor.actions(one.range)
                assert action.kind == types.CodeActionKind.QuickFix
                text = applied(action, text)
            assert text == CALM
            elsewhere = types.Range(types.Position(0, 0), types.Position(0, 1))
            assert await editor.actions(elsewhere) == []
            # What was found in another version is no offer.
            editor.type("\n" + RACY, 2)
            assert await editor.actions(shown[0].range) == []

    asyncio.run(talk())


def test_all_safe_repairs_at_once_are_those_of_the_command(tmp_path: Path) -> None:
    async def talk() -> None:
        async with conversation(tmp_path) as editor:
            editor.open(RACY)
            await editor.told()
            place = types.Range(types.Position(0, 0), types.Position(0, 0))
            (action,) = await editor.actions(place, [types.CodeActionKind.SourceFixAll])
            command = ("--fix", "-", "--stdin-filename", "room.py", "--quiet")
            said = run_asynclint(*command, cwd=tmp_path, stdin=RACY.encode()).stdout.decode()
            assert applied(action, RACY) == said != RACY

    asyncio.run(talk())


def test_a_wrong_configuration_is_told(tmp_path: Path) -> None:
    async def talk() -> None:
        async with conversation(tmp_path) as editor:
            logged: asyncio.Queue[types.LogMessageParams] = asyncio.Queue()
            editor.client.feature(types.WINDOW_LOG_MESSAGE)(partial(logged.put_nowait))
            (tmp_path / "asynclint.toml").write_text("nonsense = 1\n", "utf-8")
            editor.open(RACY)
            assert list((await editor.told()).diagnostics) == []
            assert "nonsense" in (await asyncio.wait_for(logged.get(), 60)).message

    asyncio.run(talk())


def test_without_the_extra_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    from asynclint.integrations import entry

    hidden = dict.fromkeys(("pygls", "lsprotocol", "asynclint.integrations.language_server"))
    with pytest.MonkeyPatch.context() as patch:
        for name in hidden:
            patch.setitem(sys.modules, name, None)
        assert entry.main() == 2
    assert "pip install" in capsys.readouterr().err
