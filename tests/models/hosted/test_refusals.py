import json

from yarl import URL

from promptci.models.hosted.refusalerrors import refusal_error
from promptci.models.hosted.refusals import Refusal, read_refusal, refusal_in
from promptci.specs.modelspec import EndpointSpec
from tables import every_row

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def read(body: object, status: int = 400) -> Refusal:
    return read_refusal(status, json.dumps(body).encode(), str)


@every_row(
    ("body", "message"),
    [
        ({"error": {"message": "no", "type": "t", "param": None, "code": None}}, "no"),
        ({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}, "no"),
        ([{"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}], "no"),
        ({"error": "no"}, "no"),
        ({"object": "error", "message": "no", "code": 40303}, "no"),
        ({"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "x"}]}}, ""),
        ({"detail": "no"}, "no"),
        (
            {"detail": [{"type": "missing", "loc": ["body", "model"], "msg": "Field required"}]},
            "model: Field required",
        ),
        ({"error": {"message": "two\n  lines\t"}}, "two lines"),
        ({"error": None}, ""),
        ({"message": None}, ""),
        ({}, ""),
        ([], ""),
        (None, ""),
        ("no", "no"),
        ({"errors": [{"code": 7003, "message": "no"}], "result": None}, "no"),
        ({"error": {"message": "m", "metadata": {"raw": '{"error": "no"}'}}}, "m: no"),
        ({"error": {"message": "m", "metadata": {"raw": "no"}}}, "m: no"),
        ({"error": {"message": "m", "metadata": {"raw": "<html>"}}}, "m"),
        ({"message": '{"detail":[{"type":"t","loc":["body","n"],"msg":"no"}]}'}, "n: no"),
        ({"message": '{"error": {"message": "no"}}'}, "no"),
        ({"message": "{not json"}, "{not json"),
    ],
)
def test_servers_complain_in_many_shapes(body: object, message: str) -> None:
    assert read(body).message == message


def test_a_text_that_is_no_json_is_the_message() -> None:
    assert str(read_refusal(404, b"404 page not found\n", str)) == "HTTP 404: 404 page not found"
    assert read_refusal(200, b"data: {}", str).message == ""


@every_row("body", [b"", b"<html>", b"\xff", b"\x00\x01", b"[" * 200_000])
def test_a_body_that_cannot_be_read_leaves_the_status(body: bytes) -> None:
    assert str(read_refusal(502, body, str)) == "HTTP 502: Bad Gateway"


def test_a_long_message_is_redacted_before_it_is_cut() -> None:
    body = json.dumps({"error": "x" * 495 + "SECRET" * 99}).encode()
    refusal = read_refusal(400, body, lambda text: text.replace("SECRET", "*"))
    assert refusal.quote == "x" * 495 + "*" * 5 + "…"
    assert str(refusal) == f"HTTP 400: {refusal.quote}"


def test_what_a_message_means_does_not_hang_on_what_is_redacted_of_it() -> None:
    body = json.dumps({"error": {"message": "temperature is not supported"}}).encode()
    refusal = read_refusal(400, body, lambda text: text.replace("temperature", "[redacted]"))
    assert refusal.refused_parameter == "temperature"
    assert str(refusal) == "HTTP 400: [redacted] is not supported"


@every_row(
    ("status", "error", "refused"),
    [
        (400, {"code": "unsupported_value", "param": "temperature"}, "temperature"),
        (400, {"code": "unsupported_parameter", "param": "max_tokens"}, "max_tokens"),
        (400, {"code": "unsupported_value", "param": "top_p"}, "top_p"),
        (400, {"message": "`temperature` is deprecated for this model."}, "temperature"),
        (
            400,
            {
                "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            },
            "max_tokens",
        ),
        (
            400,
            {"message": "Unrecognized request argument supplied: max_completion_tokens"},
            "max_completion_tokens",
        ),
        (
            400,
            {"message": "'temperature' does not support 0 with this model", "param": "seed"},
            "seed",
        ),
        (400, {"message": "m don't support temperature=0. Only 1 is supported."}, "temperature"),
        (400, {"message": "invalid temperature: only 1 is allowed for this model"}, "temperature"),
        (
            400,
            {"metadata": {"raw": '{"error": {"message": "not supported", "param": "stop"}}'}},
            "stop",
        ),
        (400, {"message": "temperature must be at most 2", "param": "temperature"}, None),
        (400, {"message": "temperature and top_p cannot both be given"}, "temperature"),
        (400, {"message": "`top_p` and `temperature`: please use only one"}, "temperature"),
        (400, {"message": "temperature and top_p must be numbers"}, None),
        (400, {"code": "unsupported_parameter", "param": "stop"}, "stop"),
        (400, {"message": "Argument not supported on this model: stop"}, "stop"),
        (400, {"message": "top_k is not supported: stopped"}, None),
        (400, {"message": "unknown model"}, None),
        (500, {"code": "unsupported_value", "param": "temperature"}, None),
    ],
)
def test_the_parameter_that_a_model_does_not_take(
    status: int, error: object, refused: str | None
) -> None:
    assert read({"error": error}, status).refused_parameter == refused


def test_fastapi_names_the_parameter_by_its_place() -> None:
    fault = {
        "type": "extra_forbidden",
        "loc": ["body", "max_completion_tokens"],
        "msg": "Extra inputs are not permitted",
    }
    assert read({"detail": [fault]}, 422).refused_parameter == "max_completion_tokens"
    assert read({"message": {"detail": [fault]}}, 422).refused_parameter == "max_completion_tokens"


@every_row(
    ("status", "error", "kind"),
    [
        (429, {"type": "insufficient_quota"}, "quota"),
        (429, {"code": "rate_limit_exceeded"}, "rate_limit"),
        (429, {"message": "You exceeded your current quota"}, "rate_limit"),
        (400, {"message": "Your credit balance is too low"}, "quota"),
        (400, {"message": "You have reached your specified API usage limits."}, "quota"),
        (403, {"message": "Sorry, your account balance is insufficient"}, "quota"),
        (403, {"message": "Your team doesn't have any credits yet."}, "quota"),
        (412, {"message": "Account x is suspended, possibly due to past invoices"}, "quota"),
        (429, {"message": "Limited to 1000 API calls / month."}, "quota"),
        (429, {"message": "余额不足或无可用资源包,请充值。"}, "quota"),
        (
            429,
            {"message": "Limit of tokens per day reached. Please try again in 9m."},
            "rate_limit",
        ),
        (403, {"code": "billing_not_active"}, "quota"),
    ],
)
def test_an_empty_account_is_told_from_a_busy_one(status: int, error: object, kind: str) -> None:
    assert read({"error": error}, status).kind == kind


@every_row(
    ("status", "error", "kind"),
    [
        (400, {"message": "API key not valid. Please pass a valid API key."}, "auth"),
        (400, {"message": "Please pass a valid API key."}, "auth"),
        (400, {"message": "Missing or invalid Authorization header."}, "auth"),
        (400, {"message": "This organization has been disabled."}, "auth"),
        (400, {"metadata": {"raw": '[{"error": {"message": "API key expired"}}]'}}, "auth"),
        (400, {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}, "auth"),
        (400, {"message": "Incorrect API key provided: xa***"}, "auth"),
        (400, {"code": "model_not_found", "message": "no"}, "unusable"),
        (400, {"message": "x/y is not a valid model ID"}, "unusable"),
        (400, {"message": "The provided model identifier is invalid."}, "unusable"),
        (400, {"message": "模型不存在"}, "unusable"),
        (400, {"message": "The operation does not work with the specified model, e."}, "unusable"),
        (400, {"message": "Model o1 is enabled only for api versions 2024-12-01"}, "unusable"),
        (400, {"message": "Unable to access non-serverless model x."}, "unusable"),
        (400, {"message": "Model ID x with on-demand throughput isn't supported."}, "unusable"),
        (403, {"message": "Project `p` does not have access to model `m`"}, "unusable"),
        (403, {"message": "Model access denied."}, "unusable"),
        (403, {"message": "The model `m` is blocked at the organization level."}, "unusable"),
        (403, {"message": "Your API key was reported as leaked."}, "auth"),
        (500, {"message": "model requires more system memory (5 GiB)"}, "unusable"),
        (404, {"code": "DeploymentNotFound"}, "unusable"),
        (404, {"message": "404 page not found"}, "unusable"),
        (405, {"message": "Method Not Allowed"}, "unusable"),
        (501, {}, "unusable"),
        (404, {"message": "models/m is not found for API version v1main"}, "unusable"),
        (404, {"type": "not_found_error", "message": "model: claude-9"}, "unusable"),
        (400, {"message": "The model `m` has been decommissioned", "code": "x"}, "unusable"),
        (400, {"message": "The model `m` requires terms acceptance."}, "unusable"),
        (400, {"code": "unavailable_model", "message": "Unavailable model: m"}, "unusable"),
        (403, {"code": "no_access", "message": "No access to model: m"}, "unusable"),
        (403, {"message": "Country, region, or territory not supported"}, "unusable"),
        (400, {"message": "User location is not supported for the API use."}, "unusable"),
        (400, {"message": "API version not supported"}, "unusable"),
        (400, {"message": "default chat template is no longer allowed"}, "unusable"),
        (400, {"message": "This model only supports stream mode"}, "unusable"),
        (400, {"message": "No models loaded. Please load a model."}, "unusable"),
        (404, {"message": "No endpoints found matching your data policy."}, "unusable"),
        (422, {"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}, "unusable"),
        (422, {"message": "Failed to deserialize the JSON body: missing field"}, "unusable"),
        (400, {"message": "'messages' is a required property"}, "unusable"),
        (400, {"message": "Unsupported model x, please use models API"}, "unusable"),
        (400, {"message": "This does not appear to be a generation model."}, "unusable"),
        (500, {"message": "tools param requires --jinja flag"}, "unusable"),
        (400, {"message": '"auto" tool choice requires --enable-auto-tool-choice'}, "bad_request"),
        (400, {"message": "The dedicated endpoint for a/b is not running."}, "unusable"),
        (400, {"message": "No route for that URI"}, "unusable"),
        (400, {"message": "Invalid Endpoint name: x"}, "unusable"),
        (400, {"message": "max_tokens: Field required"}, "bad_request"),
        (400, {"message": "This model's maximum context length is 9 tokens"}, "bad_request"),
        (400, {"message": "the key `api` is not valid JSON"}, "bad_request"),
    ],
)
def test_what_never_answers_is_told_from_one_bad_request(
    status: int, error: object, kind: str
) -> None:
    body = json.dumps({"error": error}).encode()
    assert read_refusal(status, body, str).kind == kind
    assert read_refusal(status, body, str, has_answered=True).kind in ("bad_request", "transient")


@every_row(
    ("body", "kind"),
    [
        ({"error": {"code": "rate_limit_exceeded", "message": "m"}}, "rate_limit"),
        ({"error": {"type": "RateLimitReached"}}, "rate_limit"),
        ({"error": {"type": "tokens", "code": "too_many_requests"}}, "rate_limit"),
        ({"error": {"status": "RESOURCE_EXHAUSTED"}}, "rate_limit"),
        ({"error": "rate limit exceeded"}, "rate_limit"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, "transient"),
        ({"error": {"code": "server_error"}}, "transient"),
        ({"error": {"code": "InternalServerError"}}, "transient"),
        ({"error": {"code": "service_unavailable"}}, "transient"),
        ({"error": {"code": "timeout"}}, "transient"),
        ({"error": {"message": "The engine is currently overloaded"}}, "transient"),
        ({"error": {"code": "insufficient_quota", "type": "server_error"}}, "quota"),
        ({"error": {"code": "invalid_api_key", "type": "invalid_request_error"}}, "auth"),
        ({"error": {"type": "authentication_error"}}, "auth"),
        ({"error": {"code": "model_not_found", "type": "invalid_request_error"}}, "unusable"),
        ({"error": {"type": "invalid_request_error", "message": "too long"}}, "bad_request"),
        ({"object": "error", "type": "BadRequestError", "message": "m"}, "bad_request"),
        ({"error": {"code": 429, "message": "m"}}, "rate_limit"),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "quota"),
        ({"error": {"code": "1113", "message": "Insufficient balance. Please recharge."}}, "quota"),
        ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login"}}, "auth"),
    ],
)
def test_an_error_with_status_200_counts_by_its_word(body: object, kind: str) -> None:
    refusal = refusal_in(json.dumps(body).encode(), str)
    assert refusal is not None
    assert refusal.kind == kind


@every_row(
    "body", [{"status": "timeout"}, {"code": "invalid"}, {"error": None}, {"error": "no"}, [], "x"]
)
def test_what_is_about_no_error_has_no_such_word(body: object) -> None:
    assert refusal_in(json.dumps(body).encode(), str) is None


@every_row(
    ("status", "error", "is_settled"),
    [
        (400, {"message": "'response_format.type' must be 'json_schema' or 'text'"}, True),
        (422, {"message": "Failed to deserialize: response_format type is unavailable"}, True),
        (400, {"message": "The model expects a single `text` element per message."}, True),
        (400, {"message": '"auto" tool choice requires --enable-auto-tool-choice'}, True),
        (400, {"message": "m does not support tools"}, True),
        (400, {"message": "`tool calling` is not supported with this model"}, True),
        (400, {"message": "Image input is not enabled for this model"}, True),
        (400, {"message": "m is not a multimodal model"}, True),
        (400, {"message": "image_url is only supported by certain models."}, True),
        (400, {"message": "max_tokens: Field required"}, True),
        (422, {"message": "frequency_penalty: Extra inputs are not permitted"}, True),
        (400, {"message": "Unrecognized request argument supplied: top_k"}, True),
        (400, {"message": "Argument not supported on this model: presencePenalty"}, True),
        (400, {"message": "messages.0.mood: Extra inputs are not permitted"}, False),
        (400, {"message": "Unknown parameter: 'messages[0].mood'."}, False),
        (400, {"message": "You uploaded an unsupported image."}, False),
        (400, {"message": "This model's maximum context length is 9 tokens"}, False),
        (400, {"message": "must contain the word 'json' to use 'response_format'"}, False),
        (400, {"message": "Generated JSON is not of the json_schema"}, False),
        (400, {"code": "json_validate_failed", "failed_generation": "yes"}, False),
        (500, {"message": "Unexpected empty grammar stack"}, False),
    ],
)
def test_what_all_requests_share_is_told_from_one_example(
    status: int, error: object, is_settled: bool
) -> None:
    assert read({"error": error}, status).is_of_settings is is_settled


FORM_REFUSED = [
    (400, {"error": {"message": "Invalid value: 'json_schema'.", "param": "response_format.type"}}),
    (400, {"error": {"message": "This response_format type is unavailable now"}}),
    (400, {"error": "'response_format.type' must be 'text' or 'json_object'"}),
    (400, {"error": {"message": "This model does not support response format `json_schema`."}}),
    (400, {"message": "Structured outputs are not available for this deployment"}),
    (
        422,
        {"detail": [{"loc": ["body", "response_format"], "msg": "no", "type": "extra_forbidden"}]},
    ),
    (405, {"error": {"message": "json_object response format is not supported for model: m"}}),
    (405, {"detail": {"error": "m does not support json mode"}}),
    (400, {"error": {"message": "Unknown name at 'generation_config.response_schema'"}}),
    (400, {"error": {"message": "'m' does not support output format."}}),
    (400, {"error": {"code": "json_validate_failed", "failed_generation": "yes"}}),
    (500, {"error": {"message": "failed to load model vocabulary required for format"}}),
    (500, {"error": {"message": "failed to parse grammar"}}),
    (400, {"object": "error", "message": "guided_json is not enabled"}),
]


@every_row(("status", "body"), FORM_REFUSED)
def test_a_refused_response_format_is_told_in_many_ways(status: int, body: object) -> None:
    assert read(body, status).is_of_form


@every_row(
    ("status", "message"),
    [
        (400, "temperature is not supported"),
        (400, "the schema of the request is wrong"),
        (401, "no key for response_format"),
        (429, "too many json_schema requests"),
    ],
)
def test_other_trouble_is_not_of_the_form(status: int, message: str) -> None:
    assert not read({"error": {"message": message}}, status).is_of_form


@every_row(
    ("message", "is_cured"),
    [
        ("'input_type' parameter is required for asymmetric models", True),
        ("valid input_type must be provided with the provided model", True),
        ("Field required: input_type is missing", True),
        ("input_type is unknown", False),
    ],
)
def test_a_server_that_asks_what_texts_are_for_is_told_in_the_configuration(
    message: str, is_cured: bool
) -> None:
    refusal = read_refusal(400, json.dumps({"error": message}).encode(), str, has_answered=True)
    spec = EndpointSpec("lab", "openai", "https://llm.example.com/v1")
    url = URL("https://llm.example.com/v1/embeddings")
    error = refusal_error(refusal, spec, model_id="e5", url=url, retry_after=None)
    assert ("`embeddings: {extra_body: {input_type: passage}}`" in str(error)) is is_cured
