"""A small web server that tells DMake about itself.

It writes its state to the file that DMAKE_STATE names, whole and at once, and reads its greeting from the file
that DMAKE_CONFIG names, again on SIGHUP. `GET /drain` makes it say that it wants no more requests.
"""

import http.server
import os
import signal
import threading
import xml.etree.ElementTree as ET

NODE = os.environ["DMAKE_NODE"]
state = {"status": "ready", "address": "", "pid": str(os.getpid()), "requests": "0"}
greeting = "hello"
lock = threading.Lock()


def write_state():
    root = ET.Element("web")
    for name, value in state.items():
        ET.SubElement(root, name).text = value
    path = os.environ["DMAKE_STATE"]
    with open(path + ".new", "wb") as file:
        file.write(ET.tostring(root) + b"\n")
    os.replace(path + ".new", path)


def read_config(*_):
    global greeting
    try:
        greeting = ET.parse(os.environ["DMAKE_CONFIG"]).findtext("greeting", "hello")
    except (OSError, ET.ParseError):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with lock:
            state["requests"] = str(int(state["requests"]) + 1)
            if self.path == "/drain":
                state["status"] = "draining"
            write_state()
        body = f"{greeting} (node {NODE}, pid {os.getpid()})\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


signal.signal(signal.SIGHUP, read_config)
read_config()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
state["address"] = "%s:%d" % server.server_address
write_state()
server.serve_forever()
