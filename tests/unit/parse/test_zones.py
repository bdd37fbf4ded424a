"""Names of classes and ids say what stands beside an article, in any of the ways that names are written."""

from __future__ import annotations

import pytest

from newsdrop.parse.zones import COMMENTS, named


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("sidebar", "sidebar"), ("article-sidebar", "sidebar"), ("c-sidebar__inner", "sidebar"),
        ("relatedPosts", "related"), ("related_posts-list", "related"), ("RELATED-CONTENT", "related"),
        ("mostread", "mostread"), ("most-read-box", "most-read"), ("story__share-buttons", "share"),
        ("x newsletter-form y", "newsletter"), ("ad", "ad"), ("ads-2", "ads"), ("author-bio", "author"),
        ("Caption_related__8dmsO", "related"),
        ("comments", COMMENTS), ("comment-list", COMMENTS), ("glbComentarios-lista", COMMENTS),
        ("liste-commentaires", COMMENTS), ("kommentare", COMMENTS), ("kommentar", ""),
        ("disqus_thread", ""), ("post-comments", COMMENTS),
        ("article-body", ""), ("comments-enabled", ""), ("sidebar-grid__content", ""), ("with-sidebar", ""),
        ("js-share", ""), ("sharing-with-others", ""), ("article-widget-text", ""), ("header", ""),
        ("road", ""), ("shared", ""), ("reader", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_word_that_counts_is_the_last_that_says_something(name: str, zone: str) -> None:
    assert named(name).zone == zone


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("caption", True), ("media__caption-text", True), ("imageCaption", True), ("photo-description", True),
        ("gallery-info", True), ("imgdescription", True), ("description", False),
        ("captions-menu", False), ("image-text", False),
    ],
)  # fmt: skip
def test_captions_are_known_by_their_class(name: str, caption: bool) -> None:
    assert named(name).caption is caption
