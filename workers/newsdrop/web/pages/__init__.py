"""The pages of the web interface: one function per URL, run in a thread with a store of its own."""
