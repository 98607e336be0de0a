"""A process that tests drive: reads {"id", "code"} lines, runs the code, answers {"id", "value" | "error"} lines.

The value is that of the code's last expression. Names live on from one line to the next.
"""

import ast
import ctypes
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time

CHUNK = 1 << 20
ZEROS = bytes(CHUNK)
SO_LINGER_RESET = struct.pack('ii', 1, 0)

# include/uapi/linux/tcp.h, struct tcp_info
TCP_INFO_LAYOUT = struct.Struct('=8B24I4Q6I4Q2I2Q6I2HI')


def tcp_info(sock):
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 280)
    # Older kernels have less of it.
    fields = TCP_INFO_LAYOUT.unpack_from(raw.ljust(TCP_INFO_LAYOUT.size, b'\0'))
    small, words, rest = fields[:8], fields[8:32], fields[32:]
    return {
        'state': small[0],
        'rtt': words[15],
        'rttVariance': words[16],
        'totalRetrans': words[23],
        'bytesAcked': rest[2],
        'bytesReceived': rest[3],
        'segsOut': rest[4],
        'segsIn': rest[5],
        'minRtt': rest[7],
        'dataSegsOut': rest[9],
        'bytesSent': rest[16],
        'bytesRetrans': rest[17],
        'busyUs': rest[11],
        'rwndLimitedUs': rest[12],
        'sndbufLimitedUs': rest[13],
        'deliveredCe': rest[15],
        'dsackDups': rest[18],
        'reordSeen': rest[19],
        'rcvOooPack': rest[20],
        'totalRto': rest[24],
    }


def listen(address='127.0.0.1', port=0, backlog=128, family=None, reuse_port=False):
    family = family or (socket.AF_INET6 if ':' in address else socket.AF_INET)
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def port_of(sock):
    return sock.getsockname()[1]


def connect(address, port, source=None):
    sock = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
    if source is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(source)
    sock.connect((address, port))
    return sock


def try_connect(address, port):
    """The errno that connect() gives, 0 if it succeeds. The socket is closed."""
    sock = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
    with sock:
        return sock.connect_ex((address, port))


def begin_connect(address, port):
    sock = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.connect_ex((address, port))
    return sock


LIBC = ctypes.CDLL(None, use_errno=True)


def disconnect(sock):
    """connect() to AF_UNSPEC: the socket may be used again."""
    unspecified = bytes(16)
    if LIBC.connect(sock.fileno(), unspecified, len(unspecified)) != 0:
        raise OSError(ctypes.get_errno(), 'disconnect')


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def read_all(sock, count, flags=0):
    """Exactly `count` bytes."""
    data = b''
    while len(data) < count:
        part = sock.recv(count - len(data), flags)
        if not part:
            raise EOFError('the other end closed')
        data += part
    return data


def ask(sock, rounds=1, request=100, response=100):
    """Asks and waits. The ns from behind the write to behind the first read, each measured here."""
    times = []
    for _ in range(rounds):
        sock.sendall(ZEROS[:request])
        start = now()
        first = sock.recv(response)
        times.append(now() - start)
        read_all(sock, response - len(first))
    return times


def answer(sock, thinks, request=100, response=100):
    """Answers a request after each time to think, in s. The ns from behind the last read to behind the write."""
    times = []
    for think in thinks:
        read_all(sock, request)
        start = now()
        if think:
            time.sleep(think)
        sock.send(ZEROS[:response])
        times.append(now() - start)
    return times


class Message(ctypes.Structure):
    """struct mmsghdr with a buffer of its own."""

    _fields_ = [
        ('name', ctypes.c_void_p),
        ('name_length', ctypes.c_uint),
        ('vector', ctypes.c_void_p),
        ('vectors', ctypes.c_size_t),
        ('control', ctypes.c_void_p),
        ('control_length', ctypes.c_size_t),
        ('flags', ctypes.c_long),
        ('length', ctypes.c_long),
    ]


def many(function, sock, count, size):
    """sendmmsg() or recvmmsg() of `count` messages of `size` bytes. How many there were."""
    buffers = [ctypes.create_string_buffer(size) for _ in range(count)]
    vectors = (ctypes.c_size_t * (2 * count))()
    messages = (Message * count)()
    for at, buffer in enumerate(buffers):
        vectors[2 * at], vectors[2 * at + 1] = ctypes.addressof(buffer), size
        messages[at].vector = ctypes.addressof(vectors) + 16 * at
        messages[at].vectors = 1
    done = function(sock.fileno(), messages, count, 0, None)
    if done < 0:
        raise OSError(ctypes.get_errno(), 'mmsg')
    return done


def raw_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    return sock


def checksum(words):
    total = sum(struct.unpack(f'!{len(words) // 2}H', words))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def send_segment(raw, flag, address, port, to_address, to_port):
    """A bare SYN or ACK, made by hand, from an address of one's choice."""
    ends = socket.inet_aton(address) + socket.inet_aton(to_address)
    flags = {'SYN': 0x02, 'ACK': 0x10}[flag]

    def tcp(check):
        return struct.pack('!HHIIBBHHH', port, to_port, 1, 1, 0x50, flags, 1000, check, 0)

    check = checksum(ends + struct.pack('!BBH', 0, socket.IPPROTO_TCP, 20) + tcp(0))
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0) + ends
    raw.sendto(ip + tcp(check), (to_address, 0))


def accept(sock):
    return sock.accept()[0]


def send(sock, count):
    left = count
    while left:
        left -= sock.send(ZEROS[:left] if left < CHUNK else ZEROS)
    return count


def send_file(sock, count):
    with tempfile.TemporaryFile() as file:
        file.truncate(64 * CHUNK)
        left = count
        while left:
            left -= os.sendfile(sock.fileno(), file.fileno(), 0, min(left, 64 * CHUNK))
    return count


def receive(sock, count=None):
    """Takes `count` bytes, or all up to the end. MSG_TRUNC takes them without a copy."""
    taken = 0
    while count is None or taken < count:
        room = 8 * CHUNK if count is None else min(8 * CHUNK, count - taken)
        got = len(sock.recv(room)) if room < 4096 else take(sock, room)
        if got == 0:
            break
        taken += got
    return taken


def take(sock, room):
    if not hasattr(take, 'buffer'):
        take.buffer = bytearray(8 * CHUNK)
    return sock.recv_into(take.buffer, room, socket.MSG_TRUNC)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, SO_LINGER_RESET)
    sock.close()


def until(holds):
    """Waits for something that the other side brings about."""
    while not holds():
        time.sleep(0.001)


def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def evaluate(code, names):
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, '<test>', 'exec'), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), '<test>', 'eval'), names)


def plain(value):
    """What JSON cannot carry (a socket) is kept here and is None there."""
    try:
        json.dumps(value)
        return value
    except TypeError:
        return None


def main():
    names = globals()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {'id': request['id'], 'value': plain(evaluate(request['code'], names))}
        except Exception as error:
            answer = {'id': request['id'], 'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
