"""Notices that stand in for an article are told, and articles about them aren't."""

from __future__ import annotations

import time

import pytest

from newsdrop.documents import Block
from newsdrop.parse.interstitials import stands_in

NOTICE = [Block("p", "The page you asked for isn't here. Go to the front page.")]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("404 Not Found", "not found"), ("Page not found – Harbour News", "not found"),
        ("Harbour | 404", "not found"),
        ("Oops! Page not found.", "not found"), ("Seite nicht gefunden | Hafenblatt", "not found"),
        ("您访问的页面不存在", "not found"),
        ("404 - 找不到页面", "not found"), ("找不到该页面_海港网", "not found"),
        ("ページが見つかりません｜港新聞", "not found"), ("Страница не найдена", "not found"),
        ("403 Forbidden", "refusal"), ("Access Denied", "refusal"), ("502 Bad Gateway", "refusal"),
        ("Just a moment...", "robots"), ("Attention Required! | Cloudflare", "robots"),
        ("环境异常", "robots"), ("滑动验证", "robots"),
        ("抱歉，您访问的页面不存在或已删除", "not found"),
        ("抱歉，指定的主题不存在或已被删除或正在被审核", "not found"),
        ("您要查看的页面已删除、更名或暂时不可用。", "not found"),
        ("提示信息 - 河边论坛 - Powered by Discuz!", "fault"), ("系统繁忙，请稍后再试", "fault"),
        ("访问拦截", "fault"), ("登录 - 河边网", "sign in"), ("请先登录后查看全文", "sign in"),
        ("登录", ""), ("登录月球的人", ""), ("主题不存在的论文", ""), ("系统提示了什么", ""),
        ("Are you a robot?", "robots"), ("Before you continue to YouTube", "consent"),
        ("We'll be back soon!", "fault"), ("Site Maintenance", "fault"), ("系统维护中", "fault"),
        ("451: Unavailable due to legal reasons", "fault"), ("百度安全验证", "robots"),
        ("Press & Hold to confirm you are a human", "robots"), ("Please log in to continue", "sign in"),
        ("Subscribe to read | Harbour Times", "subscribe"), ("Redirecting...", "redirection"),
        ("Moved Permanently", "redirection"), ("302 Found", "redirection"), ("页面跳转中", "redirection"),
        ("Index of /news", "list of files"), ("harbour.example is for sale", "domain"),
        ("This site can’t be reached", "browser"), ("Your connection is not private", "browser"),
        ("无法访问此网站", "browser"), ("We, Yahoo, are part of the Yahoo family of brands", "consent"),
        ("Found", ""), ("Index of happiness", ""), ("The harbour is for sale", ""),
        ("We'll be back", "fault"),
        ("Subscribe to reason", ""), ("网站维护中国文化", ""), ("食品安全验证", ""),
        ("此内容因违规无法查看", "taken down"), ("该公众号已迁移", "taken down"),
        ("Just a moment of calm", ""), ("404 days at sea", ""), ("The island that was not found", ""),
        ("Forbidden love in Macau", ""), ("Harbour News", ""), ("", ""), ("页面不存在的人", ""),
    ],
)  # fmt: skip
def test_a_notice_is_told_by_what_it_calls_itself(name: str, what: str) -> None:
    said = stands_in([name], NOTICE)
    assert what in said if what else not said


def test_the_only_line_of_a_page_without_a_title_is_its_name() -> None:
    assert "taken down" in stands_in(["", ""], [Block("p", "该内容已下线")])
    assert "fault" in stands_in(
        [], [Block("p", "Fatal error: Uncaught Error: Call to undefined function f()")]
    )
    assert not stands_in(["Harbour"], [Block("p", "该内容已下线")])
    assert not stands_in([], [Block("p", "该内容已下线"), Block("p", "一个故事。")])


def test_a_longer_text_is_an_article_whatever_its_title() -> None:
    assert not stands_in(["404 Not Found"], [Block("p", "A story about the error. " * 40)])
    assert not stands_in(["404 Not Found"], [Block("p", "一个关于错误的故事。" * 40)])


def test_a_long_name_takes_no_time() -> None:
    begun = time.process_time()
    for char in (" ", "-", "|", "a", "…", "您"):
        stands_in([char * 160, f"{char * 80}404{char * 77}", "|-" * 80], NOTICE)
    assert time.process_time() - begun < 1
