"""The desk: what people do with articles, whether they type commands or open the page.

    lookup, chosen       which article, or which of them, is meant
    reparsing            their files are read again
    forgetting           they are taken out for good
    article_formats      one as Markdown or HTML, and the facts below its title
    dates, durations     times as people type and read them

Stands on the ports of ledger and index. Refuses to know a terminal, a browser, or how an answer is shown.
"""
