"""As much of the Python package onnxruntime as docs/model-format.md uses, over ONNX Runtime's own library: for machines whose packages do not have it."""
import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_float, c_int64, c_size_t, c_uint32, c_void_p

import numpy as np


class _Base(ctypes.Structure):
    _fields_ = [("get_api", ctypes.CFUNCTYPE(c_void_p, c_uint32)), ("get_version", c_void_p)]


_library = ctypes.CDLL(os.environ["ONNXRUNTIME_LIBRARY"])
_library.OrtGetApiBase.restype = POINTER(_Base)
_functions = ctypes.cast(_library.OrtGetApiBase().contents.get_api(16), POINTER(c_void_p))

# Places in the table of functions, to which versions only add.
_MESSAGE, _ENVIRONMENT, _SESSION, _RUN, _OPTIONS, _TENSOR, _DATA = 2, 3, 7, 9, 10, 49, 51
_DIMENSION_COUNT, _DIMENSIONS, _SHAPE, _CPU_MEMORY = 61, 62, 65, 69
_FLOAT = 1


def _call(place, *arguments):
    status = ctypes.CFUNCTYPE(c_void_p, *[c_void_p] * len(arguments))(_functions[place])(*arguments)
    if status:
        raise RuntimeError(ctypes.CFUNCTYPE(c_char_p, c_void_p)(_functions[_MESSAGE])(status).decode())


def _made(place, *arguments):
    made = c_void_p()
    _call(place, *arguments, byref(made))
    return made


class InferenceSession:
    def __init__(self, path):
        self._environment = _made(_ENVIRONMENT, 3, b"python")
        self._session = _made(_SESSION, self._environment, path.encode(), _made(_OPTIONS))
        self._memory = _made(_CPU_MEMORY, 0, 0)

    def run(self, outputs, inputs):
        arrays = [np.ascontiguousarray(array, np.float32) for array in inputs.values()]
        given = (c_void_p * len(arrays))(*[self._tensor(array).value for array in arrays])
        results = (c_void_p * len(outputs))()
        _call(_RUN, self._session, None, _texts(inputs), given, len(arrays), _texts(outputs), len(outputs), results)
        return [_array(result) for result in results]

    def _tensor(self, array):
        return _made(_TENSOR, self._memory, array.ctypes.data, array.nbytes, (c_int64 * array.ndim)(*array.shape), array.ndim, _FLOAT)


def _texts(texts):
    return (c_char_p * len(texts))(*[text.encode() for text in texts])


def _array(value):
    shape, count = _made(_SHAPE, value), c_size_t()
    _call(_DIMENSION_COUNT, shape, byref(count))
    dimensions = (c_int64 * count.value)()
    _call(_DIMENSIONS, shape, dimensions, count.value)
    return np.ctypeslib.as_array(ctypes.cast(_made(_DATA, value), POINTER(c_float)), tuple(dimensions)).copy()
