"""The watch room: files of watched folders handed to the ledger, and put away once they have their fate.

Refuses to remember: what is known of a file stands in the ledger, so the watcher may die at any moment.
"""
