"""Variables are found in the languages of applications, with whether the program needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.survey.variables import variables
from tests.unit.source.trees import write

NEEDED, OPTIONAL = True, False


@pytest.mark.parametrize(
    ("file", "code", "expected"),
    [
        ("a.py", 'x = os.environ["A_B"]\n', {"A_B": NEEDED}),
        ("a.py", 'def f():\n    return os.environ["A_B"]\n', {"A_B": OPTIONAL}),
        ("a.py", 'if "A_B" in os.environ:\n    x = 1\ny = os.environ["A_B"]\n', {"A_B": OPTIONAL}),
        ("a.py", 'os.environ["A_B"] = "1"\n', {}),
        ("a.py", 'os.environ.get("A_B") or "x"\n', {"A_B": OPTIONAL}),
        (
            "a.py",
            'env("A_B")\nenv.bool("C_D", default=True)\nenvbool("E_F", "x")\n',
            {"A_B": NEEDED, "C_D": OPTIONAL, "E_F": OPTIONAL},
        ),
        (
            "a.py",
            "class Settings(BaseSettings):\n    a_b: str\n    c_d: int = 3\n    e_f: str | None\n",
            {"A_B": NEEDED, "C_D": OPTIONAL, "E_F": OPTIONAL},
        ),
        (
            "a.py",
            'class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="X_")\n    a: str\n',
            {"X_A": NEEDED},
        ),
        ("a.ts", "process.env.A_B ?? 'x'; process.env['C_D']\n", {"A_B": OPTIONAL, "C_D": OPTIONAL}),
        ("schema.prisma", 'url = env("A_B")\n', {"A_B": NEEDED}),
        (
            "a.rb",
            "ENV.fetch('A_B')\nENV['C_D']\nENV.fetch(\"E_F\") { 3 }\n",
            {"A_B": NEEDED, "C_D": OPTIONAL, "E_F": OPTIONAL},
        ),
        ("a.go", 'os.Getenv("A_B")\nos.LookupEnv("C_D")\n', {"A_B": OPTIONAL, "C_D": OPTIONAL}),
        ("src/application.yml", "x: ${A_B:default}\n", {"A_B": OPTIONAL}),
        ("a.php", "env('A_B', 'x')", {"A_B": OPTIONAL}),
        ("tests/test_a.py", 'os.environ["A_B"]', {}),
        ("a.txt", 'os.environ["A_B"]', {}),
    ],
)
def test_variables_of_a_file(file: str, code: str, expected: dict[str, bool], tmp_path: Path) -> None:
    found = variables(source_files.read(write(tmp_path, {file: code})))

    assert {name: variable.needed for name, variable in found.items()} == expected


def test_a_variable_has_its_file_and_line(tmp_path: Path) -> None:
    found = variables(source_files.read(write(tmp_path, {"a.py": "\n\nx = os.getenv('A_B')\n"})))

    assert found["A_B"].where == "a.py:3"
