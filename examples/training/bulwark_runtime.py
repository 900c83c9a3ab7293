# SPDX-License-Identifier: Apache-2.0
"""The integer runtime from Python: ctypes over the C API (runtime/include/bulwark/bulwark.h).

    runtime = Runtime("net.bwk")
    runtime.logits(pictures)     # uint8 [N, C, H, W] -> float32 [N, classes]

Needs the shared library: `cmake --build --preset release --target bulwark_shared`, or $BULWARK_LIBRARY.
"""
import ctypes
import os

import numpy as np

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_TYPES = {0: np.int8, 1: np.uint8, 2: np.float32, 3: np.int16, 4: np.int32, 5: np.int64}  # bw_type
_NOT_FOUND = 13


class _TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int), ("rank", ctypes.c_int32), ("shape", ctypes.c_int32 * 6),
                ("bytes", ctypes.c_size_t), ("scale", ctypes.c_float), ("zero_point", ctypes.c_int32), ("lo", ctypes.c_int32),
                ("hi", ctypes.c_int32)]


class _PlanOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("path", ctypes.c_char_p), ("use_xnnpack", ctypes.c_int32),
                ("keep_intermediates", ctypes.c_int32), ("allocator", ctypes.c_void_p), ("fuse", ctypes.c_int32),
                ("certify", ctypes.c_int32)]


def library_path():
    for path in (os.environ.get("BULWARK_LIBRARY"), os.path.join(_ROOT, "build/release/lib/libbulwark.so")):
        if path and os.path.exists(path):
            return path
    raise SystemExit("libbulwark.so is not there: cmake --preset release && cmake --build --preset release --target bulwark_shared, "
                     "or name it in $BULWARK_LIBRARY")


def _load():
    api = ctypes.CDLL(library_path())
    pointer, address = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
    info, size = ctypes.POINTER(_TensorInfo), ctypes.POINTER(ctypes.c_size_t)
    for name, arguments in {
        "bw_model_load_file": (ctypes.c_char_p, pointer, address),
        "bw_model_input_info": (pointer, ctypes.c_int32, info),
        "bw_model_input_integer_info": (pointer, ctypes.c_int32, info),
        "bw_model_output_info": (pointer, ctypes.c_int32, info),
        "bw_plan_create": (pointer, ctypes.POINTER(_PlanOptions), address),
        "bw_session_create": (pointer, pointer, address),
        "bw_session_input_integer": (pointer, ctypes.c_int32, address, size),
        "bw_session_output": (pointer, ctypes.c_int32, address, size),
        "bw_session_run": (pointer,),
    }.items():
        getattr(api, name).argtypes = arguments
    for name in ("bw_model_release", "bw_plan_release", "bw_session_release"):
        getattr(api, name).argtypes, getattr(api, name).restype = (pointer,), None
    api.bw_plan_options_init.argtypes, api.bw_plan_options_init.restype = (ctypes.POINTER(_PlanOptions),), None
    api.bw_plan_path.argtypes, api.bw_plan_path.restype = (pointer,), ctypes.c_char_p
    api.bw_status_message.restype = ctypes.c_char_p
    return api


class Runtime:
    """A model file and one session. The input is one uint8 picture behind the integer door; output 0 are its class scores."""

    api = None

    def __init__(self, path, kernel_path=None):
        Runtime.api = Runtime.api or _load()
        self.file = path
        self.model, self.plan, self.session = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self._check(self.api.bw_model_load_file(os.fsencode(path), None, ctypes.byref(self.model)))
        door, source, self.output = _TensorInfo(), _TensorInfo(), _TensorInfo()
        status = self.api.bw_model_input_integer_info(self.model, 0, ctypes.byref(door))
        if status == _NOT_FOUND:
            raise ValueError(f"'{path}': the input is not quantized first; uint8 pictures need that")
        self._check(status)
        self._check(self.api.bw_model_input_info(self.model, 0, ctypes.byref(source)))
        self._check(self.api.bw_model_output_info(self.model, 0, ctypes.byref(self.output)))
        self.shape = tuple(source.shape[1 : source.rank])
        if source.shape[0] != 1 or len(self.shape) != 3:
            raise ValueError(f"'{path}': the input is {list(source.shape[:source.rank])}, one picture [1, C, H, W] expected")
        self.signed = _TYPES[door.type] is np.int8
        self.classes = int(np.prod(self.output.shape[: self.output.rank]))
        options = _PlanOptions()
        self.api.bw_plan_options_init(ctypes.byref(options))
        options.path = kernel_path.encode() if kernel_path else None
        self._check(self.api.bw_plan_create(self.model, ctypes.byref(options), ctypes.byref(self.plan)))
        self._check(self.api.bw_session_create(self.plan, None, ctypes.byref(self.session)))
        self.input, self.bytes = self._buffer(self.api.bw_session_input_integer)

    def _check(self, status):
        if status != 0:
            raise RuntimeError(f"'{self.file}': {self.api.bw_status_message().decode()} (status {status})")

    def _buffer(self, call):
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        self._check(call(self.session, 0, ctypes.byref(data), ctypes.byref(size)))
        return data.value, size.value

    def kernel_path(self):
        return self.api.bw_plan_path(self.plan).decode()

    def logits(self, pictures):
        """uint8 [N, C, H, W] -> float32 [N, classes]."""
        pictures = np.ascontiguousarray(pictures)
        if pictures.dtype != np.uint8 or pictures.shape[1:] != self.shape:
            raise ValueError(f"pictures are {pictures.dtype} {list(pictures.shape)}, uint8 [N, {', '.join(map(str, self.shape))}] expected")
        if self.signed:
            pictures = pictures ^ np.uint8(128)  # level = pixel - 128
        kind = _TYPES[self.output.type]
        out = np.empty((len(pictures), self.classes), kind)
        source, target, step = pictures.ctypes.data, out.ctypes.data, out.strides[0]
        run, output, copy, session, size = self.api.bw_session_run, self.api.bw_session_output, ctypes.memmove, self.session, self.bytes
        data, length = ctypes.c_void_p(), ctypes.c_size_t()
        data_address, length_address = ctypes.byref(data), ctypes.byref(length)
        for i in range(len(pictures)):
            copy(self.input, source + i * size, size)
            status = run(session) or output(session, 0, data_address, length_address)
            if status:
                self._check(status)
            copy(target + i * step, data, step)
        if kind is np.float32:
            return out
        return ((out.astype(np.float32) - self.output.zero_point) * np.float32(self.output.scale)).astype(np.float32)

    def __del__(self):
        for name in ("session", "plan", "model"):
            if getattr(self, name, None):
                getattr(self.api, f"bw_{name}_release")(getattr(self, name))
