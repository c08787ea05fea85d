"""What of the user's shell reaches the trainers; paperledger/io/variables.py has the rest."""

import os

from paperledger.io.variables import Entry

KERAS = (
    Entry("KERAS_BACKEND", "the study's framework is Keras on TensorFlow", "tensorflow"),
    Entry("KERAS_HOME", "no keras.json is read, nor written: backend and floatx are Keras's own",
          os.devnull),
    Entry("KERAS_*", "epochs and steps cut short"),
    Entry("TF_CPP_MIN_LOG_LEVEL", "its warnings, not its news", "2"),
    # Each operation is as TensorFlow compiled it once for all x86-64. oneDNN, as whole operations
    # and inside TensorFlow's own matrix product, and XLA pick their instructions by processor.
    Entry("TF_ENABLE_ONEDNN_OPTS", "sums in the same order on each processor", "0"),
    Entry("TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL", "the same, inside matrix products", "0"),
    Entry("TF_* XLA_* TENSORFLOW_*", "other kernels, compilation, precision: other bits"),
    Entry("CUDA_VISIBLE_DEVICES", "a GPU would give other bits than a processor", "-1"),
)  # fmt: skip
NUMBA = (
    Entry("NUMBA_CACHE_DIR", "where compiled code is kept", kept=True),
    Entry("NUMBA_*", "no compilation, other threads, debugging code"),
)
