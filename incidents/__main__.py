"""python -m incidents: the command line, with the whole house behind it."""

from incidents.app import create_app
from incidents.cli import main

if __name__ == "__main__":
    main(create_app)
