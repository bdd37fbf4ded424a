"""Documents → a store: Elasticsearch, or the embedded SQLite index, behind one contract (store.Store).

The room is given documents and plain options; only `factory` sees the settings. It refuses to know queues and
files, and lets no error of a third party out: callers meet newsdrop.errors alone.
"""
