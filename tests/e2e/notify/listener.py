"""listener.py FILE [smtp]: takes requests, or mails, on loopback. Its port goes to FILE, each body to
FILE.1, FILE.2, …; a path /fail/N is answered with the status N. It ends after two minutes."""
import http.server
import os
import socketserver
import sys
import threading

count = 0


def keep(body, head=""):
    global count
    count += 1
    name = "%s.%d" % (sys.argv[1], count)
    with open(name + ".new", "wb") as file:
        file.write(body)
    with open(name + ".head", "w") as file:
        file.write(head)
    os.rename(name + ".new", name)


class Web(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        keep(body, "%s %s" % (self.headers["Content-Type"], self.path))
        fails = self.path.startswith("/fail/")
        self.send_response(int(self.path.split("/")[2]) if fails else 200)
        self.end_headers()
        self.wfile.write(b"no such hook: " + self.path.encode() if fails else b"ok")


class Mail(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        head = []
        self.say("220 here")
        while True:
            line = self.rfile.readline().decode().strip()
            word = line.split(" ")[0].upper()
            if word == "EHLO":
                self.say("250-here")
                self.say("250 AUTH PLAIN LOGIN")
            elif word == "AUTH":
                if len(line.split()) < 3:
                    self.say("334 ")
                    line += " " + self.rfile.readline().decode().strip()
                head.append(line)
                self.say("235 welcome")
            elif word in ("MAIL", "RCPT"):
                head.append(line)
                self.say("250 fine")
            elif word == "DATA":
                self.say("354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                keep(body[:-3], "\n".join(head))
                self.say("250 taken")
            elif word == "QUIT" or not word:
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


kind = Mail if len(sys.argv) > 2 else Web
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind, bind_and_activate=True)
server.daemon_threads = True
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
threading.Timer(120, os._exit, [0]).start()
server.serve_forever()
