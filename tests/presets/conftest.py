"""A server on this machine that speaks what the clients of two hubs ask for.

Repositories of the Hugging Face Hub and models of Kaggle are folders of bytes in memory.
"""

import base64
import hashlib
import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from keras_gans.models import DCGAN


class HubServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        files: the content of each file, by the repository's name and the file's.
        cut: names of files that break off in the middle.
        requests: method and path of every request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.requests = {}, set(), []
        self.uploads = {}  # of Kaggle's blobs, by token

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def revision(self, repository):
        """Return a commit's hash: of all that is there."""
        content = repr(sorted(self.files.get(repository, {}).items())).encode()
        return hashlib.sha1(content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        for pattern, answer in ROUTES:
            if found := re.fullmatch(pattern, path):
                return answer(self, body, **found.groupdict())
        self.send({"error": f"no {path}"}, status=404)

    def send(self, content, status=200, **headers):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
            headers["Content-Type"] = "application/json"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_file(self, repository, name):
        content = self.server.files.get(repository, {}).get(name)
        if content is None:
            return self.send({"error": "no such file"}, 404, X_Error_Code="EntryNotFound")
        etag = f'"{hashlib.sha1(content).hexdigest()}"'
        if name in self.server.cut and self.command != "HEAD":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            return None
        commit = self.server.revision(repository)
        return self.send(content, ETag=etag, X_Repo_Commit=commit)

    # Hugging Face --------------------------------------------------------------------------------

    def create(self, body):
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else ""
        name = name or asked["name"]
        self.server.files.setdefault(name, {})
        self.send({"url": f"{self.server.url}/{name}", "name": name, "id": name})

    def info(self, body, repository):
        if repository not in self.server.files:
            return self.send({"error": "not found"}, 404, X_Error_Code="RepoNotFound")
        siblings = [
            {"rfilename": name, "size": len(content)}
            for name, content in self.server.files[repository].items()
        ]
        sha = self.server.revision(repository)
        return self.send({"id": repository, "sha": sha, "siblings": siblings})

    def tree(self, body, repository):
        files = self.server.files[repository].items()
        self.send(
            [
                {"type": "file", "path": name, "size": len(content), "oid": ""}
                for name, content in files
            ]
        )

    def preupload(self, body, repository):
        names = [each["path"] for each in json.loads(body)["files"]]
        modes = [
            {"path": name, "uploadMode": "regular", "shouldIgnore": False, "oid": None}
            for name in names
        ]
        self.send({"files": modes})

    def commit(self, body, repository):
        for line in body.splitlines():
            operation = json.loads(line)
            value = operation["value"]
            if operation["key"] == "deletedFile":
                del self.server.files[repository][value["path"]]
            if operation["key"] == "file":
                content = base64.b64decode(value["content"])
                self.server.files[repository][value["path"]] = content
        url = f"{self.server.url}/{repository}/commit/main"
        self.send({"commitUrl": url, "commitOid": self.server.revision(repository)})

    def resolve(self, body, repository, name):
        self.send_file(repository, name)

    def valid(self, body):
        self.send({"errors": [], "warnings": []})

    # Kaggle --------------------------------------------------------------------------------------

    def model(self, body):
        asked = json.loads(body)
        known = any(name.startswith(_slug(asked)) for name in self.server.files)
        self.send({"slug": asked["modelSlug"]}) if known else self.send({"error": "no"}, 404)

    def create_model(self, body):
        self.send({"url": self.server.url})

    def begin_blob(self, body):
        token = f"token-{json.loads(body)['name']}"
        self.send({"token": token, "createUrl": f"{self.server.url}/blobs/{token}"})

    def blob(self, body, token):
        self.server.uploads[token] = body
        self.send({})

    def create_instance(self, body):
        asked = json.loads(body)
        tokens = [each["token"] for each in asked["body"]["files"]]
        name = f"{_slug(asked)}/keras/{asked['body']['instanceSlug']}"
        self.server.files[name] = {
            token.removeprefix("token-"): self.server.uploads[token] for token in tokens
        }
        self.send({"url": self.server.url})

    def instance(self, body):
        asked = json.loads(body)
        if f"{_slug(asked)}/keras/{asked['instanceSlug']}" in self.server.files:
            return self.send({"slug": asked["instanceSlug"], "versionNumber": 1})
        return self.send({"error": "not found"}, 404)

    def download(self, body):
        asked = json.loads(body)
        name = f"{_slug(asked)}/keras/{asked['instanceSlug']}"
        self.send_file(name, asked["path"])


def _slug(asked):
    return f"{asked['ownerSlug']}/{asked['modelSlug']}"


ROUTES = [
    ("/v1/models.ModelApiService/GetModel", Handler.model),
    ("/v1/models.ModelApiService/CreateModel", Handler.create_model),
    ("/v1/models.ModelApiService/CreateModelInstance", Handler.create_instance),
    ("/v1/models.ModelApiService/GetModelInstance", Handler.instance),
    ("/v1/models.ModelApiService/DownloadModelInstanceVersion", Handler.download),
    ("/v1/blobs.BlobApiService/StartBlobUpload", Handler.begin_blob),
    ("/blobs/(?P<token>.+)", Handler.blob),
    ("/api/repos/create", Handler.create),
    ("/api/validate-yaml", Handler.valid),
    (r"/api/models/(?P<repository>[\w-]+/[\w-]+)(/revision/\w+)?", Handler.info),
    (r"/api/models/(?P<repository>[\w-]+/[\w-]+)/tree/main", Handler.tree),
    (r"/api/models/(?P<repository>[\w-]+/[\w-]+)/preupload/main", Handler.preupload),
    (r"/api/models/(?P<repository>[\w-]+/[\w-]+)/commit/main", Handler.commit),
    (r"/(?P<repository>[\w-]+/[\w-]+)/resolve/\w+/(?P<name>.+)", Handler.resolve),
]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A preset of a small DCGAN, made once."""
    folder = tmp_path_factory.mktemp("presets") / "preset"
    DCGAN.create((8, 8, 1), latent_dim=4, filters=2).save_to_preset(folder)
    return folder


@pytest.fixture
def preset(made, tmp_path):
    """The same, to do with as a test likes."""
    return shutil.copytree(made, tmp_path / "preset")


@pytest.fixture
def server():
    """A running server."""
    server = HubServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
