"""The page: search, read, see what stands and mend what failed, in a browser; and the same for programs.

    app, serve           routes and errors; the server's start and end
    guard, access        who may ask: hosts, sessions, tokens, forms; what no page may do (headers)
    crew, backends       threads with a store each; what the pages work with
    standing, remembered where everything stands, asked once however many look
    rendering            the one way to make HTML; templates/ and static/ beside it
    searching, histogram, exports    a search as its address spells it, drawn, and taken away
    reading, rereading   an article for the eye; its file read once more, in a process of its own
    pages/, api          what each address answers

Server-rendered, and whole without JavaScript. Refuses to decide what search, replay or forgetting mean: the
rooms below do.
"""
