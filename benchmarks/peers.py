"""anjana on the rows that our search was timed on.

anjana wants a numpy and a pandas of its own, so `uv` puts it into an environment beside ours, and this file is what
runs there: it imports nothing of the house. Where it cannot be installed, the benchmark says so.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

VERSION = "anjana==1.2.3"
ROWS = 50_000  # at most: 300,000 took it 84 s on a machine that did nothing else
SECONDS = 300


def anjana(columns, paths, k, suppression):
    """What it found, seconds and memory; a text that says why not, where it did not.

    `paths`: column → each leaf's way to the root.
    """
    size = len(next(iter(columns.values())))
    if size > ROWS:
        return f"not run on more than {ROWS:,} rows"
    uv = which("uv") or Path(sys.executable).with_name("uv")
    given = {"columns": columns, "paths": paths, "k": k, "suppression": 100 * suppression}
    with TemporaryDirectory() as folder:
        asked = Path(folder, "asked.json")
        asked.write_text(json.dumps(given))
        alone = (
            "run",
            "--quiet",
            "--no-project",
            "--isolated",
            "--python",
            sys.executable,
            "--with",
            VERSION,
        )
        try:
            done = subprocess.run(  # noqa: S603  what is run is written here
                [uv, *alone, "python", __file__, asked],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            return f"could not be run here ({type(problem).__name__})"
    return json.loads(done.stdout.splitlines()[-1])


def loss_of(found, ladders, size):
    """By the metric of our search: what each column lost, and one for each row that was left out."""
    total = float(size - found["rows"]) * len(ladders)
    for ladder in ladders:
        lost = {
            label: float(loss)
            for labels, losses in zip(ladder.labels, ladder.loss, strict=True)
            for label, loss in zip(labels, losses, strict=True)
        }
        total += sum(lost[label] * times for label, times in found["values"][ladder.column].items())
    return total / size / len(ladders)


def _asked(path):
    import pandas as pd  # noqa: PLC0415  not ours: there alone
    from anjana.anonymity import k_anonymity  # noqa: PLC0415  likewise

    asked = json.loads(Path(path).read_text())
    frame, quasi = pd.DataFrame(asked["columns"], dtype=str), list(asked["columns"])
    levels = {
        name: {level: pd.Series(labels) for level, labels in enumerate(zip(*paths, strict=True))}
        for name, paths in asked["paths"].items()
    }
    begun, busy = time.perf_counter(), time.process_time()
    found = k_anonymity(frame, [], quasi, asked["k"], asked["suppression"], levels)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    return {
        "seconds": seconds,
        "busy": busy,
        "rows": len(found),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "values": {name: found[name].value_counts().to_dict() for name in quasi},
    }


if __name__ == "__main__":
    print(json.dumps(_asked(sys.argv[1])))
