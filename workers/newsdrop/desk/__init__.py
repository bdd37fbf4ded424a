"""The desk: what people do with articles, on the command line or in the web interface.

    lookup, chosen       find the article, or the articles, that a person means
    reparsing            has their files read again
    forgetting           takes them out for good
    article_formats      one as Markdown or HTML, and the facts below its title
    dates, durations     times as people type and read them

Uses the ports of ledger and index. Knows no terminal, no browser, and not how results are shown.
"""
