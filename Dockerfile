# The artifact with everything that it needs: no command in it asks for a network.
#
#   podman build -t four-radar-returns .        (or docker build ...)
#   podman run --name paper --network none four-radar-returns make paper
#   podman cp paper:/study/paper/paper.pdf .
#
# Apptainer runs as the caller and mounts the image read-only, so there the image is the
# environment, and the study is built in a clone of the repository:
#
#   podman save --format oci-archive -o artifact.tar four-radar-returns
#   apptainer build artifact.sif oci-archive:artifact.tar
#   apptainer exec artifact.sif snakemake
#
# The Python packages have the hashes of requirements.lock; base and TeX are Debian's of the day.
# `make verify` in the container says whether the paper is the published one.
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends make python3 \
    && rm -rf /var/lib/apt/lists/*

# First what the environment is made from: an edit of the study installs nothing again.
WORKDIR /study
COPY requirements.lock ./
COPY setup/bootstrap.py setup/commands.py setup/
# What is imported compiles itself, but not where the image is read-only, and in each container anew.
RUN PIP_NO_CACHE_DIR=1 python3 setup/bootstrap.py \
    && .venv/bin/python -m compileall -qq -j 0 .venv/lib \
    && rm -rf .setup.log /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
# Snakemake asks for the name of its user; a number that an image does not know has none.
ENV PATH=/study/.venv/bin:$PATH USER=anyone

# Whoever the container runs as may build in it; .venv alone stays root's.
COPY . ./
RUN find . -name .venv -prune -o -exec chmod a+rwX {} +
CMD ["make", "help"]
