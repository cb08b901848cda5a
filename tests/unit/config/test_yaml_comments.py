"""Comments are written beside keys, and nothing else changes."""

from __future__ import annotations

from pocdeploy.config.yaml_comments import with_comments
from pocdeploy.config.yaml_editor import YamlText

TEXT = "config:\n  apps:\n    shop:\n      port: 80 # mine\n      env:\n        A: x\n      flow: {b: 1}\n"


def test_keys_get_comments_and_data_stays() -> None:
    shop = ("config", "apps", "shop")
    comments = {
        (*shop, "port"): "never",
        (*shop, "env"): "all\n of them",
        (*shop, "env", "A"): "y" * 120,
        (*shop, "flow", "b"): "not there",
        (*shop, "no"): "x",
    }
    changed = with_comments(YamlText(TEXT, "x.yaml"), comments, "x.yaml")

    assert changed.text == TEXT.replace("env:", "env: # all of them").replace(
        "        A: x", f"        # {'y' * 120}\n        A: x"
    )
    assert changed.data == YamlText(TEXT, "x.yaml").data


def test_line_ends_stay() -> None:
    assert with_comments(YamlText("a: 1\r\nb: 2\r\n", "x"), {("a",): "one"}, "x").text == "a: 1 # one\r\nb: 2\r\n"
