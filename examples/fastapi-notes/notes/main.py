from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from notes.settings import settings

templates = Jinja2Templates(Path(__file__).parent.parent / "templates")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(settings.database_url, min_size=1, max_size=5) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> str:
    return "ok"


@app.get("/", response_class=HTMLResponse)
async def listed(request: Request) -> Response:
    pool = request.app.state.pool
    notes = await pool.fetch("SELECT body FROM note ORDER BY id DESC LIMIT 50")
    summary = await pool.fetchrow("SELECT notes, words, made FROM summary ORDER BY id DESC LIMIT 1")
    return templates.TemplateResponse(request, "notes.html", {"notes": notes, "summary": summary})


@app.post("/")
async def write(request: Request, body: Annotated[str, Form(max_length=500)]) -> Response:
    if body.strip():
        await request.app.state.pool.execute("INSERT INTO note (body) VALUES ($1)", body.strip())
    return RedirectResponse("/", status_code=303)
