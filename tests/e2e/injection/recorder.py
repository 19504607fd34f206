"""Writes the bytes of each request to a file, and answers 200. The arguments: a file for the port, one for the requests."""
import socket
import sys

server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.getsockname()[1]))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    peer, _ = server.accept()
    peer.settimeout(5)
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            data += peer.recv(65536) or (_ for _ in ()).throw(OSError())
        head, body = data.split(b"\r\n\r\n", 1)
        length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while length and len(body) < length[0]:
            body += peer.recv(65536) or (_ for _ in ()).throw(OSError())
        with open(sys.argv[2], "wb") as out:
            out.write(head)
        with open(sys.argv[2] + ".body", "wb") as out:
            out.write(body)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    except OSError:
        pass
    peer.close()
