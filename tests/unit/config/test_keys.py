"""Keys of the configuration: their parts, and plain data at them."""

from __future__ import annotations

import pytest

from pocdeploy.config import keys


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("pocdeploy:cluster.httpPort", ("cluster", "httpPort")),
        ("apps.shop.cron[0].name", ("apps", "shop", "cron", 0, "name")),
        ('cluster.gateway.annotations["a.b/c d"]', ("cluster", "gateway", "annotations", "a.b/c d")),
        ("charts.cloudnative-pg.source", ("charts", "cloudnative-pg", "source")),
    ],
)
def test_a_key_has_parts(key: str, path: tuple[str | int, ...]) -> None:
    assert keys.parse(key) == path
    assert keys.parse(keys.written(path)) == path


@pytest.mark.parametrize("key", ["", ".", "a..b", "a.", "[0]", "a[x]", 'a["b', "a b]"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        keys.parse(key)


def test_keys_are_related_if_one_is_in_the_other() -> None:
    assert keys.is_related(("a", "b"), ("a",))
    assert not keys.is_related(("a", "b"), ("a", "c"))


def test_data_is_changed_in_a_copy() -> None:
    data = {"a": [{"b": 1}], "c": 2}

    assert keys.put(data, ("a", 0, "b"), 3) == {"a": [{"b": 3}], "c": 2}
    assert keys.put(data, ("a", 1), 4) == {"a": [{"b": 1}, 4], "c": 2}
    assert keys.put(data, ("d", "e"), 5) == {**data, "d": {"e": 5}}
    assert keys.without(data, ("a", 0)) == {"a": [], "c": 2}
    assert keys.without(data, ("x", "y")) == data
    assert (keys.get(data, ("a", 0, "b")), keys.get(data, ("a", 7))) == (1, None)
    assert data == {"a": [{"b": 1}], "c": 2}
