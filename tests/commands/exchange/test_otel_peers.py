"""What `export otel` writes and sends, read by the decoders and receivers of others."""

import json

import pytest

from peers import free_port, peer_python, run_python, served
from projects import TICKETS
from promptci.commands.main import main
from promptci.exporters.otlpbytes import otlp_bytes

pytestmark = pytest.mark.long


@pytest.fixture
def evaluated(project):
    """The project with its answers stored and its record written."""
    assert main(["run"]) in (0, 1)
    project.commit("Record")
    return project


DECODE = """
import base64, json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto_json.collector.logs.v1 import logs_service
from opentelemetry.proto_json.collector.trace.v1 import trace_service

def for_protobuf(value):
    if isinstance(value, list):
        return [for_protobuf(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: for_protobuf(each) for key, each in value.items()}
    for key in ("traceId", "spanId"):
        if key in made:
            made[key] = base64.b64encode(bytes.fromhex(made[key])).decode()
    return made

counts = []
for name, binaries, texts, kind in (
    ("traces", trace_service_pb2, trace_service, "ExportTraceServiceRequest"),
    ("logs", logs_service_pb2, logs_service, "ExportLogsServiceRequest"),
):
    binary, text = getattr(binaries, kind), getattr(texts, kind)
    lines = open(f"{sys.argv[1]}/{name}.jsonl").read().splitlines()
    sent = open(f"{sys.argv[1]}/{name}.hex").read().splitlines()
    for line, data in zip(lines, sent, strict=True):
        said = json.loads(line)
        assert text.from_json(line).to_dict() == said, (text.from_json(line).to_dict(), said)
        parsed = json_format.ParseDict(for_protobuf(said), binary())  # refuses unknown fields
        received = binary.FromString(bytes.fromhex(data))
        assert received == parsed
        assert received.SerializeToString(deterministic=True).hex() == data
        counts.append(len(lines))
print(json.dumps(counts))
"""


def test_decoders_of_opentelemetry_read_the_same_from_json_and_from_bytes(evaluated, tmp_path):
    assert main(["export", "otel", "--content"]) == 0
    folder = evaluated.path / "export"
    for name in ("traces", "logs"):
        lines = (folder / f"{name}.jsonl").read_text().splitlines()
        sent = [otlp_bytes(json.loads(line)).hex() for line in lines]
        (folder / f"{name}.hex").write_text("\n".join(sent))
    python = peer_python(
        tmp_path,
        "opentelemetry-proto==1.45.2",
        "opentelemetry-proto-json==0.66b1",
        "typing-extensions",  # which the second imports and does not ask for
    )
    assert json.loads(run_python(python, DECODE, str(folder))) == [1, 1]


READ_MLFLOW = """
import json, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
found = mlflow.search_traces(locations=["0"], return_type="list", max_results=100)
spans = [span for trace in found for span in trace.data.spans]
print(json.dumps([
    {"traces": len(found), "name": each.name, "status": each.status.status_code.value,
     "model": each.get_attribute("gen_ai.request.model"),
     "example": each.get_attribute("promptci.example"),
     "tokens": each.get_attribute("gen_ai.usage.input_tokens")}
    for each in spans
]))
"""


def test_mlflow_takes_the_spans(evaluated, tmp_path, monkeypatch, capsys):
    python = peer_python(tmp_path, "mlflow==3.17.2")
    port = free_port()
    store = f"sqlite:///{tmp_path}/mlflow.db"
    command = [
        str(python),
        "-m",
        "mlflow",
        "server",
        "--backend-store-uri",
        store,
        "--port",
        str(port),
    ]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-mlflow-experiment-id=0")
    with served(command, port, {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}) as url:
        assert main(["export", "otel", "--content", "--to", url]) == 0
        assert "the receiver takes no logs (HTTP" in capsys.readouterr().err
        found = json.loads(run_python(python, READ_MLFLOW, url))
    assert len(found) == found[0]["traces"] == len(TICKETS)
    assert {each["example"] for each in found} == {id_ for id_, _, _ in TICKETS}
    assert {each["model"] for each in found} == {"small-1"}
    assert {each["status"] for each in found} == {"OK"}
    assert all(each["tokens"] for each in found)


READ_PHOENIX = """
import json, sys, time, urllib.request
url = f"{sys.argv[1]}/v1/projects/default/spans/otlpv1?limit=100"
for _ in range(600):  # it stores them after it has answered
    found = json.loads(urllib.request.urlopen(url).read())["data"]
    if len(found) >= int(sys.argv[2]):
        break
    time.sleep(0.1)
print(json.dumps(found))
"""


def test_phoenix_takes_the_spans(evaluated, tmp_path, capsys):
    python = peer_python(tmp_path, "arize-phoenix==20.26.1")
    port = free_port()
    environment = {
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_WORKING_DIR": str(tmp_path),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with served([str(python), "-m", "phoenix.server.main", "serve"], port, environment) as url:
        assert main(["export", "otel", "--content", "--to", url]) == 0
        assert "the receiver takes no logs (HTTP 405)" in capsys.readouterr().err
        found = json.loads(run_python(python, READ_PHOENIX, url, str(len(TICKETS))))
    attributes = [{each["key"]: each["value"] for each in span["attributes"]} for span in found]
    assert {each["promptci.example"]["string_value"] for each in attributes} == {
        id_ for id_, _, _ in TICKETS
    }
    said = {each["llm.output_messages.0.message.content"]["string_value"] for each in attributes}
    assert said == {queue for _, _, queue in TICKETS}
    assert all(each["llm.token_count.prompt"]["int_value"] for each in attributes)
