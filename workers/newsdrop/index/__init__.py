"""Documents → a store: Elasticsearch, or the embedded SQLite index, behind one contract (store.Store).

The package receives documents and plain options; only `factory` reads the settings. It knows no queues and no
files, and lets no third-party error out: callers see only newsdrop.errors.
"""
