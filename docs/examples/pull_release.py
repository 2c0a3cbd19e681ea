"""Pull the newest signed release, and check each of its files against the manifest. Python 3.9 or newer, nothing else.

AMPARO_HOUSE=https://amparo.example AMPARO_TOKEN=amp_… python3 pull_release.py FOLDER
The token carries `release:download` and the key of coded facts.
"""

import hashlib
import io
import json
import os
import sys
import urllib.request
import zipfile
from pathlib import Path

HOUSE, TOKEN = os.environ["AMPARO_HOUSE"], os.environ["AMPARO_TOKEN"]


def ask(path):
    asked = urllib.request.Request(f"{HOUSE}/api/v1{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read()


def releases():
    after = ""
    while after is not None:
        page = json.loads(ask(f"/releases?limit=100{after and '&after=' + after}"))
        yield from page["items"]
        after = page["next"]


newest = next((each for each in releases() if each["state"] == "signed"), None)
if newest is None:
    sys.exit("There is no signed release.")
manifest = json.loads(ask(f"/releases/{newest['id']}"))["manifest"]
pack = zipfile.ZipFile(io.BytesIO(ask(f"/releases/{newest['id']}/pack")))
for file in manifest["files"]:
    if hashlib.sha256(pack.read(file["name"])).hexdigest() != file["sha256"]:
        sys.exit(f"{file['name']} is not what was signed: do not use it.")
pack.extractall(Path(sys.argv[1]))
print(newest["reference"], len(manifest["files"]), "files, each as the manifest says")
