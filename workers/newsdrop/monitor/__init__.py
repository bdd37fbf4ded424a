"""Monitoring: the status of everything, the audit of a folder, health, metrics. Changes nothing unasked."""
