"""server.py PORT-FILE [CERT KEY]: an HTTP server on loopback that behaves as badly as it is asked to.
It writes its port to PORT-FILE, each request as a line to PORT-FILE.log, and ends after two minutes."""
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

seen = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while True:
                size = int(self.rfile.readline().strip() or b"0", 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def times(self):
        with lock:
            seen[self.path] = seen.get(self.path, 0) + 1
            return seen[self.path]

    def handle_any(self):
        body = self.read_body()
        with open(sys.argv[1] + ".log", "a") as log:
            log.write("%.3f %s %s\n" % (time.time(), self.command, self.path))
        parts = self.path.split("?")[0].strip("/").split("/")
        getattr(self, "do_" + parts[0].replace("-", "_"), self.do_ok)(parts[1:], body)

    do_GET = do_POST = do_PUT = do_HEAD = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def do_ok(self, parts, body):
        self.answer(200, json.dumps({"ok": True, "n": 3, "list": [1, 2]}).encode(),
                    Content_Type="application/json", X_Two="a", x_two="b")

    def do_echo(self, parts, body):
        self.answer(200, json.dumps({
            "method": self.command, "path": self.path, "body": body.decode("latin-1"),
            "headers": {k.lower(): v for k, v in self.headers.items()}}).encode(),
            Content_Type="application/json")

    def do_status(self, parts, body):
        self.answer(int(parts[0]), b"this is " + parts[0].encode() + b"\x1b[31m\n")

    def do_stall(self, parts, body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half of it")
        self.wfile.flush()
        time.sleep(100)

    def do_half(self, parts, body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half of it")
        self.close_connection = True

    def do_reset(self, parts, body):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_loop(self, parts, body):
        self.answer(302, Location="/loop/%d" % (int(parts[0] if parts else 0) + 1))

    def do_to(self, parts, body):
        self.answer(307 if parts else 302, Location=self.path.split("?", 1)[1])

    def do_gigabyte(self, parts, body):
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 30))
        self.end_headers()
        block = b"x" * (1 << 20)
        for _ in range(1 << 10):
            self.wfile.write(block)

    def do_bytes(self, parts, body):
        self.answer(200, b"y" * int(parts[0]))

    def do_binary(self, parts, body):
        self.answer(200, bytes(range(256)))

    def do_later(self, parts, body):
        """503 and "in PARTS[0] seconds", the first time; then 200."""
        if self.times() == 1:
            self.answer(503, b"busy\n", Retry_After=parts[0].replace("_", " "))
        else:
            self.do_ok(parts, body)

    def do_date(self, parts, body):
        if self.times() == 1:
            self.answer(503, b"busy\n", Retry_After=self.date_time_string(int(time.time()) + 2))
        else:
            self.do_ok(parts, body)

    def do_basic(self, parts, body):
        if self.headers.get("Authorization"):
            self.answer(200, self.headers["Authorization"].encode())
        else:
            self.answer(401, b"who?\n", WWW_Authenticate="Basic realm=x")

    def do_empty(self, parts, body):
        self.answer(204)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
threading.Timer(120, os._exit, [0]).start()
server.serve_forever()
