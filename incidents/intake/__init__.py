"""Verbs of coming in: a form, a request, a file or a draft becomes a report, and a report an incident."""
