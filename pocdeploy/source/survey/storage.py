"""Find out where a source keeps files: uploads, which need a volume, and directories that it writes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import IGNORED, searched


def find_files(draft: Draft, app: Application) -> None:
    """Add volumes for uploads, and writable directories."""
    image, folder = app.image, app.folder
    for number, path in enumerate(_outermost([*image.volumes, *_media(app)])):
        name = re.sub(r"[^a-z0-9]+", "-", posixpath.basename(path).lower()).strip("-")[:20] or "data"
        name = name if name[0].isalpha() and name not in (draft.get("volumes") or {}) else f"data-{number}"
        reason = "VOLUME of the Dockerfile" if path in image.volumes else "uploaded files"
        draft.set("volumes", name, value={"path": path, "size": "1Gi"}, reason=f"{reason}; with it one pod serves")
    if app.framework == "rails" and image.base:
        draft.set("writable", value=[f"{folder}/{part}" for part in ("tmp", "log")], reason="Rails writes to them")
    if "next" in app.packages and image.base:
        draft.set("writable", value=[f"{folder}/.next/cache"], reason="Next.js writes pages that it has rendered")


def _media(app: Application) -> Iterator[str]:
    """Yield the directories of uploads as they are in the image."""
    files, folder = app.files, app.folder
    for name in searched(files):
        if not name.endswith(".py") or IGNORED.search(name):
            continue
        text = files.text(name)
        for match in re.finditer(r"^\s*(?:MEDIA_ROOT|UPLOAD_FOLDER|UPLOAD_DIR)\s*=\s*(.+)$", text, re.M):
            parts = re.findall(r"[\"']([\w./-]+)[\"']", match[1])
            if parts and parts[-1].startswith("/"):
                yield posixpath.normpath(parts[-1])
            elif parts:
                variable = re.search(r"\b[A-Z]\w*(?:DIR|ROOT|PATH)\b|\bbasedir\b", match[1])
                base = _directory_of(variable[0], name, text) if variable else ""
                yield posixpath.normpath(posixpath.join(folder, base, parts[-1].lstrip("/")))
    storage = files.text("config/environments/production.rb")
    if re.search(r"^\s*config\.active_storage\.service\s*=\s*.*:local", storage, re.M):
        yield f"{folder}/storage"
    if "multer" in app.packages:
        for name in searched(files):
            if found := re.search(r"\bdest(?:ination)?:\s*[\"']\.?/?([\w/-]+)/?[\"']", files.text(name)):
                yield f"{folder}/{found[1].strip('/')}"


def _directory_of(variable: str, file: str, text: str, depth: int = 0) -> str:
    """Return the directory in a variable of a settings file, below the source; empty if it is not clear."""
    match = re.search(rf"^{variable}\s*=\s*(.+)$", text, re.M)
    if match is None or depth > 3:
        return ""
    if "__file__" in match[1]:
        numbered = re.search(r"parents\[(\d)\]", match[1])
        up = int(numbered[1]) + 1 if numbered else len(re.findall(r"dirname\(|\.parent\b", match[1]))
        return "/".join(file.split("/")[:-up]) if up else ""
    other = re.search(r"\b[A-Z]\w*(?:DIR|ROOT|PATH)\b", match[1])
    part = re.search(r"[\"']([\w./-]+)[\"']", match[1])
    base = _directory_of(other[0], file, text, depth + 1) if other else ""
    return posixpath.join(base, part[1]) if part else base


def _outermost(paths: Sequence[str]) -> list[str]:
    """Return the paths without those inside of others, and without system folders."""
    usable = [path for path in dict.fromkeys(paths) if path.count("/") >= 1 and path not in {"/", "/tmp"}]  # noqa: S108
    return [path for path in usable if not any(path != other and path.startswith(f"{other}/") for other in usable)]
