"""One article: shown, shown as archived, downloaded, queued to be read again, forgotten."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsdrop.desk.article_formats import as_markdown, readable_url
from newsdrop.desk.article_formats import facts_of as lines_of
from newsdrop.desk.forgetting import forget, takedown_of
from newsdrop.desk.lookup import origin_of
from newsdrop.desk.reparsing import queue_again
from newsdrop.documents import Block, Document, Drop, Image
from newsdrop.errors import ForbiddenPathError, GoneError, NewsdropError
from newsdrop.identity import url_document_id
from newsdrop.index.query import Identity, Value, any_of
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.web.answers import ProblemError
from newsdrop.web.backends import Desk
from newsdrop.web.exports import file_name
from newsdrop.web.guard import POLICY
from newsdrop.web.reading import Fact, facts_of, metadata, pieces_of, reads_as_indexed
from newsdrop.web.rendering import render, web_address
from newsdrop.web.rereading import PATIENCE_S, Reread

__all__ = ["article_page", "ask_page", "change_article", "download", "explanation_piece", "original_frame"]

#: How long to wait for the file before a page is shown without it.
_PATIENCE_S: Final = 3.0
_MOST_COPIES: Final = 20
_MOST_RELATED: Final = 50
#: The frame shows the archived page as it looked, as far as its styles are in the file: it runs nothing and
#: contacts nobody.
_FRAME_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
#: What our pages may do, plus pictures from anywhere.
_PICTURES_POLICY: Final = POLICY.replace("img-src 'self'", "img-src 'self' https: http:")
#: The changes to an article: their names, and what they do.
_CHANGES: Final = {
    "reparse": (
        "Read it again",
        "The article's file is read once more with the current rules, after all fresh files.",
    ),
    "forget": (
        "Forget it",
        "The article is taken out of the index for good; its file stays where it is. Only "
        "`newsdrop forget --undo` brings it back.",
    ),
}


def article_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/articles/{id}`"""
    document = desk.article(request.path_params["id"])
    blocks, said = _blocks(desk, document)
    source = document.source
    pictures = request.query_params.get("pictures") == "yes"
    headers = {"Content-Security-Policy": _PICTURES_POLICY} if pictures else {}
    values = {
        "id": document.id,
        "title": source.get("title", ""),
        "language": source.get("language"),
        "authors": source.get("author", []),
        "summary": source.get("summary", ""),
        "facts": list(facts_of(document)),
        "metadata": list(metadata(document)),
        "pieces": pieces_of(document, blocks),
        "said": said,
        "images": [msgspec.convert(image, Image) for image in source.get("images", [])],
        "captions": source.get("captions", []),
        "pictures": pictures,
        "links": _links(source.get("links", [])),
        "related": _related(desk.store, source.get("related", [])),
        "copies": _copies(desk.store, document),
        "has_file": "path" in source.get("file", {}),
        "done": request.query_params.get("done", ""),
    }
    return render("article.html", request, values, headers=headers)


