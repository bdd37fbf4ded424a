"""What each command does, in a sentence: `newsdrop --help` is made of these, and imports no command's module.

The rest of a command's help, its arguments and examples, stands in its module.
"""

from __future__ import annotations

from typing import Final

__all__ = ["SUMMARIES"]

#: In the order of `--help`. Each is a module in this package.
SUMMARIES: Final[dict[str, str]] = {
    "up": "Watch folders and ingest their files, all in one process tree, with embedded servers unless URLs "
    "are set. Ctrl-C stops everything cleanly; what is queued is processed at the next start.",
    "web": "Serve the web interface for searching, reading and fixing problems, until Ctrl-C; for this "
    "machine only, unless there is a token (web.token).",
    "watch": "Watch folders and queue new and changed files. Workers (`newsdrop worker`) do the rest.",
    "worker": "Process queued files, until stopped. Start as many workers as you like, on any number of "
    "machines.",
    "enqueue": "Queue files, folders, or the paths on stdin ('-'). Known and unchanged files are skipped.",
    "reparse": "Read the files of selected articles again, including members of bundles, in the backlog "
    "lane.",
    "ingest": "Ingest files or folders immediately, without a worker; bad files become dead letters.",
    "parse": "Show what one file would be indexed as; nothing is indexed.",
    "forget": "Take articles out of the index for good; files stay. Only --undo brings them back.",
    "search": 'Search the articles: words (all must occur), "exact phrases", -not, OR, ( ), brid*, '
    "field:value, dates. Simplified and Traditional Chinese match each other.",
    "show": "Print one article, given by its id or the beginning of its id, its URL, or its file.",
    "open": "Open an article's file in its default program, or its URL in the browser if it can't be opened.",
    "status": "Show how many files are in each state, what is waiting in the queues, and why work is paused; "
    "or, with --id, --path or --key, the state of one drop.",
    "audit": "Compare folder, ledger and index, file by file; exit code 1 if any file is unaccounted for.",
    "metrics": "Serve the metrics of all workers and watchers at /metrics, until stopped. One exporter is "
    "enough.",
    "setup": "Create what a deployment needs once: the indexes, and an API key or user with the rights of a "
    "worker and no more. Run it at every start and upgrade: what exists is left alone.",
    "config": "Show every setting in effect and the variable that sets it; secrets are masked.",
    "demo": "Write a folder of invented articles, ingest it and search it: a first look that needs no "
    "servers.",
    "dead": "Dead letters: files that are no longer tried, why, and what to do about it.",
    "index": "The search indexes: create, check and migrate them.",
    "kibana": "Kibana: data views, saved searches, dashboards, alert rules.",
    "rules": "Site rules: list them, run their tests.",
    "health": "Probes for deployments: exit code 0 if all is well, 1 with the reason if not.",
}
