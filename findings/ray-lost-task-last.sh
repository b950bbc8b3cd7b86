#!/usr/bin/env bash
# ray 2.60.0: a task whose worker process is killed is tried again behind all tasks that were handed
# in after it, not in its place: of four tasks on one processor the first, killed as it begins, begins
# again once the fourth is over. Whoever waits for results in order, or holds something for a task
# until it ends, waits for the whole line. promptci gives blocks to actors, hears from Ray that one is
# lost, and has its block done before those that come later.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install ray==2.60.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/order.py" <<'PYTHON'
"""Four tasks on one processor, of which the first is killed the first time."""
import os
import signal
import sys
import time

import ray

ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")


@ray.remote(num_cpus=1, max_retries=3)
def task(name, folder, is_killed):
    is_first = not os.path.exists(f"{folder}/{name}")
    with open(f"{folder}/{name}", "a"), open(f"{folder}/begun", "a") as begun:
        begun.write(f"{name}\n")
    if is_killed and is_first:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.5)
    return name


[folder] = sys.argv[1:]
names = ["first", "second", "third", "fourth"]
results = ray.get([task.remote(name, folder, name == "first") for name in names])
begun = open(f"{folder}/begun").read().split()
print(f"ray {ray.__version__}: results {results}, begun in the order {begun}")
sys.exit(0 if results == names and begun == [*names, "first"] else 1)
PYTHON
mkdir "$folder/seen"
"$folder/venv/bin/python" "$folder/order.py" "$folder/seen" 2>"$folder/errors" || { cat "$folder/errors"; exit 1; }
# Seen: ray 2.60.0: results ['first', 'second', 'third', 'fourth'], begun in the order
# ['first', 'second', 'third', 'fourth', 'first']
