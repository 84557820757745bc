"""What hostile tools share: they call the kernel directly, and speak the protocol themselves."""

PRELUDES = '''
import ctypes, errno, json, os, platform, select, struct, threading, time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def syscall(number, *arguments):
    """Return what a kernel call returned, or the name of the error it refused with."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *wide)
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]


def tried(function, *arguments, **named):
    """Return what a function returned, or the name of the error it raised."""
    try:
        return function(*arguments, **named)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    except Exception as error:
        return type(error).__name__


def number_of_this_call():
    from sandbox.jail.worker import calling
    return calling.get()


def send(data):
    """Write bytes to the supervisor, past the worker's own code."""
    while data:
        select.select([], [3], [])
        data = data[os.write(3, data):]


def frame(body):
    return struct.pack("!I", len(body)) + body


def say(*messages):
    send(b"".join(frame(json.dumps(message).encode()) for message in messages))
'''
