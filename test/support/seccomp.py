"""Runs a command under a filter of system calls: seccomp.py ALLOWED FAMILIES COMMAND...

ALLOWED: names with commas; all else fails with EPERM, clone3 with ENOSYS (glibc takes clone then), as systemd makes it.
FAMILIES: numbers of the address families that socket() may be asked for, or an empty text for all.
"""

import ctypes
import errno
import os
import platform
import re
import struct
import subprocess
import sys

# include/uapi/linux/filter.h, seccomp.h, audit.h, prctl.h
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
ARCHITECTURES = {'x86_64': 0xC000003E, 'aarch64': 0xC00000B7}
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def numbers():
    """Of the system calls of this machine, by name, as the kernel's headers have them."""
    compiler = ['g++', '-E', '-dM', '-x', 'c', '-include', 'asm/unistd.h', '/dev/null']
    text = subprocess.run(compiler, check=True, capture_output=True, text=True).stdout
    macros = dict(re.findall(r'^#define (__NR\w+) (\w+)$', text, re.MULTILINE))
    found = {}
    for name, value in macros.items():
        while value in macros:
            value = macros[value]
        if value.isdigit():
            found[name.removeprefix('__NR_')] = int(value)
    return found


def instruction(code, value, when_true=0, when_false=0):
    return struct.pack('=HBBI', code, when_true, when_false, value)


def program(allowed, families):
    known = numbers()
    parts = [
        instruction(LOAD, ARCHITECTURE),
        instruction(JUMP_EQUAL, ARCHITECTURES[platform.machine()], 1, 0),
        instruction(RETURN, KILL),
        instruction(LOAD, NUMBER),
    ]
    for name in sorted(allowed & known.keys() - {'socket'}):
        parts += [instruction(JUMP_EQUAL, known[name], 0, 1), instruction(RETURN, ALLOW)]
    parts += [
        instruction(JUMP_EQUAL, known['clone3'], 0, 1),
        instruction(RETURN, FAIL | errno.ENOSYS),
        instruction(JUMP_EQUAL, known['socket'], 1, 0),
        instruction(RETURN, FAIL | errno.EPERM),
        instruction(LOAD, FIRST_ARGUMENT),
    ]
    for family in families:
        parts += [instruction(JUMP_EQUAL, family, 0, 1), instruction(RETURN, ALLOW)]
    parts += [instruction(RETURN, FAIL | errno.EAFNOSUPPORT if families else ALLOW)]
    return b''.join(parts), len(parts)


def main():
    names, families, *command = sys.argv[1:]
    filters, length = program(set(names.split(',')), [int(one) for one in families.split(',') if one])
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(filters)
    described = struct.pack('HxxxxxxP', length, ctypes.addressof(code))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'the kernel refuses the filter')
    os.execvp(command[0], command)


main()
