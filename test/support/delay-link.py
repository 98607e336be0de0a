"""A link of one network namespace with another that takes its time: each packet a delay later, each way.

delay-link.py DELAY_MS HERE ADDRESS THERE ADDRESS: names of namespaces, addresses with a prefix. Prints a line when up.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def open_end(namespace, address):
    with open(f'/run/netns/{namespace}') as handle:
        if LIBC.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')
    end = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack('16sH22x', b'slow', IFF_TUN | IFF_NO_PI))
    for command in (f'addr add {address} dev slow', 'link set slow up'):
        subprocess.run(['ip', *command.split()], check=True)
    return end


def main():
    delay = float(sys.argv[1]) / 1e3
    ends = [open_end(*sys.argv[2:4]), open_end(*sys.argv[4:6])]
    other = dict(zip(ends, reversed(ends)))
    waiting = collections.deque()
    print('up', flush=True)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for end in select.select(ends, [], [], timeout)[0]:
            waiting.append((time.monotonic() + delay, other[end], os.read(end, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.popleft()
            os.write(end, packet)


main()
