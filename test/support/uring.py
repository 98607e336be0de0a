"""One operation of io_uring at a time, by system call alone: there may be no library for it."""

import ctypes
import mmap
import os
import struct

SETUP, ENTER = 425, 426
ENTER_GETEVENTS = 1
OP_READ, OP_WRITE, OP_SEND, OP_RECV = 22, 23, 26, 27
LIBC = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    result = LIBC.syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


class Ring:
    def __init__(self):
        params = ctypes.create_string_buffer(120)
        self.fd = call(SETUP, 4, params)
        # include/uapi/linux/io_uring.h, struct io_uring_params
        words = struct.unpack_from('=30I', params.raw)
        self.entries, self.completions = words[0], words[1]
        self.sq = dict(zip(('head', 'tail', 'mask', 'entries', 'flags', 'dropped', 'array'), words[10:17]))
        self.cq = dict(zip(('head', 'tail', 'mask', 'entries', 'overflow', 'cqes'), words[20:26]))
        self.sq_ring = mmap.mmap(self.fd, self.sq['array'] + self.entries * 4, offset=0)
        self.cq_ring = mmap.mmap(self.fd, self.cq['cqes'] + self.completions * 16, offset=0x8000000)
        self.sqes = mmap.mmap(self.fd, self.entries * 64, offset=0x10000000)

    def run(self, operation, descriptor, count):
        """Does it and waits. Returns what read() or write() would."""
        buffer = ctypes.create_string_buffer(count)
        tail = struct.unpack_from('=I', self.sq_ring, self.sq['tail'])[0]
        slot = tail & struct.unpack_from('=I', self.sq_ring, self.sq['mask'])[0]
        entry = struct.pack('=BBHiQQI', operation, 0, 0, descriptor, 0, ctypes.addressof(buffer), count)
        self.sqes[slot * 64 : slot * 64 + 64] = entry.ljust(64, b'\0')
        struct.pack_into('=I', self.sq_ring, self.sq['array'] + slot * 4, slot)
        struct.pack_into('=I', self.sq_ring, self.sq['tail'], tail + 1)
        call(ENTER, self.fd, 1, 1, ENTER_GETEVENTS, None, 0)
        head = struct.unpack_from('=I', self.cq_ring, self.cq['head'])[0]
        at = self.cq['cqes'] + (head & struct.unpack_from('=I', self.cq_ring, self.cq['mask'])[0]) * 16
        result = struct.unpack_from('=Qi', self.cq_ring, at)[1]
        struct.pack_into('=I', self.cq_ring, self.cq['head'], head + 1)
        return result
