"""A bucket as a store, on a server that speaks S3 on loopback."""

import itertools
import socket
from dataclasses import dataclass
from typing import Any

import pytest

from promptci.errors import RequestError
from promptci.specs.completion import Completion
from promptci.stores.bucket import Bucket
from promptci.stores.objects import StoreError
from promptci.stores.shared import ROOT, SharedStore, place_of

HERE = place_of("prompt", "settings")
ANSWERS = [(f"{number:064x}", Completion(f"answer {number}")) for number in range(3)]


def test_a_scheme_without_a_driver_is_refused():
    with pytest.raises(RequestError, match="full path, or s3://"):
        Bucket("ftp://host/folder")


@pytest.fixture(scope="module")
def server():
    moto = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    serving = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    serving.start()
    yield "http://{}:{}".format(*serving.get_host_and_port())
    serving.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    boto3 = pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = _Made(boto3.client("s3"), f"answers-{next(_NUMBERS)}")
    made.client.create_bucket(Bucket=made.name)
    return made


_NUMBERS = itertools.count()


@dataclass
class _Made:
    client: Any
    name: str

    @property
    def url(self):
        return f"s3://{self.name}/team"

    @property
    def keys(self):
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [each["Key"] for each in listed.get("Contents", [])]


def stored(bucket):
    fetched = SharedStore(Bucket(bucket.url)).fetch([HERE])
    return [text.text for some in fetched for _, text in some]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
class TestS3:
    def test_what_one_sends_another_fetches(self, bucket):
        assert stored(bucket) == []
        first, second = SharedStore(Bucket(bucket.url)), SharedStore(Bucket(f"{bucket.url}/"))
        first.send(HERE, ANSWERS)
        second.send(HERE, ANSWERS)
        assert (first.was_new, second.was_new) == (True, False)
        assert stored(bucket) == ["answer 0", "answer 1", "answer 2"]
        [only] = bucket.keys
        assert only.startswith(f"team/{ROOT}/{HERE}/")

    def test_more_objects_than_one_listing_holds(self, bucket):
        store = SharedStore(Bucket(bucket.url))
        for number in range(1005):
            store.send(HERE, [(f"{number:064x}", Completion(str(number)))])
        assert len(set(stored(bucket))) == 1005

    def test_a_changed_object_is_passed_over(self, bucket):
        store = SharedStore(Bucket(bucket.url))
        store.send(HERE, ANSWERS)
        [only] = bucket.keys
        bucket.client.put_object(Bucket=bucket.name, Key=only, Body=b"another")
        assert stored(bucket) == []

    def test_a_bucket_that_is_not_there(self, bucket):
        store = SharedStore(Bucket("s3://nowhere/team"))
        with pytest.raises(StoreError, match="bucket"):
            store.send(HERE, ANSWERS)
        assert not store.was_new
        assert list(store.fetch([HERE])) == [[]]

    def test_a_page_in_the_place_of_a_confirmation(self, bucket, monkeypatch):
        there = Bucket(bucket.url)
        page = {"ResponseMetadata": {"HTTPStatusCode": 200}}
        monkeypatch.setattr(there._fs, "pipe_file", lambda *_: page)
        with pytest.raises(StoreError, match="is not confirmed"):
            SharedStore(there).send(HERE, ANSWERS)

    def test_no_server_listens(self, monkeypatch, bucket):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StoreError, match="Could not connect"):
            stored(bucket)

    def test_without_credentials(self, monkeypatch, bucket):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with pytest.raises(StoreError, match=r"[Cc]redentials|Denied|denied"):
            SharedStore(Bucket(bucket.url)).send(HERE, ANSWERS)
