"""Publishes a process context (OTEP 4719): publish_context.py MODE PAYLOAD_HEX...

once: the first payload, until stdin ends; each line read publishes the next one.
race: all payloads in turn, as fast as it goes, over the same memory, for 20 s at most.
drop: the first payload; a line read takes the mapping away.
"""

import ctypes
import select
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

mode = sys.argv[1]
payloads = [bytes.fromhex(text) for text in sys.argv[2:]]
store = ctypes.create_string_buffer(max(len(payload) for payload in payloads) + 1)

fd = libc.memfd_create(b"OTEL_CTX", 1)
libc.ftruncate(fd, ctypes.c_long(4096))
base = libc.mmap(None, 4096, 3, 2, fd, 0)
libc.close(fd)
libc.madvise(ctypes.c_void_p(base), ctypes.c_size_t(4096), 10)

size = ctypes.c_uint32.from_address(base + 12)
published_at = ctypes.c_uint64.from_address(base + 16)
pointer = ctypes.c_uint64.from_address(base + 24)


def publish(payload):
    published_at.value = 0
    size.value = len(payload)
    pointer.value = ctypes.addressof(store)
    ctypes.memmove(store, payload, len(payload))
    published_at.value = time.clock_gettime_ns(time.CLOCK_BOOTTIME)


ctypes.c_uint32.from_address(base + 8).value = 2
publish(payloads[0])
ctypes.memmove(base, b"OTEL_CTX", 8)
print("ready", flush=True)

if mode == "race":
    until = time.monotonic() + 20
    turn = 0
    while time.monotonic() < until and not select.select([sys.stdin], [], [], 0)[0]:
        for _ in range(200):
            turn += 1
            publish(payloads[turn % len(payloads)])
else:
    for turn, _ in enumerate(sys.stdin, start=1):
        if mode == "drop":
            libc.munmap(base, 4096)
        else:
            publish(payloads[turn % len(payloads)])
        print("done", flush=True)
