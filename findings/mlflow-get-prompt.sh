#!/usr/bin/env bash
# mlflow 3.17.2: `MlflowClient.get_prompt` says that there is no prompt where no server answers.
#
# It returns None for a prompt that does not exist, and also where the tracking server cannot be
# reached, so that "register it unless it is there" registers it twice. `search_prompt_versions` tells the
# two apart: the error code of one is RESOURCE_DOES_NOT_EXIST, that of the other INTERNAL_ERROR.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet mlflow==3.17.2
MLFLOW_DISABLE_TELEMETRY=true MLFLOW_HTTP_REQUEST_MAX_RETRIES=0 env/bin/python - 2>/dev/null <<'PY'
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def code(client):
    try:
        client.search_prompt_versions("greet")
    except MlflowException as error:
        return error.error_code
    return ""


there = MlflowClient(tracking_uri="sqlite:///store.db", registry_uri="sqlite:///store.db")
gone = MlflowClient(tracking_uri="http://127.0.0.1:9", registry_uri="http://127.0.0.1:9")
print("mlflow", mlflow.__version__)
print("get_prompt of a prompt that is not there:", there.get_prompt("greet"))
print("get_prompt where no server listens:", gone.get_prompt("greet"))
codes = (code(there), code(gone))
print("search_prompt_versions:", *codes)
as_found = gone.get_prompt("greet") is None and codes == ("RESOURCE_DOES_NOT_EXIST", "INTERNAL_ERROR")
print("as found" if as_found else "changed")
sys.exit(not as_found)
PY
