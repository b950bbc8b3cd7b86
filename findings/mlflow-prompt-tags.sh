#!/usr/bin/env bash
# mlflow 3.17.2: tags of a version are tags of the prompt, too.
#
# `register_prompt(name, template, tags=...)` documents tags of the version that is registered. They are
# set on the prompt as well, where a later version that has none does not take them back: the prompt says
# `commit: a` while its latest version is another commit's. And `search_model_versions("name = '...'")`,
# which lists the versions of a model, lists none of a prompt's, without an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet mlflow==3.17.2
MLFLOW_DISABLE_TELEMETRY=true env/bin/python - 2>/dev/null <<'PY'
import sys

import mlflow
from mlflow import MlflowClient

uri = "sqlite:///store.db"
client = MlflowClient(tracking_uri=uri, registry_uri=uri)
client.register_prompt("greet", "Hello {{ name }}", tags={"commit": "a"})
client.register_prompt("greet", "Hi {{ name }}")
of_prompt = client.get_prompt("greet").tags.get("commit")
of_versions = {v.version: v.tags.get("commit") for v in client.search_prompt_versions("greet")}
by_name = len(client.search_model_versions("name = 'greet'"))
print("mlflow", mlflow.__version__)
print("commit of the prompt:", of_prompt)
print("commit of its versions:", of_versions)
print("versions found by search_model_versions:", by_name)
as_found = of_prompt == "a" and of_versions == {1: "a", 2: None} and by_name == 0
print("as found" if as_found else "changed")
sys.exit(not as_found)
PY