def explanation_piece(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/articles/{id}/explanation`: which rule was used, and why; for htmx, without the page around it."""
    document = desk.article(request.path_params["id"])
    reread = _reread(desk, document)
    template = "explanation_piece.html" if request.headers.get("hx-request") else "explanation.html"
    values = {"id": document.id, "title": document.source.get("title", ""), "how": reread.explanation}
    return render(template, request, values)


def original_frame(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/articles/{id}/original`: the archived page, for a frame without rights."""
    drop = _drop_of(desk, desk.article(request.path_params["id"]))
    html = desk.backends.rereader.html(drop)
    headers = {"Content-Security-Policy": _FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(html.encode("utf-8", "replace"), 200, headers, "text/html; charset=utf-8")


def download(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/articles/{id}/download/{kind}`: as Markdown, as JSON, or the archived bytes."""
    document, kind = desk.article(request.path_params["id"]), request.path_params["kind"]
    name = file_name(document).removesuffix(".md")
    if kind == "markdown":
        text = as_markdown(document.source, lines_of(document)) + "\n"
        return _file(text.encode("utf-8", "backslashreplace"), f"{name}.md", "text/markdown; charset=utf-8")
    if kind == "json":
        facts = {**document.source, "id": document.id, "version": document.version}
        return _file(msgspec.json.encode(facts), f"{name}.json", "application/json")
    if kind == "original":
        data = desk.backends.rereader.data(_drop_of(desk, document))
        # Never a type that a browser would show: the page may come from anybody.
        return _file(data, f"{name}.original", "application/octet-stream")
    raise ProblemError(404, f"An article can be downloaded as markdown, json or original, but not as {kind}.")


def ask_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/articles/{id}/{reparse or forget}`: says what would be done, and asks for confirmation."""
    document, change = desk.article(request.path_params["id"]), _change(request)
    name, meaning = _CHANGES[change]
    values = {"id": document.id, "title": document.source.get("title", ""), "change": change}
    return render("ask.html", request, values | {"name": name, "meaning": meaning})


def change_article(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """The same URL with POST: do it."""
    document, change = desk.article(request.path_params["id"]), _change(request)
    backends = desk.backends
    if change == "reparse":
        chosen = SearchRequest(filters=(Identity(document.id),), snippets=False)
        queued, met = queue_again(desk.store, backends.ledger, chosen)
        if not queued:
            why = "its file no longer exists" if met.missing else "it was sent in a message, without a file"
            raise GoneError(f"{document.source.get('title') or document.id} can't be read again: {why}.")
        return RedirectResponse(f"/articles/{document.id}?done=reparse", 303)
    forget(desk.store, backends.takedowns, [takedown_of(document, backends.by)])
    return RedirectResponse("/?done=forget", 303)


def _change(request: Request) -> str:
    change = str(request.path_params["change"])
    if change not in _CHANGES:
        raise ProblemError(404, f"There is no action {change} for articles.")
    return change


def _blocks(desk: Desk, document: Document) -> tuple[list[Block] | None, str]:
    """The blocks of the file, or the reason why only paragraphs can be shown."""
    try:
        blocks = _reread(desk, document, _PATIENCE_S).blocks
    except NewsdropError as error:
        return None, error.message
    if not reads_as_indexed(document, blocks):
        return (
            None,
            "The file now reads differently from when it was indexed; read it again to update the article.",
        )
    return blocks, ""


def _reread(desk: Desk, document: Document, patience_s: float = PATIENCE_S) -> Reread:
    return desk.backends.rereader.reread(_drop_of(desk, document), patience_s)


def _drop_of(desk: Desk, document: Document) -> Drop:
    """The drop that the article was made from.

    Raises:
        ForbiddenPathError: the ledger doesn't know it, so we must not open it.
        GoneError: it came without a file.
    """
    drop = origin_of(document).drop
    if desk.backends.ledger.lookup([drop.id])[0] is None:
        raise ForbiddenPathError(
            f"{drop.source} is not a file in this installation's ledger, so it isn't opened here."
        )
    return drop


def _links(links: list[str]) -> list[Fact]:
    return [Fact("", readable_url(url), web_address(url), outside=True) for url in links]


def _related(store: Store, urls: list[str]) -> list[Fact]:
    """The related articles of the page: the article here, if it is indexed, or else its URL."""
    ids = {url: url_document_id(url) for url in urls[:_MOST_RELATED]}
    if not ids:
        return []
    any_one = any_of([Identity(one) for one in ids.values()])
    request = SearchRequest(filters=(any_one,), size=len(ids), snippets=False)
    titles = {hit.id: hit.title or hit.id for hit in store.search(request).hits}
    return [
        Fact("", titles[one], f"/articles/{one}")
        if one in titles
        else Fact("", readable_url(url), web_address(url), outside=True)
        for url, one in ids.items()
    ]


def _copies(store: Store, document: Document) -> list[dict[str, Any]]:
    """The other copies of the story, as far as copies are marked, and the original of this one."""
    source = document.source
    nodes: list[Any] = [Value("duplicate_of", document.id)]
    if content := source.get("fingerprint", {}).get("content"):
        nodes.append(Value("fingerprint.content", content))
    if original := source.get("duplicate_of"):
        nodes += [Identity(original), Value("duplicate_of", original)]
    request = SearchRequest(filters=(any_of(nodes),), sort="oldest", size=_MOST_COPIES + 1, snippets=False)
    hits = store.search(request).hits
    return [{"hit": hit, "original": hit.id == original} for hit in hits if hit.id != document.id]


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, 200, headers, media_type)
