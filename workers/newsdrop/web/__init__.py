"""The web interface: search, read, check the status and fix failures, for browsers and for programs.

    app, serve           routes and errors; the server's start and end
    guard, access        who may ask: hosts, sessions, tokens, forms; what no page may do (headers)
    crew, backends       threads with a store each; what the pages use
    standing, remembered the status, asked once however many pages are open
    rendering            the one way to make HTML; templates/ and static/ beside it
    searching, histogram, exports    a search as its URL, as a chart, and as downloads
    reading, rereading   an article for display; its file read once more, in a process of its own
    pages/, api          what each URL answers

Rendered on the server, and complete without JavaScript. Does not implement search, replay or forgetting:
other packages do.
"""
