"""Watching: puts the files of watched folders into the ledger, and puts files away once they are settled.

Keeps no state: everything known about a file is in the ledger, so the watcher may die at any moment.
"""
