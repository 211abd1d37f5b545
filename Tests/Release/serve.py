"""Serves a directory over HTTP at a port of this machine that the kernel draws, and writes the port into a file."""

import functools
import http.server
import os
import sys

directory, path = sys.argv[1:]
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory))
with open(path + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(path + ".new", path)
server.serve_forever()
