"""A shell that means no good: a value for each entry of the tables of variables, and a home."""

from __future__ import annotations

import json
from pathlib import Path

# A name for each pattern of the tables; {folder} is one with modules that shadow the right ones.
HOSTILE = {
    "PYTHONNOUSERSITE": "",
    "PYTHONPATH": "{folder}",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "ENV": "{folder}/fail.sh",
    "BASH_ENV": "{folder}/fail.sh",
    "BASH_FUNC_cp%%": "() { exit 9; }",
    "SHELLOPTS": "braceexpand:hashall:noexec",
    "BASHOPTS": "failglob",
    "CDPATH": "{folder}:/",
    "GIT_DIR": "{folder}",
    "SNAKEMAKE_PROFILE": "{folder}",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3",
    "NUMPY_EXPERIMENTAL_ARRAY_FUNCTION": "0",
    "PANDAS_FUTURE_INFER_STRING": "0",
    "SCIPY_ARRAY_API": "1",
    "SKLEARN_ASSUME_FINITE": "no number",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
    "OMP_NUM_THREADS": "none",
    "KMP_AFFINITY": "none such",
    "GOMP_CPU_AFFINITY": "99",
    "OPENBLAS_CORETYPE": "Prescott",
    "GOTO_NUM_THREADS": "64",
    "MKL_NUM_THREADS": "64",
    "BLIS_NUM_THREADS": "64",
    "VECLIB_MAXIMUM_THREADS": "64",
    "NUMEXPR_MAX_THREADS": "none",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": "{folder}",
    "SOURCE_DATE_EPOCH": "yesterday",
    "TEXINPUTS": "{folder}:",
    "BIBINPUTS": "{folder}:",
    "BSTINPUTS": "{folder}:",
    "PERL5OPT": "-Mnone_such",
    "PIP_TARGET": "{folder}",
    "LC_ALL": "tr_TR.ISO-8859-9",
    "LANG": "tr_TR.ISO-8859-9",
    "LANGUAGE": "tr",
    "TZ": "Asia/Kathmandu",
    "XDG_CACHE_HOME": "{folder}/cache",
    "MPLCONFIGDIR": "{folder}/config",
    "TMPDIR": "{folder}/none",
    "HOME": "{folder}/home",
    "USER": "somebody else",
    "LD_LIBRARY_PATH": "{folder}",
    "DYLD_LIBRARY_PATH": "{folder}",
    "https_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "SSL_CERT_FILE": "{folder}/none",
    "REQUESTS_CA_BUNDLE": "{folder}/none",
    "KERAS_BACKEND": "jax",
    "KERAS_HOME": "{folder}/home/.keras",
    "KERAS_MAX_EPOCHS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "0",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "1",
    "TENSORFLOW_OTHER": "1",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true --xla_none_such",
    "CUDA_VISIBLE_DEVICES": "0",
    "NUMBA_CACHE_DIR": "/proc/none",
    "NUMBA_DISABLE_JIT": "1",
}


def hostile_shell(folder: Path) -> dict[str, str]:
    """Write what the variables name, and return them."""
    home = folder / "home"
    for name, text in {
        "numpy.py": "raise SystemExit('a module of the shell was imported')\n",
        "fail.sh": "exit 9\n",
        "config.yaml": "configfile: none-such.yaml\n",  # as a profile
        "matplotlibrc": "figure.dpi: 9\nsavefig.pad_inches: 3\npdf.compression: 0\n",
        "config/matplotlibrc": "pdf.compression: 0\nlines.linewidth: 9\n",
        "natbib.sty": "\\errmessage{a style of the shell was read}\n",
        "home/texmf/tex/latex/natbib.sty": "\\errmessage{a style of the home was read}\n",
        "home/.latexmkrc": "die 'read';\n",
        "home/.gitconfig": "[core]\nworktree = /none/such\n",
        "home/.keras/keras.json": json.dumps(
            {"backend": "torch", "floatx": "float64", "epsilon": 1.0, "nnx_enabled": False}
        ),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return {
        name: str(home) if name == "HOME" else value.replace("{folder}", str(folder))
        for name, value in HOSTILE.items()
    }
