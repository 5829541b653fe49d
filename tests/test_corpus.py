"""The corpus benchmark: names that last, samples that can be drawn again, verdicts that are checked, and the sums."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.corpus.__main__ import main
from benchmarks.corpus.comparing import compare
from benchmarks.corpus.drawing import draw, worksheet
from benchmarks.corpus.figures import agreement, kappa, wilson
from benchmarks.corpus.linting import lint_package
from benchmarks.corpus.packages import CorpusError, Package, chosen, load
from benchmarks.corpus.report import known_false, report
from benchmarks.corpus.results import Found, Result, found_of, read_results, write_result
from benchmarks.corpus.store import unpack
from benchmarks.corpus.verdicts import VERDICTS, append, read_verdicts, record, standing
from tests.support.tree import write_tree

RIVAL = "Pool.acquire, called by two tasks"


def found(number: int, package: str = "one", **changes: object) -> Found:
    data: dict[str, object] = {
        "code": "ARC101",
        "confidence": "high",
        "path": "one/pool.py",
        "line": number,
        "function": f"Pool.f{number}",
        "state": "self.size",
        "primitive": None,
        "message": "a message",
        "fix": None,
    }
    return Found(package, "1.0", {**data, **changes})


def result(*findings: Found, package: str = "one", tuned: bool = False, functions: int = 100) -> Result:
    return Result(package, "1.0", tuned, "c0ffee", 3, functions, 1.0, findings)


def many(packages: int, findings: int) -> list[Result]:
    names = [f"package{number}" for number in range(packages)]
    return [result(*(found(one, name) for one in range(findings)), package=name) for name in names]


def filled(one: Found, said: str, **changes: str) -> dict[str, object]:
    (row,) = worksheet([one], [], "seed", {"one": "c0ffee"})
    return {**row, "verdict": said, "reason": "because", "rival": RIVAL, **changes}


# Packages


def test_the_list_has_enough_packages_each_once_and_pinned() -> None:
    packages = load()
    assert len({one.name for one in packages}) == len(packages) >= 40
    assert sum(not one.tuned for one in packages) >= 25
    for one in packages:
        assert re.fullmatch(r"[0-9a-f]{64}", one.sha256)
        assert all(one.tags)
        assert re.sub(r"[-_.]+", "-", one.file).lower().startswith(f"{one.name}-{one.version.replace('.', '-')}-")


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(CorpusError, match="nosuch"):
        chosen(load(), ["nosuch"])


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py", "c:out.py", "a\\out.py"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.whl", "w") as archive:
        archive.writestr(name, "")
    with pytest.raises(CorpusError, match="leads out"):
        unpack(tmp_path / "bad.whl", tmp_path / "target")


def test_only_python_files_are_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "good.whl", "w") as archive:
        for name in ("one/a.py", "one/fast.so", "one-1.0.dist-info/RECORD"):
            archive.writestr(name, "")
    unpack(tmp_path / "good.whl", tmp_path / "target")
    assert [file.name for file in (tmp_path / "target").rglob("*") if file.is_file()] == ["a.py"]


# Results


def test_a_fingerprint_outlives_a_shift_of_lines_and_nothing_else() -> None:
    first = found(1)
    same = found(1, line=40, column=9, message="another", confidence="low", trace=[], evidence=["x"])
    assert first.fingerprint == same.fingerprint
    changes = [{"path": "b.py"}, {"function": "g"}, {"code": "ARC102"}, {"state": "self.n"}]
    others = [found(1, **change) for change in changes] + [found(1, "two"), replace(first, version="1.1")]
    assert len({one.fingerprint for one in [first, *others]}) == 7


def test_a_finding_without_data_is_known_by_its_primitive() -> None:
    assert found(1, state=None, primitive="self.a").fingerprint != found(1, state=None, primitive="self.b").fingerprint


def test_a_package_is_linted_with_paths_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class A:\n    n = 0\n\n    async def f(self):\n        self.n += await g()\n\n\nasync def g(): ...\n"
    write_tree(tmp_path / "src" / "one-1.0", {"one/a.py": text})
    monkeypatch.chdir(tmp_path)  # which is put back after linting has changed it
    done = lint_package(Package("one", "1.0", "", ""), tmp_path, 1, "c0ffee")
    assert (done.files, done.async_functions) == (1, 2)
    assert write_result(done, tmp_path / "results").name == "one.json"
    assert read_results(tmp_path / "results") == [done]


def test_findings_that_are_no_races_do_not_count() -> None:
    assert list(result(found(1, code="ARC902"), found(2)).races) == [found(2).fingerprint]


# Drawing


def test_a_sample_depends_on_the_seed_alone() -> None:
    results = many(10, 10)
    drawn = draw(results, 24, "seed", untuned=False)
    again = [replace(one, findings=one.findings[::-1]) for one in reversed(results)]
    assert drawn == draw(again, 24, "seed", untuned=False)
    assert drawn != draw(results, 24, "another", untuned=False)
    assert len({one.fingerprint for one in drawn}) == 24


def test_no_package_gives_more_than_an_eighth() -> None:
    drawn = draw(many(9, 50), 40, "seed", untuned=False)
    counts = [sum(one.package == f"package{number}" for one in drawn) for number in range(9)]
    assert sum(counts) == 40
    assert max(counts) <= 5


def test_tuned_packages_and_read_findings_can_be_left_out() -> None:
    tuned = result(found(1, "tuned"), package="tuned", tuned=True)
    drawn = draw([tuned, result(found(1), found(2))], 60, "seed", untuned=True, read={found(1).fingerprint})
    assert drawn == [found(2)]


def test_a_worksheet_is_blind() -> None:
    mixed = filled(found(7, "two", confidence="low"), "FALSE", reader="someone", commit="old")
    rows = worksheet([found(1), found(2)], [mixed], "seed", {"one": "c0ffee"})
    assert {row["package"] for row in rows} == {"one", "two"}
    for row in rows:
        assert (row["verdict"], row["reason"], row["rival"]) == ("", "", "")
        assert (row["commit"], "reader" in row) == ("c0ffee", False)
        assert "confidence" not in json.dumps(row)
        assert list(row) == list(rows[0])


# Verdicts


def test_a_good_worksheet_becomes_verdicts_and_is_read_back(tmp_path: Path) -> None:
    rows = [filled(found(1), "TRUE"), filled(found(2), "", reason=""), filled(found(3), "FALSE", rival="")]
    verdicts, wrong = record(rows, [], "ada", "2026-01-01")
    assert wrong == []
    assert [(one.verdict, one.function, one.commit) for one in verdicts] == [
        ("TRUE", "Pool.f1", "c0ffee"),
        ("FALSE", "Pool.f3", "c0ffee"),
    ]
    append(verdicts, tmp_path / "verdicts.jsonl")
    assert read_verdicts(tmp_path / "verdicts.jsonl") == verdicts


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"verdict": "MAYBE"}, "'MAYBE' is none of TRUE, PLAUSIBLE, BENIGN, FALSE"),
        ({"verdict": ""}, "is none of"),
        ({"reason": " "}, "gives no reason"),
        ({"rival": ""}, "PLAUSIBLE needs a rival"),
        ({"rival": "public, so who knows"}, "PLAUSIBLE needs a rival"),
        ({"fingerprint": "0" * 16}, "was changed"),
        ({"finding": ""}, "has lost the finding"),
    ],
)
def test_a_bad_row_is_refused_with_its_number(changes: dict[str, str], sentence: str) -> None:
    _, wrong = record([filled(found(1), "TRUE"), filled(found(2), "PLAUSIBLE", **changes)], [], "ada", "2026-01-01")
    assert len(wrong) == 1
    assert wrong[0].startswith("row 2 (one, ")
    assert sentence in wrong[0]


@pytest.mark.parametrize("rival", ["pool.py:120", "`Pool.acquire`", "acquire()", "https://docs.example/x", "README.md"])
def test_a_rival_of_a_plausible_finding_is_named(rival: str) -> None:
    assert record([filled(found(1), "PLAUSIBLE", rival=rival)], [], "ada", "2026-01-01")[1] == []


def test_a_reader_judges_once_unless_to_revise() -> None:
    first, _ = record([filled(found(1), "TRUE")], [], "ada", "2026-01-01")
    second = [filled(found(1), "FALSE")]
    assert "`--revise`" in record(second, first, "ada", "2026-01-02")[1][0]
    assert "`--revise`" in record([*second, *second], [], "ada", "2026-01-02")[1][0]
    assert record(second, first, "bob", "2026-01-02")[1] == []
    revised, wrong = record(second, first, "ada", "2026-01-02", revise=True)
    assert wrong == []
    assert standing([*first, *revised]) == {found(1).fingerprint: "FALSE"}


def test_of_two_readers_the_harsher_counts() -> None:
    ada, _ = record([filled(found(1), "TRUE"), filled(found(2), "BENIGN")], [], "ada", "2026-01-01")
    bob, _ = record([filled(found(1), "PLAUSIBLE"), filled(found(2), "TRUE")], [], "bob", "2026-01-01")
    assert list(standing([*ada, *bob]).values()) == ["PLAUSIBLE", "BENIGN"]


def test_the_recorded_verdicts_can_be_read_and_keep_their_fingerprints() -> None:
    for one in read_verdicts(VERDICTS):
        known = Found(
            one.package, one.version, {key: getattr(one, key) for key in ("path", "function", "code", "state")}
        )
        assert known.fingerprint == one.fingerprint


# Sums


def test_intervals_are_those_of_wilson() -> None:
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)


def test_kappa_is_that_of_cohen() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert agreement(pairs) == pytest.approx(0.7)
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([("no", "no")] * 3) is None


def test_the_report_joins_verdicts_with_the_current_results() -> None:
    findings = [found(1), found(2), found(3, confidence="medium", code="ARC102"), found(4)]
    gone = found(9)
    ada, _ = record(
        [*map(filled, [*findings[:3], gone], ["TRUE", "PLAUSIBLE", "FALSE", "FALSE"])], [], "ada", "2026-01-01"
    )
    bob, _ = record([*map(filled, findings[:2], ["TRUE", "BENIGN"])], [], "bob", "2026-01-01")
    lines = list(report([result(*findings, functions=200)], [*ada, *bob]))
    text = "\n".join(lines)
    assert "ARC101       3 findings   15.0 per 1,000 async functions" in text
    assert "3 of 4 are read" in text
    assert "  all        1 of   3 =  33%  [  6%,  79%]  1 TRUE, 1 BENIGN, 1 FALSE" in lines
    assert "  high       1 of   2 =  50%  [  9%,  91%]  1 TRUE, 1 BENIGN" in lines
    assert "  ARC102     0 of   1 =   0%  [  0%,  79%]  1 FALSE" in lines
    assert "ada and bob read 2 in common" in text
    assert "the verdict:           50% agree, kappa 0.33" in text
    assert list(known_false({gone.fingerprint}, [*ada, *bob])) == ["ada: of 1 known to be FALSE: 1 FALSE"]


def test_a_comparison_tells_what_is_gone_and_new_with_verdicts() -> None:
    old = [result(found(1), found(2), found(3)), result(found(1, "two"), package="two")]
    new = [result(found(2, line=30), found(3, confidence="medium"), found(4))]
    lines = list(compare(old, new, {found(1).fingerprint: "TRUE"}))
    assert [line for line in lines if not line.startswith("  ")] == [
        "1 releases in both, 1 in one only",
        "3 findings before, 3 after",
        "gone: 1 (1 TRUE)",
        "new: 1 (1 unread)",
        "high to medium: 1 (1 unread)",
    ]
    assert "  TRUE      ARC101 [high] one-1.0 one/pool.py:1 Pool.f1 self.size" in lines


# The command line


def test_a_finding_goes_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, sheet, verdicts = tmp_path / "results", tmp_path / "sheet.jsonl", tmp_path / "verdicts.jsonl"
    write_result(result(found(1)), results)
    common = ["--results", str(results), "--verdicts", str(verdicts)]
    assert main(["draw", *common, "--count", "8", "--seed", "s", "--untuned", "--out", str(sheet)]) == 0
    row = json.loads(sheet.read_text())
    assert found_of(row).fingerprint == found(1).fingerprint
    sheet.write_text(json.dumps({**row, "verdict": "PLAUSIBLE", "reason": "because"}))
    assert main(["record", str(sheet), "--reader", "ada", "--verdicts", str(verdicts)]) == 1
    assert not verdicts.exists()
    assert "nothing was recorded" in capsys.readouterr().err
    sheet.write_text(json.dumps({**row, "verdict": "PLAUSIBLE", "reason": "because", "rival": "a.py:3"}))
    assert main(["record", str(sheet), "--reader", "ada", "--verdicts", str(verdicts)]) == 0
    assert main(["report", *common]) == 0
    assert "1 of   1 = 100%" in capsys.readouterr().out


def test_a_folder_without_results_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--results", str(tmp_path)]) == 1
    assert "no results are there" in capsys.readouterr().err
