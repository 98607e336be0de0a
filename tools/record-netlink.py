"""Makes the connections that tools/record-netlink.ts records. Answers each line with the next step's numbers."""

import json
import socket
import struct
import sys


def listen(family, address):
    sock = socket.socket(family)
    sock.bind((address, 0))
    sock.listen(7)
    return sock


def say(**numbers):
    print(json.dumps(numbers), flush=True)
    sys.stdin.readline()


v4, v6 = listen(socket.AF_INET, '127.0.0.1'), listen(socket.AF_INET6, '::')
a, b = socket.create_connection(v4.getsockname()), None
b = v4.accept()[0]
c = socket.create_connection(('::1', v6.getsockname()[1]))
d = v6.accept()[0]
e = socket.create_connection(('127.0.0.1', v6.getsockname()[1]))
f = v6.accept()[0]

a.send(b'x' * 1000), b.recv(1000, socket.MSG_WAITALL), b.send(b'y' * 50), a.recv(50)
c.send(b'x' * 70_000), d.recv(70_000, socket.MSG_WAITALL)
e.shutdown(socket.SHUT_WR), f.recv(1), f.send(b'z' * 3), e.recv(3)
say(v4=v4.getsockname()[1], v6=v6.getsockname()[1])

a.close(), b.recv(1), b.close()
d.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
d.close(), c.close()
f.close(), e.recv(1), e.close()
refused = socket.socket()
refused.setblocking(False)
refused.connect_ex(('127.0.0.1', 1))
refused.close()
say(ended=True)
