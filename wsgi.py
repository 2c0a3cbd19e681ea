"""The web server starts here: gunicorn wsgi:app. ./run does it, with the job process beside it."""

from config import Settings
from incidents.app import create_app

app = create_app(Settings.from_environment())
