"""Where the configuration comes from, what it may say, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclint.config import Config, common_folder, load, read, with_values
from asynclint.errors import ConfigError
from tests.support.tree import write_tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder as the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_nearest_configuration_upward_holds(tree: Path) -> None:
    write_tree(
        tree, {"pyproject.toml": "[tool.asynclint]\njobs = 1\n", "a/asynclint.toml": "jobs = 2\n", "a/b/x.py": ""}
    )
    assert load("a/b").jobs == 2
    assert load("a/b").root == str(tree / "a")
    assert load(".").jobs == 1
    assert load(".").file == str(tree / "pyproject.toml")


def test_asynclint_toml_wins_over_pyproject_in_one_folder(tree: Path) -> None:
    write_tree(tree, {"pyproject.toml": "[tool.asynclint]\njobs = 1\n", "asynclint.toml": "jobs = 2\n"})
    assert load(".").jobs == 2


def test_a_pyproject_that_does_not_speak_to_us_is_passed_over(tree: Path) -> None:
    write_tree(tree, {"pyproject.toml": "[tool.asynclint]\njobs = 3\n", "a/pyproject.toml": "[project]\nname = 'a'\n"})
    assert load("a").jobs == 3


def test_defaults_hold_where_there_is_no_configuration(tree: Path) -> None:
    assert load(".") == Config(root=str(tree))


def test_every_key_is_read(tree: Path) -> None:
    text = """
        select = ["ARC1", "unparsable"]
        ignore = ["check-then-act", "arc103"]
        min-confidence = "low"
        exclude = ["vendored/"]
        output-format = "json"
        jobs = 4
        max-file-size = 10
        models = ["ours.toml"]
        [per-file-ignores]
        "tests/" = ["ALL"]
        "a.py" = ["ARC101"]
    """
    write_tree(tree, {"asynclint.toml": text})
    config = load(".")
    assert {"ARC101", "ARC102", "ARC103", "ARC104", "ARC902"} <= set(config.select)
    assert "ARC901" not in config.select
    assert config.ignore == ("ARC102", "ARC103")
    assert (config.min_confidence, config.exclude, config.output_format) == ("low", ("vendored/",), "json")
    assert (config.jobs, config.max_file_size, config.models) == (4, 10, (str(tree / "ours.toml"),))
    assert config.per_file_ignores[1] == ("a.py", ("ARC101",))
    assert set(config.select) < set(config.per_file_ignores[0][1])


def test_what_is_selected() -> None:
    assert Config().selects("ARC101")
    assert not Config(ignore=("ARC101",)).selects("ARC101")
    assert not Config(select=("ARC102",)).selects("ARC101")
    assert not Config(select=("ARC102",), ignore=("ARC102",)).selects("ARC102")
    assert Config(select=("ARC102",)).selects("ARC902"), "a file that was not analysed must not look clean"
    assert not Config(ignore=("ARC902",)).selects("ARC902")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ignor = []", "there is no key 'ignor'; did you mean 'ignore'? allowed are select, ignore, min-confidence"),
        ("max_file_size = 1", "there is no key 'max_file_size'; did you mean 'max-file-size'?"),
        ("ignore = 'ARC101'", "ignore: must be a list of strings, not 'ARC101'"),
        ("ignore = ['ARC101', 1]", "ignore: must be a list of strings, not ['ARC101', 1]"),
        ("select = ['lost-updat']", "select: there is no rule 'lost-updat'; did you mean 'lost-update'?"),
        ("select = ['']", "select: there is no rule ''"),
        (
            "min-confidence = 'hihg'",
            "min-confidence: there is no 'hihg'; did you mean 'high'? allowed are low, medium, high",
        ),
        ("min-confidence = 1", "min-confidence: must be one of low, medium, high, not 1"),
        ("output-format = 'sarif'", "output-format: there is no 'sarif'; allowed are full, concise, json, github"),
        ("jobs = -1", "jobs: must be a whole number, at least 0, not -1"),
        ("jobs = true", "jobs: must be a whole number, at least 0, not true"),
        ("max-file-size = 0", "max-file-size: must be a whole number, at least 1, not 0"),
        ("per-file-ignores = []", "per-file-ignores: must be a table of patterns"),
        ("per-file-ignores = {'a.py' = ['X']}", "per-file-ignores.'a.py': there is no rule 'X'"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_what_is_right(tree: Path, text: str, told: str) -> None:
    write_tree(tree, {"asynclint.toml": text, "in/pyproject.toml": f"[tool.asynclint]\n{text}"})
    with pytest.raises(ConfigError) as own:
        load(".")
    assert str(own.value).startswith(f"asynclint.toml: {told}")
    with pytest.raises(ConfigError) as project:
        load("in")
    assert str(project.value).startswith(f"in/pyproject.toml: [tool.asynclint]: {told}")


def test_a_mistake_in_toml_is_told_with_its_place(tree: Path) -> None:
    write_tree(tree, {"asynclint.toml": "jobs = 1\nselect = [}\n"})
    with pytest.raises(ConfigError, match=r"^asynclint\.toml: this is not TOML: .*line 2, column 11"):
        load(".")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "this is not TOML: byte 0 is not UTF-8"),
        (b"[tool]\nasynclint = 1\n", "tool.asynclint must be a table"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tree: Path, content: bytes, told: str) -> None:
    write_tree(tree, {"pyproject.toml": content})
    with pytest.raises(ConfigError, match=told):
        load(".")


def test_a_named_configuration_must_be_there_and_speak_to_us(tree: Path) -> None:
    write_tree(tree, {"pyproject.toml": "[tool.ruff]\n", "other.toml": "jobs = 7\n"})
    assert read("other.toml").jobs == 7
    with pytest.raises(ConfigError, match=r"nope\.toml: the configuration cannot be read"):
        read("nope.toml")
    with pytest.raises(ConfigError, match=r"pyproject\.toml: it has no \[tool\.asynclint\]"):
        read("pyproject.toml")


def test_later_values_win() -> None:
    config = with_values(Config(jobs=1, ignore=("ARC101",)), {"ignore": ["ARC102"], "jobs": 2}, "command line")
    assert (config.jobs, config.ignore) == (2, ("ARC102",))


def test_the_search_begins_in_the_folder_that_all_paths_share(tree: Path) -> None:
    write_tree(tree, {"a/b/x.py": "", "a/c/y.py": ""})
    assert common_folder(["a/b/x.py", "a/c"]) == str(tree / "a")
    assert common_folder(["a/b"]) == str(tree / "a/b")
    assert common_folder([]) == str(tree)
